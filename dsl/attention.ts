// The description of a kernel: what an author passes to attention(). What is wrong with it is said in checks.ts.

import type { InputProblems, OutputProblems } from "./checks.ts";
import type { Outputs } from "./out.ts";
import type { Schedule } from "./schedule.ts";
import type { Inputs, View } from "./tensor.ts";

/** Where one score sits. Every field is an i32 in the kernel. */
export interface At {
  /** Batch entry. */
  readonly b: number;
  /** Query head, and the key and value head that it reads: `hkv = h / G`. */
  readonly h: number;
  readonly hkv: number;
  /** Positions of the query and of the key in their sequences. */
  readonly q: number;
  readonly kv: number;
  /** Lengths of both sequences. */
  readonly qLen: number;
  readonly kvLen: number;
}

/** The inputs beside q, k and v, as score and mask read them. */
export type Views<I> = { readonly [K in Exclude<keyof I, "q" | "k" | "v">]: View<I[K]> };

export type ScoreMod<V = unknown> = (s: number, at: At, tensors: V) => number;
export type MaskMod<V = unknown> = (at: At, tensors: V) => boolean;
/** Where a row of scores sits. */
export type RowAt = Omit<At, "kv">;
export type SinkMod<V = unknown> = (at: RowAt, tensors: V) => number;

export interface Attention<I extends Inputs, O extends Outputs> {
  readonly inputs: I & InputProblems<I>;
  readonly outputs: O & OutputProblems<I, O>;
  /** Multiplies q . k; `1 / sqrt(D)` if absent. */
  readonly scale?: number;
  /** The final score from the scaled one, applied before the mask. */
  readonly score?: ScoreMod<Views<I>>;
  /** Which keys a query sees; all of them if absent. */
  readonly mask?: MaskMod<Views<I>>;
  /**
   * The logit of a sink: it takes its share of a row's softmax, as one more key with a value of zero would,
   * and is part of the log-sum-exp. Neither `scale` nor `score` changes it.
   */
  readonly sink?: SinkMod<Views<I>>;
  readonly schedule?: Schedule;
}

/**
 * Softmax attention over dense keys: `o = softmax(mask(score(scale * q . k))) v`, grouped heads
 * included. Export the result; the export's name becomes the kernel's.
 */
export function attention<const I extends Inputs, const O extends Outputs>(
  spec: Attention<I, O>,
): Attention<I, O> {
  return spec;
}
