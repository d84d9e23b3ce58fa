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
//
// Where the plan has a lazy maximum, tiles after the first ones look for none: their weights are made with the m that
// they find, and a warp whose sums show that m was too low does the tile once more, scores included. The first
// whole tile still looks, since a row may have seen few keys before it.

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
  sameExpr,
  sub,
  unary,
  variable,
  variables,
} from "../expr/expr.ts";
import type { Kernel, Step, TileDecl } from "../tile/program.ts";
import type { OnlineSoftmax, Statement } from "../tile/statement.ts";
import { mapStatements, statementsOf, writesOf } from "../tile/walk.ts";
import { editKernels } from "./edit.ts";
import { inLoops, tellExact } from "./exact-visits.ts";
import { inLanes } from "./in-lanes.ts";
import type { Pass } from "./target.ts";
import { calls } from "./visits.ts";

/** Powers of two that the maximum may rise before m follows. */
const RAISE = 8;
/** Times its lane's part of the row sum, what a new maximum may weigh before m follows: about as much as the row. */
const WEIGHT = 4;
const e = (tile: string): Expr => variable("f32", tile);

/** log2 of the weight that a new maximum may have, from 1 to RAISE. */
const headroom = (l: string): Expr =>
  min(max(unary("log2", mul(e(l), f32(WEIGHT))), f32(1)), f32(RAISE));

/** The same as a weight. */
const exp2Headroom = (l: string): Expr => min(max(mul(e(l), f32(WEIGHT)), f32(2)), f32(2 ** RAISE));

/** Any finite number that scores may depend on. */
const finite = { lo: -1e3, hi: 1e3 };
const withoutLoads = (e: Expr): Expr =>
  e.kind === "load" ? constant(e.type, 0) : mapChildren(e, withoutLoads);

/** Whether some map takes all scores to one side of a bound, which many then share. */
const areBounded = (body: readonly Statement[], scores: string): boolean =>
  statementsOf(body).some((s) => {
    if (s.kind !== "map" || s.to !== scores) return false;
    const others = [...variables(s.value)].filter((name) => name !== scores);
    const { lo, hi } = bounds(withoutLoads(s.value), new Map(others.map((n) => [n, finite])));
    return Number.isFinite(lo) || Number.isFinite(hi);
  });

/** How the softmax of a step is to be written. */
interface Manner {
  /** The vector that says which maxima raise m. */
  readonly ceiling: string;
  /** Scores gather at a bound. */
  readonly bounded: boolean;
  /** acc is touched after all else, since a product that adds to it may be in flight until then. */
  readonly apart: boolean;
  /** What makes the scores of a whole tile once more, where some calls look for no maximum. */
  readonly again?: readonly Statement[];
}

const scaled = (s: OnlineSoftmax, tile: string): Expr => mul(e(tile), s.factor);
const scale = (tile: string): Statement => ({
  kind: "map",
  to: tile,
  value: mul(e(tile), e("shrink")),
});
const weigh = (s: OnlineSoftmax, note?: string): Statement => ({
  ...{ kind: "map", to: s.scores, value: unary("exp2", sub(scaled(s, s.scores), e(s.m))) },
  ...(note && { note }),
});
const laneMaxima = (s: OnlineSoftmax): Statement => ({
  ...{ kind: "reduce", op: "max", to: "t_max_lane", from: s.scores, accumulate: false },
  note: "maxima of this lane's columns",
});

/** m becomes the row's maximum so far; what was made with the old one shrinks. */
const raise = (
  s: OnlineSoftmax,
  { ceiling, bounded }: Manner,
  tiles: readonly string[],
): readonly Statement[] => [
  {
    ...{ kind: "reduce", op: "max", to: "t_max", from: "t_max_lane", accumulate: false },
    note: "row maxima of this tile",
  },
  { kind: "map", to: "m_new", value: max(e(s.m), scaled(s, "t_max")) },
  { kind: "map", to: "shrink", value: unary("exp2", sub(e(s.m), e("m_new"))) },
  ...tiles.map(scale),
  { kind: "map", to: s.m, value: e("m_new") },
  { kind: "map", to: ceiling, value: bounded ? e(s.m) : add(e(s.m), headroom(s.l)) },
];

