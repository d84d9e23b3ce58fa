// Masks that many kernels share. They are ordinary functions: capture reads their source.

import type { At, MaskMod } from "./attention.ts";

/** Aligned to the bottom right: the last query sees every key. */
export function causal({ q, kv, qLen, kvLen }: At): boolean {
  return kv <= q + (kvLen - qLen);
}

/** At most `width` keys up to the query's own position, itself included. Combine it with `causal`. */
export function window(width: number): (at: At) => boolean {
  return ({ q, kv, qLen, kvLen }) => q + (kvLen - qLen) - kv < width;
}

export function and<V>(a: MaskMod<V>, b: MaskMod<V>): MaskMod<V> {
  return (at, tensors) => a(at, tensors) && b(at, tensors);
}

export function or<V>(a: MaskMod<V>, b: MaskMod<V>): MaskMod<V> {
  return (at, tensors) => a(at, tensors) || b(at, tensors);
}

export function not<V>(mask: MaskMod<V>): MaskMod<V> {
  return (at, tensors) => !mask(at, tensors);
}
