// What descriptions of attention and of bodies both have: dtypes, and the author's functions.

import type { Span } from "../base/span.ts";
import type { Expr } from "../expr/expr.ts";

export type DType = "f16" | "bf16" | "f32" | "i32";

/**
 * A captured score or mask function. Variables: the element `s` (f32, scores only), coordinates
 * `b h hkv q kv qLen kvLen` (i32), launch scalars by name; loads read the other inputs.
 */
export interface Formula {
  readonly value: Expr;
  readonly span: Span;
  /** The author's source text on one line, for comments; sanitised by whoever prints it. */
  readonly source: string;
}
