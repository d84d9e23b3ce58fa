// Writes online softmax out, with a lazily raised maximum. Before: `online_softmax` statements. After:
// maps and reductions; `l` is kept per lane until the end of the loop, where the lanes are joined.
//
// m is a reference exponent, not the maximum: it follows the row's maximum only when that has risen by
// more than 2^8, so p stays below 256 and o and l are rescaled rarely. The result is the same as with
// the exact maximum, since the same m stands in numerator and denominator.

import { type Expr, binary, f32, max, mul, sub, unary, variable } from "../expr/expr.ts";
import type { Kernel, OnlineSoftmax, Statement, TileDecl } from "../tile/program.ts";
import { mapStatements } from "../tile/walk.ts";
import { editKernels } from "./edit.ts";
import { rename } from "./rename.ts";
import type { Pass } from "./target.ts";

/** Powers of two that the maximum may rise before m follows. */
const RAISE = 8;
const e = (tile: string): Expr => variable("f32", tile);

const expand = (s: OnlineSoftmax): readonly Statement[] => {
  const scaledMax = mul(e("t_max"), s.factor);
  const scale = (tile: string): Statement => ({
    kind: "map",
    to: tile,
    value: mul(e(tile), e("shrink")),
  });
  return [
    {
      kind: "reduce",
      op: "max",
      to: "t_max",
      from: s.scores,
      accumulate: false,
      note: "row maxima of this tile",
    },
    {
      kind: "if_any",
      condition: binary("gt", sub(scaledMax, e(s.m)), f32(RAISE)),
      note: "rare after the first tile: raise m and rescale",
      then: [
        { kind: "map", to: "m_new", value: max(e(s.m), scaledMax) },
        { kind: "map", to: "shrink", value: unary("exp2", sub(e(s.m), e("m_new"))) },
        scale(s.l),
        scale(s.acc),
        { kind: "map", to: s.m, value: e("m_new") },
      ],
    },
    {
      kind: "map",
      to: s.scores,
      value: unary("exp2", sub(mul(e(s.scores), s.factor), e(s.m))),
      note: "P = 2^(S - m)",
    },
    { kind: "reduce", op: "sum", to: s.l, from: s.scores, accumulate: true },
    { kind: "map", to: s.weights, value: e(s.scores), note: "rounded for the product with V" },
  ];
};

const vector = (name: string, layout: "rows" | "lanes"): TileDecl => ({
  name,
  dtype: "f32",
  shape: ["q"],
  place: { kind: "registers", layout },
});

const expandKernel = (kernel: Kernel): Kernel => {
  const sums = new Set<string>();
  const steps = kernel.steps.map((step) => {
    let found = false;
    const body = mapStatements(step.body, (s) => {
      if (s.kind !== "online_softmax") return [s];
      found = true;
      sums.add(s.l);
      return expand(s);
    });
    const temporaries = ["t_max", "m_new", "shrink"].map((name) => vector(name, "rows"));
    return found ? { ...step, body, tiles: [...step.tiles, ...temporaries] } : step;
  });
  return {
    ...kernel,
    steps,
    tiles: [
      ...kernel.tiles.map((t) => (sums.has(t.name) ? vector(t.name, "lanes") : t)),
      ...[...sums].map((l) => vector(`${l}_row`, "rows")),
    ],
    roles: kernel.roles.map((role) => ({ ...role, body: [...sums].reduce(joinLanes, role.body) })),
  };
};

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

export const expandSoftmax: Pass = (program) => editKernels(program, expandKernel);
