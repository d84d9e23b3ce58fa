// Values that come from outside the file: chosen at compile time (param), or given at launch (scalar).

import type { Half, TensorType } from "./tensor.ts";

/** A value chosen when the kernel is compiled: `param("D", 128)` is 128 unless `--set D=64` is given. */
export function param(name: string, value: number): number;
/** A dtype chosen when the kernel is compiled: `param("T", f16)`, overridden with `--set T=bf16`. */
export function param(name: string, value: TensorType<Half>): TensorType<Half>;
export function param<V>(_name: string, value: V): V {
  return value;
}

/**
 * A number given at launch: `scalar("temperature", f32)`. Usable in `scale`, `score` and `mask`.
 * It has a value in a launched kernel only; run natively it is NaN.
 */
export const scalar = (_name: string, _type: TensorType<"f32" | "i32">): number => Number.NaN;
