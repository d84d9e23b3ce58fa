// One buffer for each tensor of the loop, filled through registers, where there is no cp.async. The barrier before
// a use frees the tile used before, as in block-barriers.ts; its next contents are on their way to registers
// while the use computes, and go to shared memory after it, where the next barrier shows them.

import { type Expr, bool, variable } from "../expr/expr.ts";
import type { Kernel, TileDecl } from "../tile/program.ts";
import type { LoadTile, Statement } from "../tile/statement.ts";
import { findTile } from "./edit.ts";
import { type Staging, type Turn, around, ifMore, sliceAt, withoutLoads } from "./staging.ts";

export const registerStaging = (kernel: Kernel, loads: readonly LoadTile[]): Staging => {
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
    setup: [],
    passing: {
      step: loads.map((l) => chunks(l, inLoop(l))),
      prologue: (once) => atStart(once, loads).map((l) => chunks(l, beforeLoop(l))),
    },
    landed: [{ kind: "barrier", note: "what the loop begins with has landed" }],
    step: (turn) =>
      loads.reduceRight(
        (body, load, i) => syncBefore(turn, body, loads, load, i),
        withoutLoads(turn.step.body),
      ),
    prologue: (turn, once) => {
      const all = atStart(once, loads);
      const place = (l: LoadTile): Expr | undefined =>
        once.includes(l) ? undefined : turn.visits.nth(0);
      return [
        ...all.map((l) => fetch(turn, l, beforeLoop(l), place(l), bool(true))),
        ...all.map((l) => deposit(l, beforeLoop(l))),
      ];
    },
  };
};

/** What must be there when the loop begins. */
const atStart = (once: readonly LoadTile[], loads: readonly LoadTile[]): readonly LoadTile[] => [
  ...once,
  ...(loads.length === 1 ? loads : loads.slice(0, -1)),
];

const inLoop = (load: LoadTile): string => `${load.to}_chunks`;
const beforeLoop = (load: LoadTile): string => `${load.to}_first`;

const fetch = (
  turn: Turn,
  load: LoadTile,
  to: string,
  place: Expr | undefined,
  guard: Expr,
  note = "rows beyond the last are zeros",
): Statement => ({ kind: "fetch", to, from: sliceAt(turn, load, place), guard, note });

const deposit = (load: LoadTile, from: string): Statement => ({
  kind: "deposit",
  to: { tile: load.to },
  from,
});

const syncBefore = (
  turn: Turn,
  body: readonly Statement[],
  loads: readonly LoadTile[],
  load: LoadTile,
  i: number,
): readonly Statement[] => {
  const { before, uses, after } = around(body, loads, i);
  const freed = loads[(i + loads.length - 1) % loads.length] ?? load;
  const alone = freed === load;
  const ofThis = i === 0 && !alone;
  const onItsWay = ofThis
    ? fetch(
        turn,
        freed,
        inLoop(freed),
        undefined,
        masked,
        "of this visit; only a partial tile can be ragged",
      )
    : fetch(turn, freed, inLoop(freed), turn.visits.later(1), bool(false), "of the next visit");
  const where = (...s: readonly Statement[]): readonly Statement[] =>
    ofThis ? s : [ifMore(turn, ...s)];
  const read: readonly Statement[] = alone
    ? [{ kind: "barrier", note: `every warp has read ${load.to}` }]
    : [];
  return [
    ...before,
    { kind: "barrier", note: `${load.to} has landed${alone ? "" : `; ${freed.to} is free`}` },
    ...where(onItsWay),
    ...uses,
    ...where(...read, deposit(freed, inLoop(freed))),
    ...after,
  ];
};

const masked = variable("bool", "masked");
