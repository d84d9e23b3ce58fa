// What statements of tile programs are made of: references to tiles and barriers, boxes of tensors, notes.

import type { Span } from "../base/span.ts";
import type { Expr } from "../expr/expr.ts";

export interface TileRef {
  readonly tile: string;
  /** Which stage of a shared tile; absent: 0. */
  readonly stage?: Expr;
}

export interface BarrierRef {
  readonly barrier: string;
  readonly stage: Expr;
}

/** A box of a tensor: per axis, in the tensor's order, a point, a tile's worth from an origin, or all. */
export interface Slice {
  readonly tensor: string;
  readonly index: readonly SliceIndex[];
}

export type SliceIndex =
  | { readonly kind: "point"; readonly at: Expr }
  /** Elements origin .. origin + size of the axis. */
  | { readonly kind: "tile"; readonly axis: string; readonly origin: Expr }
  /** The whole axis; a tile that is wider (padding) has zeros beyond it. */
  | { readonly kind: "all" };

export interface Common {
  /** One line for the reader of the CUDA: what is computed, what has arrived, what is now free. */
  readonly note?: string;
  readonly span?: Span;
}

export type Bare<K extends string> = Common & { readonly kind: K };
