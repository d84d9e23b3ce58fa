// Masks that many kernels share. They are ordinary functions: capture reads their source, and nothing else
// knows them. Where one reads an input, it is told the input's name, and its docstring gives the axes.

import type { At, MaskMod } from "./attention.ts";
import { bit } from "./math.ts";

/** How a mask reads an input of that name, with these axes. */
type Reads<Name extends string, Axes extends string> = {
  readonly [N in Name]: (index: { readonly [A in Axes]: number }) => number;
};

/** Where a query stands among the keys: both sequences end together. */
function position({ q, qLen, kvLen }: At): number {
  return q + (kvLen - qLen);
}

/** Aligned to the bottom right: the last query sees every key. */
export function causal({ q, kv, qLen, kvLen }: At): boolean {
  return kv <= q + (kvLen - qLen);
}

/** At most `width` keys up to the query's own position, itself included. Combine it with `causal`. */
export function window(width: number): (at: At) => boolean {
  return ({ q, kv, qLen, kvLen }) => q + (kvLen - qLen) - kv < width;
}

/**
 * A window on both sides: `left` keys before the query's own position, itself, and `right` keys after it. The sizes
 * count as FlashAttention's `window_size=(left, right)` does (github.com/Dao-AILab/flash-attention).
 */
export function band(left: number, right: number): (at: At) => boolean {
  return (at) => position(at) - at.kv <= left && at.kv - position(at) <= right;
}

/** The first `count` keys, whoever asks. `or(causal, first(n))` is a prefix of one length for all. */
export function first(count: number): (at: At) => boolean {
  return ({ kv }) => kv < count;
}

/**
 * Prefix language model (Raffel et al. 2020, section 3.2.1): every query sees the prefix whole, and what follows it
 * causally. `lengths` names an i32 input with the axis b: how many keys the prefix of each batch entry has.
 */
export function prefixLm<const Name extends string>(
  lengths: Name,
): (at: At, tensors: Reads<Name, "b">) => boolean {
  return (at, tensors) => causal(at) || at.kv < tensors[lengths]({ b: at.b });
}

/**
 * Several documents packed into one sequence: a query sees the keys of its own document. `ids` names an i32 input with
 * the axes b and kv: the document of each position. Combine it with `causal` for generation. Documents may have
 * any numbers; tiles are skipped well where those rise along the sequence.
 */
export function documents<const Name extends string>(
  ids: Name,
): (at: At, tensors: Reads<Name, "b" | "kv">) => boolean {
  return (at, tensors) =>
    tensors[ids]({ b: at.b, kv: position(at) }) === tensors[ids]({ b: at.b, kv: at.kv });
}

/**
 * Attention sinks (StreamingLLM, Xiao et al. 2024): the first `sink` keys, and the last `width` up to the query's own
 * position, itself included. Causal; keys between the two are never loaded.
 */
export function sinkAndWindow(sink: number, width: number): (at: At) => boolean {
  return (at) => causal(at) && (first(sink)(at) || window(width)(at));
}

/** Every `step`-th key, counted from the query's own position (Longformer, Beltagy et al. 2020, section 3.1). */
export function dilated(step: number): (at: At) => boolean {
  return (at) => (position(at) - at.kv) % step === 0;
}

/**
 * The sequence in chunks of `size` positions: a query sees its own chunk, causally (Llama 4's local layers).
 */
export function chunkedLocal(size: number): (at: At) => boolean {
  return (at) => causal(at) && at.kv >= Math.floor(position(at) / size) * size;
}

/**
 * Scoring many items after one shared prompt: a token sees the prompt, and its own item up to itself. `items` names an
 * i32 input with the axes b and kv: 0 for tokens of the prompt, and the number of the item, from 1 on, for the others.
 */
export function multiItem<const Name extends string>(
  items: Name,
): (at: At, tensors: Reads<Name, "b" | "kv">) => boolean {
  return (at, tensors) =>
    causal(at) && (tensors[items]({ b: at.b, kv: at.kv }) === 0 || documents(items)(at, tensors));
}

/**
 * Drafted tokens as a tree (SpecInfer, Miao et al. 2024, section 4.1): the queries are the last qLen keys; each sees all
 * keys before them, and of them those whose bits are set. `ancestors` names an i32 input with the axes b, q and word:
 * bit j of a query's words stands for draft j, and a draft is its own ancestor.
 */
export const tree =
  <const Name extends string>(ancestors: Name) =>
  ({ b, q, kv, qLen, kvLen }: At, tensors: Reads<Name, "b" | "q" | "word">): boolean => {
    const draft = kv - (kvLen - qLen);
    return draft < 0 || bit(tensors[ancestors]({ b, q, word: draft >> 5 }), draft);
  };

/**
 * Any mask, a bit for each query and key: of entry b, bit `q * kvLen + kv` from byte `starts({ b })` on, the lowest
 * bit of a byte first, as FlashInfer packs custom masks with `bitorder="little"`. `bits` names those bytes, as an i32
 * input with the axis word: their number is padded to a multiple of 4. Entries have at most 2^31 - 32 bits.
 */
export const packedBits =
  <const Bits extends string, const Starts extends string>(bits: Bits, starts: Starts) =>
  ({ b, q, kv, kvLen }: At, tensors: Reads<Bits, "word"> & Reads<Starts, "b">): boolean => {
    const start = tensors[starts]({ b });
    const i = (start & 3) * 8 + q * kvLen + kv;
    return bit(tensors[bits]({ word: (start >> 2) + (i >> 5) }), i);
  };

/** Seen by both. */
export function and<V>(a: MaskMod<V>, b: MaskMod<V>): MaskMod<V> {
  return (at, tensors) => a(at, tensors) && b(at, tensors);
}

/** Seen by one of the two, or both. */
export function or<V>(a: MaskMod<V>, b: MaskMod<V>): MaskMod<V> {
  return (at, tensors) => a(at, tensors) || b(at, tensors);
}

/** What the mask hides. */
export function not<V>(mask: MaskMod<V>): MaskMod<V> {
  return (at, tensors) => !mask(at, tensors);
}
