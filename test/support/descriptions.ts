// Descriptions made by hand, for tests of what comes after capture.

import { type Expr, f32 } from "../../codegen/expr/expr.ts";
import type {
  AttentionDescription,
  Axis,
  DType,
  Extent,
  Formula,
  TensorSpec,
} from "../../codegen/spec/description.ts";

export interface DenseOptions {
  readonly name?: string;
  readonly dtype?: DType;
  readonly headDim?: number;
  readonly valueDim?: number;
  readonly score?: Expr;
  readonly mask?: Expr;
  readonly sink?: Expr;
  readonly scale?: Expr;
  readonly more?: readonly TensorSpec[];
  readonly scalars?: AttentionDescription["scalars"];
}

const nowhere = { file: "kernels/test.ts", line: 1, column: 1, length: 1 };

const tensor = (
  name: string,
  dtype: DType,
  axes: readonly (readonly [Axis, Extent])[],
): TensorSpec => ({
  name,
  dtype,
  axes: axes.map(([axis, extent]) => ({ axis, extent })),
});

const formula = (value: Expr | undefined): Formula | undefined =>
  value && { value, span: nowhere, source: "test" };

/** Dense grouped-query attention over B, Sq, Skv, Hkv, G. */
export const dense = (o: DenseOptions = {}): AttentionDescription => {
  const dtype = o.dtype ?? "f16";
  const d = o.headDim ?? 64;
  const dv = o.valueDim ?? d;
  const heads = ["G", "Hkv"];
  const score = formula(o.score);
  const mask = formula(o.mask);
  const sink = formula(o.sink);
  return {
    kind: "attention",
    name: o.name ?? "test",
    exportName: "test",
    file: "kernels/test.ts",
    span: nowhere,
    dims: ["B", "Sq", "Skv", "Hkv", "G"],
    scalars: o.scalars ?? [],
    params: [],
    inputs: [
      tensor("q", dtype, [
        ["b", ["B"]],
        ["q", ["Sq"]],
        ["h", heads],
        ["d", d],
      ]),
      tensor("k", dtype, [
        ["b", ["B"]],
        ["kv", ["Skv"]],
        ["hkv", ["Hkv"]],
        ["d", d],
      ]),
      tensor("v", dtype, [
        ["b", ["B"]],
        ["kv", ["Skv"]],
        ["hkv", ["Hkv"]],
        ["d", dv],
      ]),
      ...(o.more ?? []),
    ],
    outputs: [
      {
        ...tensor("o", dtype, [
          ["b", ["B"]],
          ["q", ["Sq"]],
          ["h", heads],
          ["d", dv],
        ]),
        role: { kind: "values" },
      },
      {
        ...tensor("lse", "f32", [
          ["b", ["B"]],
          ["h", heads],
          ["q", ["Sq"]],
        ]),
        role: { kind: "lse", base: "e" },
      },
    ],
    scale: o.scale ?? f32(Math.fround(1 / Math.sqrt(d))),
    ...(score && { score }),
    ...(mask && { mask }),
    ...(sink && { sink }),
    schedule: {},
  };
};
