// Every architecture that Tilewright serves, by name.

import type { Arch, ArchName } from "./arch.ts";
import { sm80 } from "./sm80.ts";
import { sm86 } from "./sm86.ts";
import { sm89 } from "./sm89.ts";
import { sm90 } from "./sm90.ts";

export const archs: Readonly<Record<ArchName, Arch>> = {
  sm_80: sm80,
  sm_86: sm86,
  sm_89: sm89,
  sm_90: sm90,
};

export const archNames = Object.keys(archs) as readonly ArchName[];

export const isArchName = (name: string): name is ArchName => Object.hasOwn(archs, name);