const expand = (s: OnlineSoftmax, manner: Manner): readonly Statement[] => {
  const { ceiling, apart, again } = manner;
  const unscaled: Statement = { kind: "fill", to: "shrink", value: f32(1) };
  const look: readonly Statement[] = [
    laneMaxima(s),
    ...(apart ? [unscaled] : []),
    {
      kind: "if_any",
      condition: binary("gt", scaled(s, "t_max_lane"), e(ceiling)),
      note: `rare after the first tiles: raise m${apart ? "" : " and rescale"}`,
      then: raise(s, manner, apart ? [s.l] : [s.l, s.acc]),
    },
  ];
  const rescale: Statement = {
    kind: "if_any",
    condition: binary("lt", e("shrink"), f32(1)),
    note: "m was raised: rescale",
    then: [scale(s.acc)],
  };
  if (again === undefined)
    return [
      ...look,
      weigh(s, "P = 2^(S - m)"),
      { kind: "reduce", op: "sum", to: s.l, from: s.scores, accumulate: true },
      ...(apart ? [rescale] : []),
      round(s),
    ];
  return [
    { kind: "if", condition: exact, then: look },
    weigh(s, "P = 2^(S - m)"),
    tileSum(s),
    { kind: "if", condition: exact, then: [rescale] },
    { kind: "if", condition: unary("not", exact), then: [redo(s, manner, again)] },
    { kind: "map", to: s.l, value: add(e(s.l), e("t_sum")) },
    round(s),
  ];
};

const round = (s: OnlineSoftmax): Statement => ({
  ...{ kind: "map", to: s.weights, value: e(s.scores) },
  note: "rounded for the product with V",
});

/** Whether a call looks for its tile's maximum. */
const exact = variable("bool", "exact");

const tileSum = (s: OnlineSoftmax): Statement => ({
  ...{ kind: "reduce", op: "sum", to: "t_sum", from: s.scores, accumulate: false },
  note: "sums of this lane's columns",
});

const fence: Statement = {
  kind: "order_copies",
  note: "what was read comes before the next bulk copy",
};

/** A sum that is no number, or infinite, is above any limit. */
const redo = (s: OnlineSoftmax, manner: Manner, again: readonly Statement[]): Statement => ({
  kind: "if_any",
  condition: unary("not", binary("le", e("t_sum"), exp2Headroom(s.l))),
  note: "rare: m was too low for this tile, so once more by its maximum",
  then: [...again, fence, laneMaxima(s), ...raise(s, manner, [s.l, s.acc]), weigh(s), tileSum(s)],
});

const vector = (name: string, layout: "rows" | "lanes"): TileDecl => ({
  name,
  dtype: "f32",
  shape: ["q"],
  place: { kind: "registers", layout },
});

const isSoftmax = (s: Statement): s is OnlineSoftmax => s.kind === "online_softmax";

const expandKernel = (kernel: Kernel, apart: boolean, mayBeLazy: boolean): Kernel => {
  const found = kernel.steps.flatMap((step) => statementsOf(step.body).filter(isSoftmax));
  const ceilings: Ceilings = new Map(
    [...new Set(found.map((s) => s.m))].map((m, i) => [m, `ceiling${i === 0 ? "" : `_${i + 1}`}`]),
  );
  const isLazy = (step: Step): boolean => mayBeLazy && looksOnce(kernel, step);
  const lazySteps = new Set(kernel.steps.filter(isLazy).map((step) => step.name));
  const steps = kernel.steps.map((step) =>
    expandStep(step, ceilings, apart, lazySteps.has(step.name)),
  );
  const expanded: Kernel = {
    ...kernel,
    steps,
    roles: kernel.roles.map((role) => {
      const body = tellExact(role, lazySteps);
      const end = afterLoops(body, kernel.steps);
      return {
        ...role,
        body: body.flatMap((s, i) => (i < end ? startCeiling(s, ceilings) : [s])),
      };
    }),
  };
  const sums = [...new Set(found.map((s) => s.l))].filter((l) => beginsEmpty(kernel, l));
  const summed = sums.reduce((k, l) => inLanes(k, l, "sum", "join the lanes' row sums"), expanded);
  const limits = [...ceilings.values()].map((name) => vector(name, "lanes"));
  return { ...summed, tiles: [...summed.tiles, ...limits] };
};

