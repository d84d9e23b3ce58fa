// Who runs what in a block: the warps of each role, and which of them go together. Knows neither memory nor time.

import type { BarrierDecl, Kernel, Role, Step } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import { statementsOf } from "../tile/walk.ts";
import type { Warps } from "./context.ts";

const WARPGROUP = 4;

/** A role, its warps, and those of them that run its body together, counted within it. */
export interface Cast extends Warps {
  readonly role: Role;
  readonly groups: readonly (readonly number[])[];
}

/** An unscheduled program has no warps: one stands for all threads. */
export const assignWarps = (kernel: Kernel): readonly Cast[] => {
  let firstWarp = 0;
  return kernel.roles.map((role) => {
    const count = role.warps ?? kernel.launch?.warps ?? 1;
    const cast = { role, firstWarp, count, groups: groupsOf(role, count, kernel) };
    firstWarp += count;
    return cast;
  });
};

export const numbers = (count: number, from = 0): readonly number[] =>
  Array.from({ length: count }, (_, i) => from + i);

/** All warps in lockstep; warpgroup by warpgroup where these take turns; one warp for the only thread. */
const groupsOf = (role: Role, count: number, kernel: Kernel): Cast["groups"] => {
  if (role.single) return [[0]];
  const inTurns = runs(role, kernel, (s) => s.kind === "take_turn" || s.kind === "pass_turn");
  return inTurns
    ? numbers(count / WARPGROUP).map((group) => numbers(WARPGROUP, group * WARPGROUP))
    : [numbers(count)];
};

/** Does some statement of the role, or of a step that it calls, fit? */
const runs = (part: Role | Step, kernel: Kernel, fits: (s: Statement) => boolean): boolean =>
  [...statementsOf(part.body)].some((s) => {
    const step = s.kind === "call" ? kernel.steps.find((step) => step.name === s.step) : undefined;
    return fits(s) || (step !== undefined && runs(step, kernel, fits));
  });

/** The role that runs the statement, by itself or in a step; none where all threads start the block with it. */
export const castOf = (kernel: Kernel, s: Statement): Cast | undefined =>
  assignWarps(kernel).find(({ role }) => runs(role, kernel, (other) => other === s));

export const warpCount = (casts: readonly Cast[]): number =>
  casts.reduce((n, { count }) => n + count, 0);

/** Warps that arrive in each phase, each with its threads or once; or the one bulk copy. */
export const arrivals = (decl: BarrierDecl, kernel: Kernel, casts: readonly Cast[]): number => {
  if (decl.counts === "bytes") return 1;
  return casts
    .filter(({ role }) =>
      runs(role, kernel, (s) => s.kind === "arrive" && s.barrier.barrier === decl.name),
    )
    .reduce((n, { groups }) => n + groups.flat().length, 0);
};
