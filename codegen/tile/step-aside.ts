// Whose a name is. Lowering and the passes name values as if they were alone; where the author has given such a
// name to a size, a scalar or a tensor, that one is theirs and the program's own steps aside. Lowering and each pass
// work on a program in which the author's are set aside; whoever looks at it sees them put back.

import { isProgramName } from "../spec/names.ts";
import type { Program } from "./program.ts";
import { type Renaming, renameProgram } from "./rename.ts";

interface Given {
  readonly dims: readonly string[];
  readonly scalars: readonly { readonly name: string }[];
  readonly inputs: readonly { readonly name: string }[];
  readonly outputs: readonly { readonly name: string }[];
}

export interface Aside {
  /** From the author's names to those that stand for them, and from the program's own to what they were. */
  readonly away: Renaming;
  /** Undoes `away`. */
  readonly back: Renaming;
}

/** For the names that an author has given; both maps are empty where none is also the program's own. */
export const aside = ({ dims, scalars, inputs, outputs }: Given): Aside => {
  const names = [...dims, ...[...scalars, ...inputs, ...outputs].map((x) => x.name)];
  const taken = new Set(names);
  const free = (name: string, suffix: string): string => {
    const other = `${name}_${suffix}`;
    return taken.has(other) || isProgramName(other) ? free(other, suffix) : other;
  };
  const staging = (output: string): string => `${output}s`; // as stage-stores names the tile
  const stagings = new Set(outputs.map((o) => staging(o.name)));
  const away = new Map<string, string>();
  for (const name of names.filter((n) => isProgramName(n) || stagings.has(n)))
    away.set(name, free(name, "given")).set(free(name, "own"), name);
  for (const { name } of outputs) {
    const given = away.get(name);
    const own = taken.has(staging(name)) ? free(staging(name), "own") : staging(name);
    if (given !== undefined) away.set(own, staging(given));
  }
  return { away, back: new Map([...away].map(([from, to]) => [to, from])) };
};

/** The same program if there is nothing to rename. */
export const renamed = (program: Program, to: Renaming): Program =>
  to.size === 0 ? program : renameProgram(program, to);
