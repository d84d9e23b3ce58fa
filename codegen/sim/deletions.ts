// Every program that differs from a given one by one synchronisation, deleted or waiting for the other phase: for
// tests that show that each is needed, and that the simulator notices when it is gone.

import { i32, sub } from "../expr/expr.ts";
import type { Sync } from "../tile/op.ts";
import { opOf } from "../tile/ops.ts";
import type { Program } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import { mapBodies, type Visit, visits } from "../tile/walk.ts";
import { show } from "./site.ts";

export interface Mutant {
  /** The statement as text, and where it stood: kernel, start, role or step, positions in the enclosing bodies. */
  readonly name: string;
  readonly program: Program;
}

/** What begins, ends or computes something is no mere synchronisation. */
const others: ReadonlySet<Sync> = new Set<Sync>(["none", "starts", "ends", "role"]);
const synchronises = (s: Statement): boolean => !others.has(opOf(s).sync);

export const deletions = (program: Program): readonly Mutant[] =>
  mutants(program, (s) => (synchronises(s) ? [] : undefined));

/** Each await asks for the phase of the other parity. */
export const phaseFlips = (program: Program): readonly Mutant[] =>
  mutants(program, (s) =>
    s.kind === "await" ? [{ ...s, parity: sub(i32(1), s.parity) }] : undefined,
  );

/** What a statement becomes, in turn; undefined: it stays. */
type Change = (s: Statement) => readonly Statement[] | undefined;

const mutants = (program: Program, change: Change): readonly Mutant[] =>
  [...visits(program)].flatMap((visit) => {
    const changed = change(visit.statement);
    return changed === undefined ? [] : [mutant(program, visit, changed)];
  });

const mutant = (
  program: Program,
  { statement, kernel, owner, path }: Visit,
  changed: readonly Statement[],
): Mutant => {
  const without = mapBodies(kernel, (body) =>
    body === owner.body ? replaceAt(body, path, changed) : body,
  );
  const kernels = program.kernels.map((k) => (k === kernel ? without : k));
  return {
    name: `${show({ statement, kernel })} at ${kernel.name}.${owner.name}[${path.join(".")}]`,
    program: { ...program, kernels },
  };
};

const replaceAt = (
  body: readonly Statement[],
  [first, ...rest]: readonly number[],
  changed: readonly Statement[],
): readonly Statement[] =>
  body.flatMap((s, i) => {
    if (i !== first) return [s];
    if (rest.length === 0) return changed;
    switch (s.kind) {
      case "for":
      case "visit":
      case "columns":
        return [{ ...s, body: replaceAt(s.body, rest, changed) }];
      case "if":
      case "if_any":
        return [{ ...s, then: replaceAt(s.then, rest, changed) }];
      default:
        return [s];
    }
  });
