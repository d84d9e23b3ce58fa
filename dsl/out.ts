// What a kernel returns. Each output is a tensor and its role.

import type { Problem } from "./problem.ts";
import type { DType, Shape, Tensor } from "./tensor.ts";

export type Role = "values" | "lse";

export interface Output<
  out R extends Role = Role,
  out T extends DType = DType,
  out S extends Shape = Shape,
> {
  readonly kind: "output";
  readonly role: R;
  readonly tensor: Tensor<T, S>;
  readonly base?: 2;
}

export type Outputs = Readonly<Record<string, Output>>;

/** The attention itself, `softmax(score) v`: axes `b q h d`, the dtype of v. */
export function values<const T extends DType, const S extends Shape>(
  tensor: Tensor<T, S>,
): Output<"values", T, S> {
  return { kind: "output", role: "values", tensor };
}

/**
 * Logarithm of the sum of the exponentials of each row's scores: axes `b h q`, f32. The natural
 * logarithm unless `{ base: 2 }`; `-inf` for a row that sees no key.
 */
export function logSumExp<const T extends DType, const S extends Shape>(
  tensor: Tensor<T, S> & NotF32<T>,
  options?: { readonly base: 2 },
): Output<"lse", T, S> {
  return { kind: "output", role: "lse", tensor, ...options };
}

type NotF32<T> = [T] extends ["f32"] ? unknown : Problem<"the log-sum-exp must be f32">;
