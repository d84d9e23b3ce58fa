// Every program that differs from a given one by one synchronisation: for tests that show that each is needed,
// and that the simulator notices when it is gone.

import type { Sync } from "../tile/op.ts";
import { opOf } from "../tile/ops.ts";
import type { Program } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import { mapBodies, visits } from "../tile/walk.ts";
import { show } from "./site.ts";

export interface Deletion {
  /** The statement as text, and where it stood: kernel, start, role or step, positions in the enclosing bodies. */
  readonly name: string;
  readonly program: Program;
}

/** What begins, ends or computes something is no mere synchronisation; a turn orders nothing but time. */
const others: ReadonlySet<Sync> = new Set<Sync>(["none", "starts", "ends", "role", "turn"]);
const synchronises = (s: Statement): boolean => !others.has(opOf(s).sync);

export const deletions = (program: Program): readonly Deletion[] =>
  [...visits(program)]
    .filter(({ statement }) => synchronises(statement))
    .map(({ statement, kernel, owner, path }) => {
      const where = `${kernel.name}.${owner.name}[${path.join(".")}]`;
      const without = mapBodies(kernel, (body) =>
        body === owner.body ? removeAt(body, path) : body,
      );
      const kernels = program.kernels.map((k) => (k === kernel ? without : k));
      return {
        name: `${show({ statement, kernel })} at ${where}`,
        program: { ...program, kernels },
      };
    });

const removeAt = (
  body: readonly Statement[],
  [first, ...rest]: readonly number[],
): readonly Statement[] =>
  body.flatMap((s, i) => {
    if (i !== first) return [s];
    if (rest.length === 0) return [];
    switch (s.kind) {
      case "for":
      case "visit":
      case "columns":
        return [{ ...s, body: removeAt(s.body, rest) }];
      case "if":
      case "if_any":
        return [{ ...s, then: removeAt(s.then, rest) }];
      default:
        return [s];
    }
  });
