// Every program that differs from a given one by one synchronisation: deleted, too late or too early, or naming another
// phase, stage or count. For tests that show that each is needed, and that the simulator notices when it is wrong.

import { add, binary, i32, sub } from "../expr/expr.ts";
import type { Sync } from "../tile/op.ts";
import { opOf } from "../tile/ops.ts";
import type { Kernel, Program } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import type { BarrierRef } from "../tile/statement-parts.ts";
import { bodyOf, mapBodies, readsOf, type Visit, visits, writesOf } from "../tile/walk.ts";
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

/**
 * Each arrival, bulk copy and wait for what they bring is at the mbarrier of the next stage. Not where warps tell that
 * they have read a stage: who asks the stages in turn then only waits longer, and nothing is wrong.
 */
export const otherStages = (program: Program): readonly Mutant[] =>
  mutants(program, (s, kernel) => {
    if (s.kind !== "await" && s.kind !== "arrive" && s.kind !== "bulk_copy") return undefined;
    const barrier = nextStage(s.barrier, kernel);
    return barrier === undefined ? undefined : [{ ...s, barrier }];
  });

const nextStage = ({ barrier, stage }: BarrierRef, kernel: Kernel): BarrierRef | undefined => {
  const { counts, stages } = kernel.barriers.find((b) => b.name === barrier)!;
  if (counts === "warps" || stages === 1) return undefined;
  return { barrier, stage: binary("mod", add(stage, i32(1)), i32(stages)) };
};

/** Each wait for copies or products is content with one more in flight. */
export const shortWaits = (program: Program): readonly Mutant[] =>
  mutants(program, (s) =>
    s.kind === "wait" || s.kind === "await_products"
      ? [{ ...s, pending: s.pending + 1 }]
      : undefined,
  );

/** Each wait comes after the first statement that it was for: one that touches shared memory, or a tile that comes back. */
export const lateWaits = (program: Program): readonly Mutant[] =>
  [...visits(program)].flatMap((visit) => {
    const { statement: s, kernel, path } = visit;
    if (s.kind !== "await" && s.kind !== "await_products" && s.kind !== "wait") return [];
    const after = siblings(visit).slice(path.at(-1)! + 1);
    const ready = s.kind === "await_products" ? s.ready : sharedTiles(kernel);
    const meant = after.findIndex((other) => touches(other, ready, kernel));
    return meant < 0 ? [] : [mutant(program, visit, [...after.slice(0, meant + 1), s])];
  });

const sharedTiles = ({ tiles }: Kernel): readonly string[] =>
  tiles.filter((t) => t.place.kind === "shared").map((t) => t.name);

const touches = (s: Statement, tiles: readonly string[], kernel: Kernel): boolean => {
  const named = [...readsOf(s, () => true), ...writesOf(s)].some((r) => tiles.includes(r.tile));
  const step = s.kind === "call" ? kernel.steps.find((step) => step.name === s.step) : undefined;
  const inner = step?.body ?? bodyOf(s) ?? [];
  return named || inner.some((other) => touches(other, tiles, kernel));
};

/** Each arrival and each commit comes before the statement that it tells of. */
export const earlyArrivals = (program: Program): readonly Mutant[] =>
  [...visits(program)].flatMap((visit) => {
    const next = siblings(visit)[visit.path.at(-1)! + 1];
    if (next?.kind !== "arrive" && next?.kind !== "commit") return [];
    return [mutant(program, visit, [next, visit.statement], next)];
  });

const siblings = ({ owner, inside }: Visit): readonly Statement[] => {
  const within = inside.at(-1);
  return (within === undefined ? owner.body : bodyOf(within)) ?? [];
};

/** What a statement becomes, in turn; undefined: it stays. */
type Change = (s: Statement, kernel: Kernel) => readonly Statement[] | undefined;

const mutants = (program: Program, change: Change): readonly Mutant[] =>
  [...visits(program)].flatMap((visit) => {
    const changed = change(visit.statement, visit.kernel);
    return changed === undefined ? [] : [mutant(program, visit, changed)];
  });

/** `changed` stands for the statement, and for those after it that it holds. */
const mutant = (
  program: Program,
  { statement, kernel, owner, path }: Visit,
  changed: readonly Statement[],
  named = statement,
): Mutant => {
  const without = mapBodies(kernel, (body) =>
    body === owner.body ? replaceAt(body, path, changed) : body,
  );
  const kernels = program.kernels.map((k) => (k === kernel ? without : k));
  return {
    name: `${show({ statement: named, kernel })} at ${kernel.name}.${owner.name}[${path.join(".")}]`,
    program: { ...program, kernels },
  };
};

const replaceAt = (
  body: readonly Statement[],
  [first, ...rest]: readonly number[],
  changed: readonly Statement[],
): readonly Statement[] =>
  body.flatMap((s, i) => {
    if (rest.length === 0) {
      // What has changed places leaves its own.
      if (i === first) return changed;
      return changed.includes(s) ? [] : [s];
    }
    if (i !== first) return [s];
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
