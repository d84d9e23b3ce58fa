// Scores and masks made by hand, as capture would make them, for the tests of the oracle and of NumPy.

import * as e from "../../../codegen/expr/expr.ts";
import type { AttentionDescription } from "../../../codegen/spec/description.ts";
import { dense, type DenseOptions } from "../../support/descriptions.ts";

const v = (name: string): e.Expr => e.variable("i32", name);

/** kv <= q + (kvLen - qLen) */
export const causal: e.Expr = e.binary("le", v("kv"), e.add(v("q"), e.sub(v("kvLen"), v("qLen"))));

/** At most `width` keys, the query's own position included. */
export const window = (width: number): e.Expr =>
  e.and(
    causal,
    e.binary("lt", e.sub(e.add(v("q"), e.sub(v("kvLen"), v("qLen"))), v("kv")), e.i32(width)),
  );

/** s + slopes[h] * (kv - q) */
export const alibi: e.Expr = e.add(
  e.variable("f32", "s"),
  e.mul(
    e.load("f32", "slopes", [{ axis: "h", value: v("h") }]),
    e.convert("f32", e.sub(v("kv"), v("q"))),
  ),
);

/** slopes[h], as a logit of each head. */
export const sink: e.Expr = e.load("f32", "slopes", [{ axis: "h", value: v("h") }]);

export interface Options extends DenseOptions {
  readonly base?: "e" | 2;
}

/** Dense attention with the input slopes[h] and an lse of the given base. */
export const describeAttention = ({
  base = "e",
  ...options
}: Options = {}): AttentionDescription => {
  const heads = ["G", "Hkv"];
  const d = dense({
    headDim: 16,
    more: [{ name: "slopes", dtype: "f32", axes: [{ axis: "h", extent: heads }] }],
    ...options,
  });
  return {
    ...d,
    outputs: d.outputs.map((o) =>
      o.role.kind === "lse" ? { ...o, role: { kind: "lse", base } } : o,
    ),
  };
};
