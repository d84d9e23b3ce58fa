// mbarriers where roles take turns: each stage counts the phases that have completed. A role's threads arrive
// together, so a phase completes after one arrival of each role that arrives there, or one copy.

import type { Kernel } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import type { BarrierRef } from "../tile/statement-parts.ts";
import type { Await } from "../tile/statement-scheduled.ts";
import { bodyOf } from "../tile/walk.ts";
import { printScalar } from "./expression.ts";
import type { Scope } from "./scope.ts";

/** Every statement that runs in a body, those of called steps included. */
export function* reached(kernel: Kernel, body: readonly Statement[]): Generator<Statement> {
  for (const s of body) {
    yield s;
    yield* reached(kernel, bodyOf(s) ?? []);
    if (s.kind === "call")
      yield* reached(kernel, kernel.steps.find((step) => step.name === s.step)?.body ?? []);
  }
}

export const waitsFor = (kernel: Kernel, body: readonly Statement[]): boolean =>
  [...reached(kernel, body)].some((s) => s.kind === "await");

const counter = ({ barrier, stage }: BarrierRef, { place }: Scope): string =>
  `${place.names.of("barrier", barrier)}[${printScalar(stage, place)}]`;

/** Arrivals that complete a phase. */
const expected = ({ barrier }: BarrierRef, { kernel }: Scope): number =>
  kernel.roles.filter(({ body }) =>
    [...reached(kernel, body)].some((s) => s.kind === "arrive" && s.barrier.barrier === barrier),
  ).length;

export const printArrival = (barrier: BarrierRef, scope: Scope): void => {
  if (scope.waits !== undefined) scope.out.add(`${counter(barrier, scope)} += 1`);
};

export const printAwait = (s: Await, scope: Scope): void => {
  const { out, place, waits } = scope;
  if (waits === undefined) return;
  const needed = expected(s.barrier, scope);
  const phases = `${counter(s.barrier, scope)}${needed > 1 ? ` // ${needed}` : ""}`;
  const parity = printScalar(s.parity, place);
  const own = s.parity.kind === "select" ? `(${parity})` : parity;
  out.noted(`while ${phases} % 2 == ${own}:`, s.note);
  out.add("    yield");
};
