// Every architecture that Tilewright serves, by name.

import type { Arch, ArchName } from "./arch.ts";
import { type Fragments, fragmentsOf } from "./fragments.ts";
import { sm70 } from "./sm70.ts";
import { sm75 } from "./sm75.ts";
import { sm80 } from "./sm80.ts";
import { sm86 } from "./sm86.ts";
import { sm89 } from "./sm89.ts";
import { sm90 } from "./sm90.ts";
import { sm90a } from "./sm90a.ts";

export const archs: Readonly<Record<ArchName, Arch>> = {
  sm_70: sm70,
  sm_75: sm75,
  sm_80: sm80,
  sm_86: sm86,
  sm_89: sm89,
  sm_90: sm90,
  sm_90a: sm90a,
};

export const archNames = Object.keys(archs) as readonly ArchName[];

/** Whose files run on later GPUs too; what is built for a GPU's own instructions (sm_90a) runs on that one alone. */
export const portableArchs: readonly ArchName[] = archNames.filter((name) => !name.endsWith("a"));

/** Those of m16n8k16 where no architecture is chosen yet. */
export const fragmentsFor = (arch: ArchName | undefined): Fragments =>
  fragmentsOf[arch === undefined ? "m16n8k16" : archs[arch].mma];

export const isArchName = (name: string): name is ArchName => Object.hasOwn(archs, name);
