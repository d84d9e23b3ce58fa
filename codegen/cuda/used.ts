// What an emitted file is for, and what its text has asked for so far.

import type { Arch } from "../arch/arch.ts";
import { archs } from "../arch/archs.ts";
import { unreachable } from "../base/diagnostic.ts";
import type { Program } from "../tile/program.ts";
import { recognisedConstants } from "./constants.ts";

export interface Used {
  readonly arch: Arch;
  readonly helpers: Set<string>;
  /** Values that have a name, by the f32 value. */
  readonly constants: ReadonlyMap<number, string>;
  readonly constantsUsed: Set<number>;
}

export const nothingUsed = (program: Program): Used => ({
  arch: archs[program.arch ?? unreachable(`program ${program.name} is not scheduled`)],
  helpers: new Set(),
  constants: recognisedConstants(program),
  constantsUsed: new Set(),
});
