// Description to L2: the tile program of attention over dense keys, before any schedule.
// The parts are orthogonal: rows (which queries), keys, softmax, outputs. Split keys make two kernels. No architecture here.

import { substitute, variable } from "../expr/expr.ts";
import type { AttentionDescription, Description } from "../spec/description.ts";
import type { FormulaDecl, Kernel, Program, TileDecl } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import { bodyKernel } from "./body.ts";
import { aside, renamed } from "../tile/step-aside.ts";
import { coordinates, slice } from "./coordinates.ts";
import { mergeKernel } from "./merge.ts";
import { finishRows, finishTiles } from "./outputs.ts";
import { groupHead, pointNames } from "./rows.ts";
import { constantExtent, declare, extentExpr, extentOfAxis, tensor } from "./sizes.ts";
import { renameDescription } from "./rename.ts";
import { rowState, scores, softmaxTiles } from "./softmax.ts";
import { inParts, isPart, splitCount, SPLITS, splitsKeys } from "./split.ts";

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
  outputs: d.outputs.map((o) => ({ ...declare(o), ...(o.role && { role: o.role }) })),
  formulas: d.kind === "attention" ? formulas(d) : [],
  ...kernelsOf(d),
});

type Kernels = Pick<Program, "host" | "workspace" | "kernels">;

const kernelsOf = (d: Description): Kernels => {
  if (d.kind === "attention" && splitsKeys(d)) return split(d);
  const kernel = d.kind === "attention" ? attentionKernel(d, d.name) : bodyKernel(d);
  return { host: [], workspace: [], kernels: [kernel] };
};

const split = (d: AttentionDescription): Kernels => {
  const parts = inParts(d);
  return {
    host: [splitCount],
    workspace: parts.outputs.map(declare),
    kernels: [attentionKernel(parts, "parts"), mergeKernel(d, parts)],
  };
};

const formulas = (d: AttentionDescription): readonly FormulaDecl[] => [
  { name: "scale", value: d.scale },
  ...(d.score ? [{ name: "score" as const, ...d.score }] : []),
  ...(d.mask ? [{ name: "mask" as const, ...d.mask }] : []),
  ...(d.sink ? [{ name: "sink" as const, ...d.sink }] : []),
];

const rowVector = (name: string): TileDecl => ({
  name,
  dtype: "f32",
  shape: ["q"],
  place: { kind: "value" },
});

const attentionKernel = (d: AttentionDescription, name: string): Kernel => {
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
      ...(isPart(d) && { part: { index: variable("i32", "split"), of: variable("i32", SPLITS) } }),
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
    ...finishRows(d, coordinates(d), (output) => slice(d, output)),
  ];
  const value = { kind: "value" as const };
  return {
    name,
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
      ...finishTiles(d).map(rowVector),
    ],
    barriers: [],
    steps: [],
    start: [],
    roles: [{ name: "all", body }],
  };
};
