// How often the statements of a scheduled program are executed in a whole run, whatever the chip.

import type { Program } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import type { Arch } from "../arch/arch.ts";
import { itineraries, launchValues } from "./itinerary.ts";

/** How often a block executes each statement, summed over all blocks; searches as RoleItinerary has them. */
export type Executions = ReadonlyMap<Statement, number>;

/** `values`: sizes and launch scalars. */
export const executionsOf = (
  program: Program,
  arch: Arch,
  values: Readonly<Record<string, number>>,
): Executions => {
  const sums = new Map<Statement, number>();
  const known = launchValues(program, arch, values);
  for (const kernel of program.kernels)
    for (const block of itineraries(kernel, known, timeless))
      for (const role of block)
        for (const [s, n] of role.executions) sums.set(s, (sums.get(s) ?? 0) + n);
  return sums;
};

const timeless = { of: () => 0, ofCopy: 0 };
