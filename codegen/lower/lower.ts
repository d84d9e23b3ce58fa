// Description to L2: the tile program of attention over dense keys, before any schedule.
// The parts are orthogonal: rows (which queries), keys, softmax, outputs. No architecture here.

import { substitute } from "../expr/expr.ts";
import type { Description } from "../spec/description.ts";
import type { FormulaDecl, Kernel, Program } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import { aside, renamed } from "../tile/step-aside.ts";
import { coordinates, slice } from "./coordinates.ts";
import { finishRows } from "./outputs.ts";
import { groupHead, pointNames } from "./rows.ts";
import { constantExtent, declare, extentExpr, extentOfAxis, tensor } from "./sizes.ts";
import { renameDescription } from "./rename.ts";
import { rowState, scores, softmaxTiles } from "./softmax.ts";

export const lower = (description: Description): Program => {
  const { away, back } = aside(description);
  return renamed(
    program(away.size === 0 ? description : renameDescription(description, away)),
    back,
  );
};

const program = (d: Description): Program => ({
  name: d.name,
  source: d.file,
  ...(d.summary !== undefined && { summary: d.summary }),
  dims: d.dims,
  scalars: d.scalars,
  inputs: d.inputs.map(declare),
  outputs: d.outputs.map((o) => ({ ...declare(o), role: o.role })),
  formulas: formulas(d),
  workspace: [],
  kernels: [attentionKernel(d)],
});

const formulas = (d: Description): readonly FormulaDecl[] => [
  { name: "scale", value: d.scale },
  ...(d.score ? [{ name: "score" as const, ...d.score }] : []),
  ...(d.mask ? [{ name: "mask" as const, ...d.mask }] : []),
];

const attentionKernel = (d: Description): Kernel => {
  const q = tensor(d, "q");
  const k = tensor(d, "k");
  const v = tensor(d, "v");
  const score = scores(d);
  const where = d.mask && substitute(d.mask.value, coordinates(d));
  const body: readonly Statement[] = [
    ...groupHead(d),
    { kind: "load", to: "qs", from: slice(d, "q") },
    ...score.before,
    ...rowState,
    {
      kind: "columns",
      axis: "kv",
      origin: "kv0",
      ...(where && { where }),
      body: [
        { kind: "load", to: "ks", from: slice(d, "k") },
        {
          kind: "product",
          form: "qk",
          to: "s",
          a: { tile: "qs" },
          b: { tile: "ks" },
          note: "S = Q K^T",
        },
        ...score.inTile,
        { kind: "absent", to: "s", value: { kind: "const", type: "f32", value: -Infinity } },
        {
          kind: "online_softmax",
          scores: "s",
          factor: score.factor,
          weights: "p",
          m: "m",
          l: "l",
          acc: "acc",
        },
        { kind: "load", to: "vs", from: slice(d, "v") },
        {
          kind: "product",
          form: "pv",
          to: "acc",
          a: { tile: "p" },
          b: { tile: "vs" },
          skipZeros: true,
          note: "O += P V",
        },
      ],
    },
    ...finishRows(d),
  ];
  const value = { kind: "value" as const };
  return {
    name: d.name,
    host: [],
    grid: {
      kind: "space",
      points: pointNames(d),
      rows: { axis: "q", origin: "q0" },
    },
    axes: [
      { name: "q", extent: extentExpr(extentOfAxis(q, "q")) },
      { name: "kv", extent: extentExpr(extentOfAxis(k, "kv")) },
    ],
    tiles: [
      { name: "qs", dtype: q.dtype, shape: ["q", constantExtent(q, "d")], place: value },
      { name: "ks", dtype: k.dtype, shape: ["kv", constantExtent(k, "d")], place: value },
      { name: "vs", dtype: v.dtype, shape: ["kv", constantExtent(v, "d")], place: value },
      ...softmaxTiles(v.dtype, constantExtent(v, "d")),
      ...(d.outputs.some((o) => o.role.kind === "lse")
        ? [{ name: "lse_row", dtype: "f32" as const, shape: ["q"], place: value }]
        : []),
      { name: "inverse", dtype: "f32", shape: ["q"], place: value },
    ],
    barriers: [],
    steps: [],
    start: [],
    roles: [{ name: "all", body }],
  };
};
