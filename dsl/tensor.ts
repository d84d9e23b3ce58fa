// Dtypes, labelled axes and tensors, and how scores and masks read them.

import type { Extent } from "./dims.ts";
import type { Problem } from "./problem.ts";

export type DType = "f16" | "bf16" | "f32" | "i32";

/** What q, k, v and o are stored as. */
export type Half = "f16" | "bf16";

/** What an axis ranges over. */
export type Axis =
  "b" | "q" | "kv" | "h" | "hkv" | "d" | "page" | "slot" | "rank" | "seq" | "distance" | "word";

/** Key order is memory order, slowest first. */
export type Shape = { readonly [A in Axis]?: Extent };

export interface Tensor<out T extends DType = DType, out S extends Shape = Shape> {
  readonly kind: "tensor";
  readonly dtype: T;
  readonly shape: S;
}

/** The tensors of a kernel by name: q, k and v, and whatever else score and mask read. */
export type Inputs = Readonly<Record<string, Tensor>>;

/** A dtype; called with labelled axes it declares a tensor. */
export interface TensorType<T extends DType = DType> {
  readonly dtype: T;
  <const S extends Shape>(shape: S & UnknownAxes<S>): Tensor<T, S>;
}

type UnknownAxes<S> = {
  readonly [A in Exclude<keyof S, Axis>]: Problem<`there is no axis ${A & string}`>;
};

const tensorType = <T extends DType>(dtype: T): TensorType<T> =>
  Object.assign(
    <const S extends Shape>(shape: S): Tensor<T, S> => ({ kind: "tensor", dtype, shape }),
    { dtype },
  );

export const f16: TensorType<"f16"> = tensorType("f16");
export const bf16: TensorType<"bf16"> = tensorType("bf16");
export const f32: TensorType<"f32"> = tensorType("f32");
export const i32: TensorType<"i32"> = tensorType("i32");

/** Reads one element inside a score or a mask: `bias({ h, q })`. The axes must match exactly. */
export type View<X> =
  X extends Tensor<DType, infer S> ? (index: { readonly [A in keyof S]: number }) => number : never;
