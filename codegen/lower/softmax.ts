// Scores and their online softmax (Milakov and Gimelshein 2018), in log2 units: exp2 is the
// instruction that GPUs have, so the factor log2 e is folded into the exponent.

import { type Expr, constant, f32, mul, substitute, variable } from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { DType, Description } from "../spec/description.ts";
import type { TileDecl } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import { coordinates } from "./coordinates.ts";

/** Running maximum of a row that has met no key: finite, so that no inf - inf can arise. */
const NO_MAXIMUM = -1e30;
const s = variable("f32", "s");

export const softmaxTiles = (weights: DType, valueDim: number): readonly TileDecl[] => {
  const value = { kind: "value" as const };
  return [
    { name: "s", dtype: "f32", shape: ["q", "kv"], place: value },
    { name: "p", dtype: weights, shape: ["q", "kv"], place: value },
    { name: "acc", dtype: "f32", shape: ["q", valueDim], place: value },
    { name: "m", dtype: "f32", shape: ["q"], place: value },
    { name: "l", dtype: "f32", shape: ["q"], place: value },
  ];
};

export const rowState: readonly Statement[] = [
  { kind: "fill", to: "acc", value: f32(0), note: "O, not yet normalised" },
  { kind: "fill", to: "m", value: f32(NO_MAXIMUM), note: "running row maximum, log2 units" },
  { kind: "fill", to: "l", value: f32(0), note: "running row sum" },
];

/** A positive constant scale alone needs no pass over the scores: it joins the exponent's factor. */
const scaleFolds = (d: Description): boolean =>
  d.score === undefined && d.scale.kind === "const" && d.scale.value > 0;

export const softmaxFactor = (d: Description): Expr =>
  scaleFolds(d) && d.scale.kind === "const"
    ? constant("f32", Math.fround(d.scale.value * Math.LOG2E))
    : constant("f32", Math.fround(Math.LOG2E));

/** s := score(scale * s). */
export const scoreStatements = (d: Description): readonly Statement[] => {
  if (scaleFolds(d)) return [];
  const scaled = mul(s, d.scale);
  const value = d.score
    ? substitute(d.score.value, new Map([...coordinates(d), ["s", scaled]]))
    : scaled;
  return [
    {
      kind: "map",
      to: "s",
      value: simplify(value),
      ...(d.score && { span: d.score.span, note: `score: ${d.score.source}` }),
    },
  ];
};