/** Which vector goes with which running maximum. */
type Ceilings = ReadonlyMap<string, string>;

const masked = variable("bool", "masked");

/** What makes the scores of a tile that needs no mask. */
const ofWholeTile = (s: Statement): readonly Statement[] => {
  if (s.kind === "product" || s.kind === "map") return [s];
  if (s.kind !== "if" || sameExpr(s.condition, masked)) return [];
  const then = s.then.flatMap(ofWholeTile);
  return sameExpr(s.condition, unary("not", masked)) ? then : [{ ...s, then }];
};

const expandStep = (step: Step, ceilings: Ceilings, apart: boolean, isLazy: boolean): Step => {
  const at = step.body.findIndex(isSoftmax);
  const before = step.body.slice(0, Math.max(at, 0));
  const again = before.flatMap(ofWholeTile);
  const body = mapStatements(step.body, (s) =>
    isSoftmax(s)
      ? expand(s, {
          ...{ ceiling: ceilings.get(s.m) ?? "", apart },
          bounded: areBounded(step.body, s.scores),
          ...(isLazy && { again }),
        })
      : startCeiling(s, ceilings),
  );
  if (!statementsOf(step.body).some(isSoftmax)) return { ...step, body };
  return {
    ...step,
    body,
    flags: isLazy ? [...step.flags, "exact"] : step.flags,
    tiles: [
      ...step.tiles,
      vector("t_max_lane", "lanes"),
      ...["t_max", "m_new", "shrink"].map((name) => vector(name, "rows")),
      ...(isLazy ? [vector("t_sum", "lanes")] : []),
    ],
  };
};

/** Where a role's last loop has ended. */
const afterLoops = (body: readonly Statement[], steps: readonly Step[]): number =>
  body.findLastIndex((s) => steps.some((step) => calls([s], step.name))) + 1;

/** Lanes can share a sum that, until the loops have ended, nothing but its softmax writes to. */
const beginsEmpty = (kernel: Kernel, l: string): boolean => {
  const adding = kernel.steps.filter((x) =>
    statementsOf(x.body).some((s) => isSoftmax(s) && s.l === l),
  );
  const before = kernel.roles.flatMap((r) => r.body.slice(0, afterLoops(r.body, adding)));
  return statementsOf([...before, ...kernel.steps.flatMap((x) => x.body)])
    .filter((s) => !isSoftmax(s) && writesOf(s).some((r) => r.tile === l))
    .every((s) => s.kind === "fill" && s.value.kind === "const" && s.value.value === 0);
};

/** Whether a step has one softmax, of scores that know no bound, and its visits are known before they run. */
const looksOnce = (kernel: Kernel, step: Step): boolean => {
  const [s, ...others] = statementsOf(step.body).filter(isSoftmax);
  return (
    s !== undefined &&
    others.length === 0 &&
    step.body.includes(s) &&
    !areBounded(step.body, s.scores) &&
    inLoops(kernel, step)
  );
};

/** The ceiling starts where m does; and anew, below every score, where m gets another value. */
const startCeiling = (s: Statement, ceilings: Ceilings): readonly Statement[] => {
  if (s.kind !== "fill" && s.kind !== "map") return [s];
  const to = ceilings.get(s.to);
  const value = s.kind === "fill" ? s.value : f32(-Infinity);
  return to === undefined ? [s] : [s, { kind: "fill", to, value, note: "what raises m" }];
};

export const expandSoftmax: Pass = (program, { arch, plan }) =>
  editKernels(program, (kernel) => expandKernel(kernel, arch.warpgroups, plan.lazyMaximum));
