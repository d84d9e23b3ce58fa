// The statements of tile programs. sim/ defines what each means; this file knows no architecture.
//
// Coordinates. Inside `map`, and wherever an expression is evaluated per element, these variables exist:
//   row, col              i32 position inside the tile (col only in two-dimensional tiles)
//   lane_col, fixed_col   registers laid out as `accumulator` only: col = lane_col + fixed_col, where
//                         lane_col has the bits of col that depend on the lane (arch/fragments.ts) and
//                         fixed_col is a constant once the loop over a thread's elements is unrolled. In
//                         a `lanes` vector lane_col exists too.
//   <tile name>           that tile's element at the same position (a row vector: at the same row)
// Everywhere: dims, launch scalars, host values, lets, loop variables, flags of the step, and in
// scheduled programs `block` (i32, which block of the grid this is).

import type { Expr, ScalarType } from "../expr/expr.ts";
import type { Common, Slice, TileRef } from "./statement-parts.ts";
import type {
  Arrive,
  Await,
  AwaitProducts,
  Barrier,
  BulkCopy,
  Commit,
  Copy,
  Deposit,
  Fetch,
  Get,
  InitBarriers,
  OrderCopies,
  PassTurn,
  Put,
  Quarantine,
  SyncWarp,
  TakeTurn,
  Wait,
} from "./statement-scheduled.ts";

/** A scalar, the same for the whole block. */
export interface Let extends Common {
  readonly kind: "let";
  readonly name: string;
  readonly type: ScalarType;
  readonly value: Expr;
}
/** name = from, from + 1, ..., to - 1. */
export interface For extends Common {
  readonly kind: "for";
  readonly name: string;
  readonly from: Expr;
  readonly to: Expr;
  readonly body: readonly Statement[];
}
/** name = from, and one more for as long as it is below `to` and `unless` holds, which sees the name. */
export interface Find extends Common {
  readonly kind: "find";
  readonly name: string;
  readonly from: Expr;
  readonly to: Expr;
  readonly unless: Expr;
}
/**
 * Runs the body at `from`, if that is below `to`, and then at each later place below `to` for which `unless` fails.
 * `here` is the place, `next` the one after it, as `find` gives it: `unless` sees that name. `name` counts from 0.
 */
export interface Visit extends Common {
  readonly kind: "visit";
  readonly name: string;
  readonly here: string;
  readonly next: string;
  readonly from: Expr;
  readonly to: Expr;
  readonly unless: Expr;
  readonly body: readonly Statement[];
}
/**
 * Unscheduled: walks over the tiles of a column axis, binding `origin`. Elements where `where` fails are absent. With
 * `part`, only over the part `index` of `of` parts of the tiles that may hold others: neighbours, shares differing by at
 * most one.
 */
export interface Columns extends Common {
  readonly kind: "columns";
  readonly axis: string;
  readonly origin: string;
  readonly part?: Part;
  readonly where?: Expr;
  readonly body: readonly Statement[];
}
export interface Part {
  readonly index: Expr;
  readonly of: Expr;
}
/** Taken by the whole block. A condition that is a flag is decided at compile time. */
export interface If extends Common {
  readonly kind: "if";
  readonly condition: Expr;
  readonly then: readonly Statement[];
}
/** Taken by each warp on its own, when the condition (per row, and lane) holds for any of its rows. No barrier inside. */
export interface IfAny extends Common {
  readonly kind: "if_any";
  readonly condition: Expr;
  readonly then: readonly Statement[];
}
export interface Call extends Common {
  readonly kind: "call";
  readonly step: string;
  readonly args: readonly Expr[];
  readonly flags: readonly boolean[];
}

/** Unscheduled: reads a box; zeros beyond the extents. */
export interface LoadTile extends Common {
  readonly kind: "load";
  readonly to: string;
  readonly from: Slice;
}
/**
 * Writes the rows of a tile that lie inside the tensor's extents. From shared memory: each warp its own rows. From
 * registers as `accumulator`: rounded to the tensor's dtype on the way.
 */
export interface StoreTile extends Common {
  readonly kind: "store";
  readonly to: Slice;
  readonly from: TileRef;
}
/** Every element := value. */
export interface Fill extends Common {
  readonly kind: "fill";
  readonly to: string;
  readonly value: Expr;
}
/** Each element of `to` := value, rounded to its dtype. */
export interface MapTile extends Common {
  readonly kind: "map";
  readonly to: string;
  readonly value: Expr;
}
/**
 * qk: to[q, kv] = sum over d of a[q, d] b[kv, d].   pv: to[q, d] += sum over kv of a[q, kv] b[kv, d].
 * Inputs 16-bit, sums f32: products of as many consecutive terms as the architecture's mma takes (16 where there is
 * none yet) are summed exactly, then added with one rounding.
 */
export interface Product extends Common {
  readonly kind: "product";
  readonly form: "qk" | "pv";
  readonly to: string;
  readonly a: TileRef;
  readonly b: TileRef;
  /** pv: a weight a[q, kv] of zero adds nothing even where b is infinite or NaN; a masked key must not reach o. */
  readonly skipZeros?: boolean;
  /**
   * Scheduled: only started (wgmma, PTX 9.7.15). Until `await_products` has waited for it, `to` and a register `a` belong
   * to the matrix unit, and shared operands are being read. Each issued product is a group of its own.
   */
  readonly issued?: true;
}
/**
 * Reduces each row of `from`. Into `rows`: over all columns (through shuffles). Into `lanes`: each lane its own
 * columns. `accumulate`: combined with what `to` holds. Sums into lanes add a lane's four columns of every 16 as
 * (x0 + x1) + (x2 + x3). From `lanes` to `rows` it joins the four lanes as (l0 + l1) + (l2 + l3).
 */
export interface Reduce extends Common {
  readonly kind: "reduce";
  readonly op: "max" | "sum";
  readonly to: string;
  readonly from: string;
  readonly accumulate: boolean;
}
/** Unscheduled: sets the elements of `to` that are absent (the loop's `where`, or beyond the extents). */
export interface Absent extends Common {
  readonly kind: "absent";
  readonly to: string;
  readonly value: Expr;
}
/**
 * Unscheduled: one step of online softmax over scores in log2 units (Milakov and Gimelshein 2018):
 *   m' = max(m, rowmax s); p = 2^(s - m'); l = l 2^(m - m') + rowsum p; acc = acc 2^(m - m'); m = m'.
 * `weights` receives p rounded to its dtype; l sums the unrounded p. Score in `scores` times `factor` (> 0).
 */
export interface OnlineSoftmax extends Common {
  readonly kind: "online_softmax";
  readonly scores: string;
  readonly factor: Expr;
  readonly weights: string;
  readonly m: string;
  readonly l: string;
  readonly acc: string;
}

export type Statement =
  | Let
  | For
  | Find
  | Visit
  | Columns
  | If
  | IfAny
  | Call
  | LoadTile
  | StoreTile
  | Fill
  | MapTile
  | Product
  | Reduce
  | Absent
  | OnlineSoftmax
  | AwaitProducts
  | Quarantine
  | TakeTurn
  | PassTurn
  | OrderCopies
  | Copy
  | BulkCopy
  | Fetch
  | Deposit
  | Commit
  | Wait
  | Barrier
  | SyncWarp
  | InitBarriers
  | Arrive
  | Await
  | Get
  | Put;

export type StatementKind = Statement["kind"];
