// Scores that many kernels share. They are ordinary functions: capture reads their source.

import type { At, ScoreMod } from "./attention.ts";

/** Squeezes scores smoothly into (-cap, cap), as Gemma 2 does (arXiv 2408.00118, section 2). */
export function softcap(cap: number): (s: number) => number {
  return (s) => cap * Math.tanh(s / cap);
}

type Slopes<Name extends string> = {
  readonly [N in Name]: (index: { readonly h: number }) => number;
};

/**
 * Attention with linear biases (Press et al. 2022): a penalty that grows with distance, with one slope a
 * head. `slopes` names an input with the axis h. Positions count from the start of each sequence.
 */
export const alibi =
  <const Name extends string>(slopes: Name) =>
  (s: number, { h, q, kv }: At, tensors: Slopes<Name>): number =>
    s + tensors[slopes]({ h }) * (kv - q);

/** `first`, and then `second` of its result. */
export const compose =
  <V>(first: ScoreMod<V>, second: ScoreMod<V>): ScoreMod<V> =>
  (s, at, tensors) =>
    second(first(s, at, tensors), at, tensors);
