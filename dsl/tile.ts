// What the body of a kernel is made of: tiles, and the operations on them. None of it is ever executed: capture stands in
// for each function here. Values do not change; a `let` that a loop assigns is carried from one step to the next.
//
// Tiles have no size here: sizes belong to the schedule. Elements beyond the extents, or where a mask does not hold, are
// absent: reductions and products ignore them, and the function of a `map` never sees them.

import type { At, MaskMod } from "./attention.ts";
import type { Extent } from "./dims.ts";
import type { Problem } from "./problem.ts";
import type { DType, Half, Shape, Tensor } from "./tensor.ts";

/** A tile's worth of queries, as `tile.rows` makes it. */
export interface Rows {
  readonly kind: "rows";
}
/** A tile's worth of keys: what a loop over `tile.columns` walks. */
export interface Columns {
  readonly kind: "columns";
}

/**
 * A tile of rows `R` and columns `C`: `"q"` or `"kv"`, or a number of columns known when the kernel is compiled. A row
 * vector, one number for each row, has `C = "one"`.
 */
export interface Tile<T extends DType = DType, R = Along, C = Along | number | "one"> {
  readonly kind: "tile";
  readonly dtype: T;
  readonly rows: R;
  readonly columns: C;
}
type Along = "q" | "kv";

/** One f32 for each query. */
export type RowVector = Tile<"f32", "q", "one">;

/** How far an online softmax has come: running maximum and sum of each row, and what it has added up so far. */
export interface Softmax<D> {
  readonly m: RowVector;
  readonly l: RowVector;
  readonly acc: Tile<"f32", "q", D>;
}
/** That, after one more tile of scores, with the tile's weights: rounded, for a product. */
export interface SoftmaxStep<D> extends Softmax<D> {
  readonly p: Tile<Half, "q", "kv">;
}

const neverRun = (): never => {
  throw new Error("the body of a kernel is read as source, and never executed");
};

/** Rows of queries: the entry `q` of a grid. */
export const rows = (_extent: Extent): Rows => neverRun();

/** Walks the keys tile by tile: `for (const cols of tile.columns(Skv, { mask }))`. Tiles that `mask` hides whole are skipped. */
export const columns = (
  _extent: Extent,
  _options?: { readonly mask: MaskMod },
): Iterable<Columns> => neverRun();

/** Where a tile of a tensor lies: rows or columns along one axis, a number along each other one; all of `d`. */
type Index<S> = {
  readonly [A in Exclude<keyof S, "d">]: A extends "q" ? Rows : A extends "kv" ? Columns : number;
};
type AxisOf<S> = "q" extends keyof S ? "q" : "kv";
type WidthOf<S> = S extends { readonly d: infer D } ? D : "one";

type NotLoaded<T, S> = "d" extends keyof S
  ? T extends Half
    ? unknown
    : Problem<"a tile is loaded from f16 or bf16; read other tensors element by element, inside a map">
  : Problem<"a tile is loaded from a tensor with the axis d; read other tensors element by element, inside a map">;

/** Reads a tile of an input; elements beyond the extents are absent. */
export const load = <T extends DType, S extends Shape>(
  _tensor: Tensor<T, S> & NotLoaded<T, S>,
  _index: Index<S>,
): Tile<T, AxisOf<S>, WidthOf<S>> => neverRun();

type WrongTile<X, R, C, Sentence extends string> =
  X extends Tile<DType, R, C> ? unknown : Problem<Sentence>;

/** Writes a tile or row vector, rounded to the output's dtype. After the loops. */
export const store = <T extends DType, S extends Shape, X extends Tile<"f32">>(
  _tensor: Tensor<T, S>,
  _index: Index<S>,
  _tile: X &
    WrongTile<X, AxisOf<S>, WidthOf<S>, "the tile has other rows or columns than the output">,
): void => neverRun();

type Unlike<A extends Tile, B extends Tile> = [A["columns"], A["dtype"]] extends [
  B["columns"],
  B["dtype"],
]
  ? unknown
  : Problem<"queries and keys must have the same dtype and the same d">;

/** `S = Q Kᵀ`: queries that were loaded before the loop, and keys that the loop loads. Sums are f32. */
export const qk = <A extends Tile<Half>, B extends Tile<Half>>(
  _queries: A & WrongTile<A, "q", number, "the first operand of qk is a tile of queries">,
  _keys: B &
    WrongTile<B, "kv", number, "the second operand of qk is a tile of keys"> &
    Unlike<A, B>,
): Tile<"f32", "q", "kv"> => neverRun();

/** `acc + P V`, with P rounded to the dtype of the values, which the loop loads. Sums are f32. */
export const pv = <D, V extends Tile<Half>>(
  _acc: Tile<"f32", "q", D>,
  _weights: Tile<"f32" | Half, "q", "kv">,
  _values: V &
    WrongTile<V, "kv", D, "the values of pv are a tile of keys, as wide as the accumulator">,
): Tile<"f32", "q", D> => neverRun();

/** Where an element lies; `kv` only in tiles that have columns of keys. */
type Position<X extends readonly Tile[]> = "kv" extends X[number]["columns"] ? At : Omit<At, "kv">;

type Elements<X extends readonly Tile[]> = { readonly [K in keyof X]: number };

/** The first tile says the result's rows and columns; row vectors go along every row. */
type Mapped<X extends readonly Tile[]> = Tile<
  "f32",
  "q",
  Exclude<X[number]["columns"], "one"> extends never ? "one" : Exclude<X[number]["columns"], "one">
>;

type F<X extends readonly Tile[]> = (...element: [...Elements<X>, at: Position<X>]) => number;

/**
 * Each element from those at the same place, by a function of numbers as in a score: `tile.map(s, (x) => x * x)`,
 * `tile.map(s, m, (x, max, { q, kv }) => ...)`. Tiles have the same rows and columns; row vectors go with any of them.
 */
export const map = <X extends readonly [Tile<"f32", "q">, ...Tile<"f32", "q">[]]>(
  ..._tilesAndFunction: [...tiles: X, f: F<X>]
): Mapped<X> => neverRun();

/** The largest element of each row, and of `so far`; -Infinity in a row whose elements are all absent. */
export const rowMax = (_tile: Tile<"f32", "q", "kv">, _soFar?: RowVector): RowVector => neverRun();

/** The sum of each row, added to `so far`. */
export const rowSum = (_tile: Tile<"f32", "q", "kv">, _soFar?: RowVector): RowVector => neverRun();

/** A tile of zeros with a number of columns; without one, a row vector. */
export const zeros: {
  <D extends number>(rows: Rows, columns: D): Tile<"f32", "q", D>;
  (rows: Rows): RowVector;
} = neverRun;

/** The state of a softmax that has met no key. */
export const emptySoftmax = <D extends number>(_rows: Rows, _columns: D): Softmax<D> => neverRun();

/**
 * One step of online softmax (Milakov and Gimelshein 2018) over a tile of scores: weights p = 2^(s log2 e - m), m and l of
 * all keys so far, and acc rescaled to the new m. m is in log2 units, and may be less than the maximum: only m and l
 * together have a meaning, log sum exp(s) = (m + log2 l) ln 2.
 */
export const onlineSoftmax = <D>(
  _scores: Tile<"f32", "q", "kv">,
  _soFar: Softmax<D>,
): SoftmaxStep<D> => neverRun();
