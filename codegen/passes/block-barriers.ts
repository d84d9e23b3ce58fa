// One buffer for each tensor of the loop, guarded by block barriers. The loop uses its tiles in a
// cycle (k, v, k, v, ...): the barrier before a use frees the tile used before, and its next copy starts.

import { type Expr, bool, variable } from "../expr/expr.ts";
import type { LoadTile, Statement } from "../tile/statement.ts";
import { type Staging, type Turn, around, ifMore, sliceAt, withoutLoads } from "./staging.ts";

const landed: readonly Statement[] = [
  { kind: "wait", pending: 0 },
  { kind: "barrier", note: "what the loop begins with has landed" },
];

export const blockBarriers = (loads: readonly LoadTile[]): Staging => ({
  loads,
  stages: 1,
  barriers: [],
  setup: [],
  landed,
  step: (turn) =>
    loads.reduceRight(
      (body, load, i) => syncBefore(turn, body, loads, load, i),
      withoutLoads(turn.step.body),
    ),
  prologue: (turn, once) => [
    ...once.map((load) =>
      copy(turn, load, undefined, bool(true), "rows beyond the last are zeros"),
    ),
    ...loads
      .slice(0, -1)
      .map((load) =>
        copy(turn, load, turn.visits.nth(0), bool(true), "keys beyond the last are zeros"),
      ),
    { kind: "commit" },
  ],
});

const copy = (
  turn: Turn,
  load: LoadTile,
  place: Expr | undefined,
  guard: Expr,
  note: string,
): Statement => ({
  kind: "copy",
  to: { tile: load.to },
  from: sliceAt(turn, load, place),
  guard,
  note,
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
  const ofThis = "of this visit; only a partial tile can be ragged";
  return [
    ...before,
    { kind: "wait", pending: 0 },
    { kind: "barrier", note: `${load.to} has landed; ${freed.to} is free` },
    i === 0
      ? copy(turn, freed, undefined, masked, ofThis)
      : ifMore(turn, copy(turn, freed, turn.visits.later(1), bool(false), "of the next visit")),
    { kind: "commit" },
    ...uses,
    ...after,
  ];
};

const masked = variable("bool", "masked");
