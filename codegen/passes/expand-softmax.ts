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
  i32,
  mapChildren,
  max,
  min,
  mul,
  sub,
  unary,
  variable,
  variables,
} from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { Kernel, Role, Step, TileDecl } from "../tile/program.ts";
import type { Call, For, OnlineSoftmax, Statement } from "../tile/statement.ts";
import { mapStatements, statementsOf } from "../tile/walk.ts";
import { editKernels } from "./edit.ts";
import { rename } from "./rename.ts";
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
  bounded: boolean,
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
  { kind: "map", to: "ceiling", value: bounded ? e(s.m) : add(e(s.m), headroom(s.l)) },
];

const expand = (s: OnlineSoftmax, manner: Manner): readonly Statement[] => {
  const { bounded, apart, again } = manner;
  const unscaled: Statement = { kind: "fill", to: "shrink", value: f32(1) };
  const look: readonly Statement[] = [
    laneMaxima(s),
    ...(apart ? [unscaled] : []),
    {
      kind: "if_any",
      condition: binary("gt", scaled(s, "t_max_lane"), e("ceiling")),
      note: `rare after the first tiles: raise m${apart ? "" : " and rescale"}`,
      then: raise(s, bounded, apart ? [s.l] : [s.l, s.acc]),
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
    { kind: "if", condition: unary("not", exact), then: [redo(s, again)] },
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

/** A sum that is no number, or infinite, is above any limit. */
const redo = (s: OnlineSoftmax, again: readonly Statement[]): Statement => ({
  kind: "if_any",
  condition: unary("not", binary("le", e("t_sum"), exp2Headroom(s.l))),
  note: "rare: m was too low for this tile, so once more by its maximum",
  then: [...again, laneMaxima(s), ...raise(s, false, [s.l, s.acc]), weigh(s), tileSum(s)],
});

const vector = (name: string, layout: "rows" | "lanes"): TileDecl => ({
  name,
  dtype: "f32",
  shape: ["q"],
  place: { kind: "registers", layout },
});

const expandKernel = (kernel: Kernel, apart: boolean, mayBeLazy: boolean): Kernel => {
  const sums = new Set<string>();
  const states = new Set<string>();
  const lazySteps = new Set<string>();
  const steps = kernel.steps.map((step) => {
    const at = step.body.findIndex((s) => s.kind === "online_softmax");
    const s = step.body[at];
    if (s?.kind !== "online_softmax") return step;
    sums.add(s.l);
    states.add(s.m);
    const bounded = areBounded(step.body, s.scores);
    const before = step.body.slice(0, at);
    const isLazy = mayBeLazy && !bounded && inLoops(kernel, step);
    if (isLazy) lazySteps.add(step.name);
    const again = before.filter((x) => x.kind === "product" || x.kind === "map");
    const written = expand(s, { bounded, apart, ...(isLazy && { again }) });
    return {
      ...step,
      flags: isLazy ? [...step.flags, "exact"] : step.flags,
      body: [...before, ...written, ...step.body.slice(at + 1)],
      tiles: [
        ...step.tiles,
        vector("t_max_lane", "lanes"),
        ...["t_max", "m_new", "shrink"].map((name) => vector(name, "rows")),
        ...(isLazy ? [vector("t_sum", "lanes")] : []),
      ],
    };
  });
  return {
    ...kernel,
    steps,
    tiles: [
      ...kernel.tiles.map((t) => (sums.has(t.name) ? vector(t.name, "lanes") : t)),
      ...[...sums].flatMap((l) => [vector(`${l}_row`, "rows"), vector("ceiling", "lanes")]),
    ],
    roles: kernel.roles.map((role) => ({
      ...role,
      body: [...sums]
        .reduce(joinLanes, tellExact(role, lazySteps))
        .flatMap((s) => startCeiling(s, states)),
    })),
  };
};

/** Whether the visits of a step are known before they run, the first among them. */
const inLoops = (kernel: Kernel, step: Step): boolean =>
  kernel.roles.every((role) =>
    statementsOf(role.body).every((s) => s.kind !== "visit" || !calls(s.body, step.name)),
  );

/** Masked visits look for their maxima, and so does the first after them. */
const tellExact = (role: Role, steps: ReadonlySet<string>): readonly Statement[] => {
  const tell = (call: Call, isExact: boolean): Call => ({
    ...call,
    flags: [...call.flags, isExact],
  });
  const isLazy = (s: Statement): s is Call => s.kind === "call" && steps.has(s.step);
  return role.body.map((s) => {
    if (s.kind !== "if" || !statementsOf(s.then).some(isLazy)) return s;
    const then = splitFirstWhole(s.then, (x) => isLazy(x) && !x.flags.includes(true));
    return {
      ...s,
      then: then.flatMap(({ loop, isExact }) =>
        mapStatements([loop], (x) =>
          isLazy(x) ? [tell(x, isExact || x.flags.includes(true))] : [x],
        ),
      ),
    };
  });
};

interface Told {
  readonly loop: Statement;
  readonly isExact: boolean;
}

/** Of loops whose visits see their tiles whole, the first visit becomes a loop of its own. */
const splitFirstWhole = (
  loops: readonly Statement[],
  isWhole: (s: Statement) => boolean,
): readonly Told[] =>
  loops.flatMap((loop): readonly Told[] => {
    if (loop.kind !== "for" || !loop.body.every(isWhole)) return [{ loop, isExact: false }];
    const end = simplify(min(add(loop.from, i32(1)), loop.to));
    const one: For = { ...loop, to: end, note: "the first of them looks for its maximum" };
    return [
      { loop: one, isExact: true },
      { loop: { ...loop, from: simplify(add(loop.from, i32(1))) }, isExact: false },
    ];
  });

/** The ceiling starts where m does. */
const startCeiling = (s: Statement, states: ReadonlySet<string>): readonly Statement[] =>
  s.kind === "fill" && states.has(s.to)
    ? [s, { kind: "fill", to: "ceiling", value: s.value, note: "what raises m" }]
    : [s];

/** After the loop, the lanes' sums are joined once; what follows reads the joined ones. */
const joinLanes = (body: readonly Statement[], l: string): readonly Statement[] => {
  const loop = body.findLastIndex((s) => s.kind === "if");
  return [
    ...body.slice(0, loop + 1),
    {
      kind: "reduce",
      op: "sum",
      to: `${l}_row`,
      from: l,
      accumulate: false,
      note: "join the lanes' row sums",
    },
    ...body.slice(loop + 1).map((s) => rename(s, l, `${l}_row`)),
  ];
};

export const expandSoftmax: Pass = (program, { arch, plan }) =>
  editKernels(program, (kernel) => expandKernel(kernel, arch.warpgroups, plan.lazyMaximum));
