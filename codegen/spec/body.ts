// The body of a kernel as its author wrote it: values that never change, and what is computed from what. Capture builds
// it, lowering gives its values places. Tiles have no size here, and absent elements no value.

import type { Span } from "../base/span.ts";
import type { Expr } from "../expr/expr.ts";
import type { DType, Formula } from "./formula.ts";

/** A tile, or with one entry in `shape` a row vector: along `q` or `kv`, or a constant number of columns. */
export interface BodyTile {
  /** No two tiles of a body share it; it can stand in expressions. */
  readonly id: string;
  readonly dtype: DType;
  readonly shape: readonly (AlongTiles | number)[];
  readonly span: Span;
}
export type AlongTiles = "q" | "kv";

/** The tile's own rows or columns, all of `d`, or a number. */
export type BodyIndex = "tile" | "all" | Expr;

export interface BodySlice {
  readonly tensor: string;
  /** In the order of the tensor's axes. */
  readonly index: readonly BodyIndex[];
}

/** What a loop assigns: the value before it, in a step, at the end of that step, and after the loop. */
export interface Carried {
  readonly before: BodyTile;
  readonly inside: BodyTile;
  readonly next: BodyTile;
  readonly after: BodyTile;
}

/** Running maximum and sum of an online softmax, and its accumulator. */
export interface SoftmaxTiles {
  readonly m: BodyTile;
  readonly l: BodyTile;
  readonly acc: BodyTile;
}

interface Common {
  readonly span: Span;
}

export type BodyStatement = Common &
  (
    | { readonly kind: "load"; readonly to: BodyTile; readonly from: BodySlice }
    | { readonly kind: "fill"; readonly to: BodyTile; readonly value: Start }
    | { readonly kind: "qk"; readonly to: BodyTile; readonly a: BodyTile; readonly b: BodyTile }
    | {
        readonly kind: "pv";
        readonly to: BodyTile;
        readonly acc: BodyTile;
        readonly a: BodyTile;
        readonly b: BodyTile;
      }
    /** Variables of the value: ids of tiles, coordinates as in scores, scalars. */
    | {
        readonly kind: "map";
        readonly to: BodyTile;
        readonly from: readonly BodyTile[];
        readonly value: Expr;
        readonly source: string;
      }
    | {
        readonly kind: "reduce";
        readonly op: "max" | "sum";
        readonly to: BodyTile;
        readonly from: BodyTile;
        readonly soFar?: BodyTile;
      }
    | {
        readonly kind: "online_softmax";
        readonly scores: BodyTile;
        readonly before: SoftmaxTiles;
        readonly after: SoftmaxTiles;
        /** Rounded to the dtype of the values that they are multiplied with; f16 here, whichever that is. */
        readonly weights: BodyTile;
      }
    | {
        readonly kind: "columns";
        readonly mask?: Formula;
        readonly carried: readonly Carried[];
        readonly body: readonly BodyStatement[];
      }
    | { readonly kind: "store"; readonly from: BodyTile; readonly to: BodySlice }
  );

/** Zeros; or the running maximum of a softmax that has met no key. */
export type Start = "zeros" | "no maximum";

/** Tiles that a statement itself reads. */
export const readsOf = (s: BodyStatement): readonly BodyTile[] => {
  switch (s.kind) {
    case "load":
    case "fill":
      return [];
    case "qk":
      return [s.a, s.b];
    case "pv":
      return [s.acc, s.a, s.b];
    case "map":
      return s.from;
    case "reduce":
      return s.soFar ? [s.from, s.soFar] : [s.from];
    case "online_softmax":
      return [s.scores, s.before.m, s.before.l, s.before.acc];
    case "columns":
      return s.carried.map((c) => c.before);
    case "store":
      return [s.from];
  }
};
