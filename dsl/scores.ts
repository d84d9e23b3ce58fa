// Scores that many kernels share. They are ordinary functions: capture reads their source.

import type { At, ScoreMod } from "./attention.ts";
import { tanhApprox } from "./math.ts";

/** Squeezes scores smoothly into (-cap, cap), as Gemma 2 does (arXiv 2408.00118, section 2). */
export function softcap(cap: number): (s: number) => number {
  return (s) => cap * Math.tanh(s / cap);
}

/** As `softcap`, by one instruction an element: each score is off by up to `cap / 2048` (`math.tanhApprox`). */
export const softcapApprox =
  (cap: number) =>
  (s: number): number =>
    cap * tanhApprox(s / cap);

/** Tensors of those names, read at such an index. */
type Reads<Name extends string, Index> = {
  readonly [N in Name]: (index: Index) => number;
};
type OfHead = { readonly h: number };

/**
 * Attention with linear biases (Press et al. 2022): a penalty that grows with distance, with one slope a
 * head. `slopes` names an input with the axis h. Positions count from the start of each sequence.
 */
export const alibi =
  <const Name extends string>(slopes: Name) =>
  (s: number, { h, q, kv }: At, tensors: Reads<Name, OfHead>): number =>
    s + tensors[slopes]({ h }) * (kv - q);

/** Multiplies the scores of each head by a factor of its own: `factors` names an input with the axis h. */
export const temperature =
  <const Name extends string>(factors: Name) =>
  (s: number, { h }: At, tensors: Reads<Name, OfHead>): number =>
    s * tensors[factors]({ h });

/** Adds a bias to each score: `biases` names an input with the axes h, q and kv. */
export const bias =
  <const Name extends string>(biases: Name) =>
  (
    s: number,
    { h, q, kv }: At,
    tensors: Reads<Name, { readonly h: number; readonly q: number; readonly kv: number }>,
  ): number =>
    s + tensors[biases]({ h, q, kv });

/**
 * Adds a learned bias for the distance between query and key (Shaw et al. 2018), with one row a head: `table`
 * names an input with the axes h and distance, of 2 `reach` + 1 entries. Entry `reach` is the query's own position,
 * smaller ones are keys after it; keys further away than `reach` read the first or the last.
 */
export const relativeBias =
  <const Name extends string>(table: Name, reach: number) =>
  (
    s: number,
    { h, q, kv, qLen, kvLen }: At,
    tensors: Reads<Name, { readonly h: number; readonly distance: number }>,
  ): number =>
    s +
    tensors[table]({
      h,
      distance: Math.min(Math.max(q + (kvLen - qLen) - kv + reach, 0), 2 * reach),
    });

/** `first`, and then `second` of its result. */
export const compose =
  <V, W = V>(first: ScoreMod<V>, second: ScoreMod<W>): ScoreMod<V & W> =>
  (s, at, tensors) =>
    second(first(s, at, tensors), at, tensors);
