// Merges the states that several parts of the keys have left of the same rows: any number of them, each with its values
// and its log-sum-exp to base 2. A state that saw no key has weight 0. Knows nothing of keys or scores.
//
//   m = max over states of lse;  o = sum of 2^(lse - m) o_parts / sum of 2^(lse - m);  lse = m + log2 of that sum

import {
  type Expr,
  add,
  binary,
  floorDiv,
  i32,
  load,
  max,
  mul,
  sub,
  unary,
  variable,
} from "../expr/expr.ts";
import type { Axis, AttentionDescription } from "../spec/description.ts";
import type { Kernel, TileDecl } from "../tile/program.ts";
import type { Slice } from "../tile/statement-parts.ts";
import type { Statement } from "../tile/statement.ts";
import { finishRows, finishTiles } from "./outputs.ts";
import { extentExpr, extentOfAxis, groupSize, tensor } from "./sizes.ts";
import { rowState } from "./softmax.ts";
import { partNames, SPLITS } from "./split.ts";

const v = (name: string): Expr => variable("i32", name);
const e = (tile: string): Expr => variable("f32", tile);

/** `d`: what the program returns; `parts`: the same, in parts. */
export const mergeKernel = (d: AttentionDescription, parts: AttentionDescription): Kernel => {
  const values = tensor(parts, partNames.values);
  const along = rowsOf(d);
  const points = (["b", "q", "h"] as const).filter((axis) => axis !== along);
  const extent = (axis: Axis): Expr => extentExpr(extentOfAxis(values, axis));
  const state = stateAt(parts, along);
  const body: readonly Statement[] = [
    ...rowState,
    {
      ...{ kind: "for", name: "state", from: i32(0), to: v(SPLITS), note: "all parts of the keys" },
      body: [
        { kind: "map", to: "state_lse", value: state(partNames.lse), note: "log2 units" },
        { kind: "map", to: "m_new", value: max(e("m"), e("state_lse")) },
        { kind: "map", to: "shrink", value: unary("exp2", sub(e("m"), e("m_new"))) },
        { kind: "map", to: "state_weight", value: unary("exp2", sub(e("state_lse"), e("m_new"))) },
        {
          ...{ kind: "map", to: "acc", note: "O so far, and this part's" },
          value: add(mul(e("acc"), e("shrink")), mul(state(partNames.values), e("state_weight"))),
        },
        { kind: "map", to: "l", value: add(mul(e("l"), e("shrink")), e("state_weight")) },
        { kind: "map", to: "m", value: e("m_new") },
      ],
    },
    ...finishRows(d, coordinatesOf(d, along), (name) => boxAt(d, name, along)).map(onceARow),
  ];
  return {
    name: "merge",
    host: [],
    grid: {
      kind: "space",
      points: points.map((axis) => ({ name: pointOf(axis), extent: extent(axis) })),
      rows: { axis: along, origin: `${along}0` },
      columns: { axis: "d", origin: "d0" },
    },
    axes: [
      { name: along, extent: extent(along) },
      { name: "d", extent: extent("d") },
    ],
    tiles: [matrix("acc", along), ...vectors(d).map((name) => vector(name, along))],
    barriers: [],
    steps: [],
    start: [],
    roles: [{ name: "all", body }],
  };
};

/** Rows of a tile: neighbouring heads where a head has a few queries only, whose number is known. */
const rowsOf = (d: AttentionDescription): "q" | "h" =>
  typeof extentOfAxis(tensor(d, "q"), "q") === "number" ? "h" : "q";

/** `q` is the tensor. */
const pointOf = (axis: Axis): string => (axis === "q" ? "query" : axis);

const value = { kind: "value" } as const;
const matrix = (name: string, rows: string): TileDecl => ({
  ...{ name, dtype: "f32", shape: [rows, "d"], place: value },
});
const vector = (name: string, rows: string): TileDecl => ({
  ...{ name, dtype: "f32", shape: [rows], place: value },
});
const vectors = (d: AttentionDescription): readonly string[] => [
  ...["m", "l", "state_lse", "m_new", "shrink", "state_weight"],
  ...finishTiles(d),
];

const placeOf = (axis: Axis, along: Axis): Expr =>
  axis === along ? add(v(`${along}0`), v("row")) : v(pointOf(axis));

/** What a sink sees of a row. */
const coordinatesOf = (d: AttentionDescription, along: Axis): ReadonlyMap<string, Expr> => {
  const [q, k] = [tensor(d, "q"), tensor(d, "k")];
  const group = groupSize(extentOfAxis(q, "h"), extentOfAxis(k, "hkv"));
  return new Map([
    ...(["b", "h", "q"] as const).map((axis) => [axis, placeOf(axis, along)] as const),
    ["hkv", floorDiv(placeOf("h", along), group)],
    ["qLen", extentExpr(extentOfAxis(q, "q"))],
    ["kvLen", extentExpr(extentOfAxis(k, "kv"))],
  ]);
};

/** An element of a state, at the row and column of a map. */
const stateAt =
  (parts: AttentionDescription, along: Axis) =>
  (name: string): Expr => {
    const at = (axis: Axis): Expr => {
      if (axis === "split") return v("state");
      if (axis === "d") return add(v("d0"), v("col"));
      return placeOf(axis, along);
    };
    const { axes } = tensor(parts, name);
    return load(
      "f32",
      name,
      axes.map(({ axis }) => ({ axis, value: at(axis) })),
    );
  };

const boxAt = (d: AttentionDescription, name: string, along: Axis): Slice => ({
  tensor: name,
  index: tensor(d, name).axes.map(({ axis }) =>
    axis === along || axis === "d"
      ? { kind: "tile", axis, origin: v(`${axis}0`) }
      : { kind: "point", at: v(pointOf(axis)) },
  ),
});

/** What has no columns is stored by one of the instances that share a row. */
const onceARow = (s: Statement): Statement =>
  s.kind === "store" && s.from.tile !== "acc"
    ? { kind: "if", condition: binary("eq", v("d0"), i32(0)), then: [s] }
    : s;
