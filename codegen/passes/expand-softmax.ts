// Writes online softmax out, with a lazily raised maximum. Before: `online_softmax` statements. After:
// maps and reductions; `l` is kept per lane until the end of the loop, where the lanes are joined.
//
// m is a reference exponent, not the maximum: o and l are rescaled rarely, and the result is the same as with
// the exact maximum, since the same m stands in numerator and denominator. m follows the row's maximum when
// that passes `ceiling`: by 2^8, so that p stays below 256; or by less where the new maximum would carry a good
// part of the row's weight, since 2^0 is the one weight that rounding to 16 bits leaves exact. The ceiling is
// set from l whenever some row of the warp is raised; l only grows, so an old ceiling is too low, never too high.
// Scores that are bounded, as soft capping makes them, gather at their bound: there m is the running maximum itself.
// The warp votes over its lanes' own maxima, so that rows are joined across lanes only where m is raised.

import { bounds } from "../expr/bounds.ts";
import {
  type Expr,
  add,
  binary,
  constant,
  f32,
  mapChildren,
  max,
  min,
  mul,
  sub,
  unary,
  variable,
  variables,
} from "../expr/expr.ts";
import type { Kernel, TileDecl } from "../tile/program.ts";
import type { OnlineSoftmax, Statement } from "../tile/statement.ts";
import { mapStatements, statementsOf, writesOf } from "../tile/walk.ts";
import { editKernels } from "./edit.ts";
import { inLanes } from "./in-lanes.ts";
import type { Pass } from "./target.ts";

/** Powers of two that the maximum may rise before m follows. */
const RAISE = 8;
/** Times its lane's part of the row sum, what a new maximum may weigh before m follows: about as much as the row. */
const WEIGHT = 4;
const e = (tile: string): Expr => variable("f32", tile);

/** log2 of the weight that a new maximum may have, from 1 to RAISE. */
const headroom = (l: string): Expr =>
  min(max(unary("log2", mul(e(l), f32(WEIGHT))), f32(1)), f32(RAISE));

/** Any finite number that scores may depend on. */
const finite = { lo: -1e3, hi: 1e3 };
const withoutLoads = (e: Expr): Expr =>
  e.kind === "load" ? constant(e.type, 0) : mapChildren(e, withoutLoads);

/** Whether some map takes all scores to one side of a bound, which many then share. */
const areBounded = (body: readonly Statement[], scores: string): boolean =>
  body.some((s) => {
    if (s.kind !== "map" || s.to !== scores) return false;
    const others = [...variables(s.value)].filter((name) => name !== scores);
    const { lo, hi } = bounds(withoutLoads(s.value), new Map(others.map((n) => [n, finite])));
    return Number.isFinite(lo) || Number.isFinite(hi);
  });

/**
 * `apart`: acc is rescaled after all else, since a product that adds to it may be in flight until then; the softmax of
 * a visit runs beside it.
 */
const expand = (
  s: OnlineSoftmax,
  ceiling: string,
  bounded: boolean,
  apart: boolean,
): readonly Statement[] => {
  const scaled = (tile: string): Expr => mul(e(tile), s.factor);
  const scale = (tile: string): Statement => ({
    kind: "map",
    to: tile,
    value: mul(e(tile), e("shrink")),
  });
  const unscaled: Statement = { kind: "fill", to: "shrink", value: f32(1) };
  const rescale: Statement = {
    kind: "if_any",
    condition: binary("lt", e("shrink"), f32(1)),
    note: "m was raised: rescale",
    then: [scale(s.acc)],
  };
  return [
    {
      kind: "reduce",
      op: "max",
      to: "t_max_lane",
      from: s.scores,
      accumulate: false,
      note: "maxima of this lane's columns",
    },
    ...(apart ? [unscaled] : []),
    {
      kind: "if_any",
      condition: binary("gt", scaled("t_max_lane"), e(ceiling)),
      note: `rare after the first tiles: raise m${apart ? "" : " and rescale"}`,
      then: [
        {
          kind: "reduce",
          op: "max",
          to: "t_max",
          from: "t_max_lane",
          accumulate: false,
          note: "row maxima of this tile",
        },
        { kind: "map", to: "m_new", value: max(e(s.m), scaled("t_max")) },
        { kind: "map", to: "shrink", value: unary("exp2", sub(e(s.m), e("m_new"))) },
        scale(s.l),
        ...(apart ? [] : [scale(s.acc)]),
        { kind: "map", to: s.m, value: e("m_new") },
        { kind: "map", to: ceiling, value: bounded ? e(s.m) : add(e(s.m), headroom(s.l)) },
      ],
    },
    {
      kind: "map",
      to: s.scores,
      value: unary("exp2", sub(mul(e(s.scores), s.factor), e(s.m))),
      note: "P = 2^(S - m)",
    },
    { kind: "reduce", op: "sum", to: s.l, from: s.scores, accumulate: true },
    ...(apart ? [rescale] : []),
    { kind: "map", to: s.weights, value: e(s.scores), note: "rounded for the product with V" },
  ];
};

