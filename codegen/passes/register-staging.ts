// One buffer for each tensor of the loop, filled through registers, where there is no cp.async. The barrier before
// a use frees the tile used before, as in block-barriers.ts; its next contents are on their way to registers
// while the use computes, and go to shared memory after it, where the next barrier shows them.

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, binary, bool, i32, variable } from "../expr/expr.ts";
import type { Kernel, Step, TileDecl } from "../tile/program.ts";
import type { LoadTile, Statement } from "../tile/statement.ts";
import { findTile } from "./edit.ts";
import { type Staging, around, count, later, sliceAt, t, withoutLoads } from "./staging.ts";

export const registerStaging = (kernel: Kernel, loads: readonly LoadTile[]): Staging => {
  if (loads.length < 2) unreachable("a loop over one tensor: its buffer is never free in time");
  const chunks = (load: LoadTile, name: string): TileDecl => ({
    ...findTile(kernel.tiles, load.to),
    name,
    place: { kind: "registers", layout: "chunks" },
    note: `${load.from.tensor} on its way to ${load.to}`,
  });
  return {
    loads,
    stages: 1,
    barriers: [],
    passing: {
      step: loads.map((l) => chunks(l, inLoop(l))),
      prologue: (once) => atStart(once, loads).map((l) => chunks(l, beforeLoop(l))),
    },
    landed: [{ kind: "barrier", note: "what the loop begins with has landed" }],
    step: (step) =>
      loads.reduceRight(
        (body, load, i) => syncBefore(step, body, loads, load, i),
        withoutLoads(step.body),
      ),
    prologue: (step, once) => {
      const all = atStart(once, loads);
      return [
        ...all.map((l) => fetch(step, l, beforeLoop(l), once.includes(l) ? t : i32(0), bool(true))),
        ...all.map((l) => deposit(l, beforeLoop(l))),
      ];
    },
  };
};

/** What must be there when the loop begins. */
const atStart = (once: readonly LoadTile[], loads: readonly LoadTile[]): readonly LoadTile[] => [
  ...once,
  ...loads.slice(0, -1),
];

const inLoop = (load: LoadTile): string => `${load.to}_chunks`;
const beforeLoop = (load: LoadTile): string => `${load.to}_first`;

const fetch = (
  step: Step,
  load: LoadTile,
  to: string,
  visit: Expr,
  guard: Expr,
  note = "rows beyond the last are zeros",
): Statement => ({ kind: "fetch", to, from: sliceAt(step, load, visit), guard, note });

const deposit = (load: LoadTile, from: string): Statement => ({
  kind: "deposit",
  to: { tile: load.to },
  from,
});

const syncBefore = (
  step: Step,
  body: readonly Statement[],
  loads: readonly LoadTile[],
  load: LoadTile,
  i: number,
): readonly Statement[] => {
  const { before, uses, after } = around(body, loads, i);
  const freed = loads[(i + loads.length - 1) % loads.length] ?? load;
  const onItsWay =
    i === 0
      ? fetch(
          step,
          freed,
          inLoop(freed),
          t,
          masked,
          "of this visit; only a partial tile can be ragged",
        )
      : fetch(step, freed, inLoop(freed), later(1), bool(false), "of the next visit");
  const where = (s: Statement): Statement => (i === 0 ? s : ifMore(s));
  return [
    ...before,
    { kind: "barrier", note: `${load.to} has landed; ${freed.to} is free` },
    where(onItsWay),
    ...uses,
    where(deposit(freed, inLoop(freed))),
    ...after,
  ];
};

const masked = variable("bool", "masked");

const ifMore = (s: Statement): Statement => ({
  kind: "if",
  condition: binary("lt", later(1), count),
  then: [s],
});
