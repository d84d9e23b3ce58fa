// Masks that many kernels share. They are ordinary functions: capture reads their source.

import type { At, MaskMod } from "./attention.ts";

/** Aligned to the bottom right: the last query sees every key. */
export const causal = ({ q, kv, qLen, kvLen }: At): boolean => kv <= q + (kvLen - qLen);

/** At most `width` keys up to the query's own position, itself included. Combine it with `causal`. */
export const window =
  (width: number) =>
  ({ q, kv, qLen, kvLen }: At): boolean =>
    q + (kvLen - qLen) - kv < width;

export const and =
  <V>(a: MaskMod<V>, b: MaskMod<V>): MaskMod<V> =>
  (at, tensors) =>
    a(at, tensors) && b(at, tensors);

export const or =
  <V>(a: MaskMod<V>, b: MaskMod<V>): MaskMod<V> =>
  (at, tensors) =>
    a(at, tensors) || b(at, tensors);

export const not =
  <V>(mask: MaskMod<V>): MaskMod<V> =>
  (at, tensors) =>
    !mask(at, tensors);