const vector = (name: string, layout: "rows" | "lanes"): TileDecl => ({
  name,
  dtype: "f32",
  shape: ["q"],
  place: { kind: "registers", layout },
});

const isSoftmax = (s: Statement): s is OnlineSoftmax => s.kind === "online_softmax";

const expandKernel = (kernel: Kernel, apart: boolean): Kernel => {
  const found = kernel.steps.flatMap((step) => statementsOf(step.body).filter(isSoftmax));
  const ceilings = new Map(
    [...new Set(found.map((s) => s.m))].map((m, i) => [m, `ceiling${i === 0 ? "" : `_${i + 1}`}`]),
  );
  const steps = kernel.steps.map((step) => {
    const body = mapStatements(step.body, (s) =>
      isSoftmax(s)
        ? expand(s, ceilings.get(s.m) ?? "", areBounded(step.body, s.scores), apart)
        : startCeiling(s, ceilings),
    );
    const temporaries = ["t_max", "m_new", "shrink"].map((name) => vector(name, "rows"));
    const tiles = [...step.tiles, vector("t_max_lane", "lanes"), ...temporaries];
    return statementsOf(step.body).some(isSoftmax) ? { ...step, body, tiles } : step;
  });
  const expanded: Kernel = {
    ...kernel,
    steps,
    roles: kernel.roles.map((role) => ({
      ...role,
      body: role.body.flatMap((s) => startCeiling(s, ceilings)),
    })),
  };
  const sums = [...new Set(found.map((s) => s.l))].filter((l) => beginsEmpty(kernel, l));
  const summed = sums.reduce((k, l) => inLanes(k, l, "sum", "join the lanes' row sums"), expanded);
  const limits = [...ceilings.values()].map((name) => vector(name, "lanes"));
  return { ...summed, tiles: [...summed.tiles, ...limits] };
};

/** Lanes can share a sum that nothing but its softmax writes to. */
const beginsEmpty = (kernel: Kernel, l: string): boolean =>
  [...kernel.roles, ...kernel.steps]
    .flatMap((part) => statementsOf(part.body))
    .filter((s) => !isSoftmax(s) && writesOf(s).some((r) => r.tile === l))
    .every((s) => s.kind === "fill" && s.value.kind === "const" && s.value.value === 0);

/** The ceiling starts where m does; and anew, below every score, where m gets another value. */
const startCeiling = (
  s: Statement,
  ceilings: ReadonlyMap<string, string>,
): readonly Statement[] => {
  if (s.kind !== "fill" && s.kind !== "map") return [s];
  const to = ceilings.get(s.to);
  const value = s.kind === "fill" ? s.value : f32(-Infinity);
  return to === undefined ? [s] : [s, { kind: "fill", to, value, note: "what raises m" }];
};

export const expandSoftmax: Pass = (program, { arch }) =>
  editKernels(program, (kernel) => expandKernel(kernel, arch.warpgroups));
