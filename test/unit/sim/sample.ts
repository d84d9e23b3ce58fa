// The description that the hand-written programs compute: causal attention of one head, scale ln 2 / 4.

import { add, binary, type Expr, f32, sub, variable } from "../../../codegen/expr/expr.ts";
import type { NdArray } from "../../../codegen/sim/ndarray.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import type { AttentionDescription, Axis, Extent } from "../../../codegen/spec/description.ts";

const nowhere = { file: "sample.tile", line: 1, column: 1, length: 1 };
const v = (name: string): Expr => variable("i32", name);

const tensor = (name: string, axes: readonly (readonly [Axis, Extent])[]) => ({
  name,
  dtype: "f16" as const,
  axes: axes.map(([axis, extent]) => ({ axis, extent })),
});
const queries = [
  ["q", ["Sq"]],
  ["d", 32],
] as const;
const keys = [
  ["kv", ["Skv"]],
  ["d", 32],
] as const;

export const sample: AttentionDescription = {
  kind: "attention",
  name: "sample",
  exportName: "sample",
  file: "sample.tile",
  span: nowhere,
  dims: ["Sq", "Skv"],
  scalars: [],
  params: [],
  inputs: [tensor("q", queries), tensor("k", keys), tensor("v", keys)],
  outputs: [
    { ...tensor("o", queries), role: { kind: "values" } },
    {
      name: "lse",
      dtype: "f32",
      axes: [{ axis: "q", extent: ["Sq"] }],
      role: { kind: "lse", base: "e" },
    },
  ],
  scale: f32(Math.LN2 / 4),
  mask: {
    value: binary("le", v("kv"), add(v("q"), sub(v("kvLen"), v("qLen")))),
    span: nowhere,
    source: "causal",
  },
  schedule: {},
};

export const sampleInputs = (
  sizes: Readonly<Record<string, number>>,
  seed: number,
): Record<string, NdArray> => ({ ...randomInputs(sample, sizes, seed) });
