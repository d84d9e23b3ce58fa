// One buffer for each tensor of the loop, guarded by block barriers. The loop uses its tiles in a
// cycle (k, v, k, v, ...): the barrier before a use frees the tile used before, and its next copy starts.

import { type Expr, binary, bool, i32, variable } from "../expr/expr.ts";
import type { Step } from "../tile/program.ts";
import type { LoadTile, Statement } from "../tile/statement.ts";
import { type Staging, around, copyOf, count, later, t, withoutLoads } from "./staging.ts";

const landed: readonly Statement[] = [
  { kind: "wait", pending: 0 },
  { kind: "barrier", note: "what the loop begins with has landed" },
];

export const blockBarriers = (loads: readonly LoadTile[]): Staging => ({
  loads,
  stages: 1,
  barriers: [],
  landed,
  step: (step) =>
    loads.reduceRight(
      (body, load, i) => syncBefore(step, body, loads, load, i),
      withoutLoads(step.body),
    ),
  prologue: (step, once) => [
    ...once.map((load) =>
      copyOf(step, load, { tile: load.to }, t, bool(true), "rows beyond the last are zeros"),
    ),
    ...loads.slice(0, -1).map((load) => firstCopy(step, load)),
    { kind: "commit" },
  ],
});

const firstCopy = (step: Step, load: LoadTile): Statement =>
  copyOf(step, load, { tile: load.to }, i32(0), bool(true), "keys beyond the last are zeros");

const syncBefore = (
  step: Step,
  body: readonly Statement[],
  loads: readonly LoadTile[],
  load: LoadTile,
  i: number,
): readonly Statement[] => {
  const { before, uses, after } = around(body, loads, i);
  const freed = loads[(i + loads.length - 1) % loads.length] ?? load;
  return [
    ...before,
    { kind: "wait", pending: 0 },
    { kind: "barrier", note: `${load.to} has landed; ${freed.to} is free` },
    ...(i === 0
      ? [
          copyOf(
            step,
            freed,
            { tile: freed.to },
            t,
            masked,
            "of this visit; only a partial tile can be ragged",
          ),
        ]
      : [
          ifMore(
            copyOf(step, freed, { tile: freed.to }, later(1), bool(false), "of the next visit"),
          ),
        ]),
    { kind: "commit" },
    ...uses,
    ...after,
  ];
};

const masked = variable("bool", "masked");

const ifMore = (copy: Statement): Statement => ({
  kind: "if",
  condition: binary("lt", later(1), count) satisfies Expr,
  then: [copy],
});
