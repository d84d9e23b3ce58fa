// The statements that only scheduled programs have: copies, their waits and barriers, products that run on their own.

import type { Expr } from "../expr/expr.ts";
import type { BarrierRef, Bare, Common, Slice, TileRef } from "./statement-parts.ts";

/**
 * Until at most `pending` of the products that this warp has issued are in flight (wgmma.wait_group). `ready`: the
 * register tiles that come back, results and operands.
 */
export interface AwaitProducts extends Common {
  readonly kind: "await_products";
  readonly ready: readonly string[];
  readonly pending: number;
}

/**
 * Makes a product blind to infinities and NaNs of b that only weights of zero meet: to[q, d] += each infinity or NaN
 * b[kv, d] for which a[q, kv] is not zero, then every infinity and NaN of b becomes zero. All warps of the role
 * together; they meet before b changes and after, and order their copies as `order_copies` does. A product with b may be issued next. The usual case, none, costs a scan.
 */
export interface Quarantine extends Common {
  readonly kind: "quarantine";
  readonly to: string;
  readonly a: TileRef;
  readonly b: TileRef;
}

/**
 * The role's warpgroups go one after the other, in turn: `take_turn` waits until the one before has passed it on (the
 * first group's first turn is free), `pass_turn` passes it on. It orders nothing but time.
 */
export type TakeTurn = Bare<"take_turn">;

export type PassTurn = Bare<"pass_turn">;

/**
 * What threads have read and written in shared memory, as far as this thread knows of it, comes before what the matrix
 * unit and bulk copies do there after: they have a path of their own (fence.proxy.async, PTX 9.7.13). Orders no threads.
 */
export type OrderCopies = Bare<"order_copies">;

/**
 * Starts copying a box to shared memory, all threads of the role together, 16 bytes each at a time (cp.async, PTX
 * 9.7.9.25). Where `guard` holds, rows beyond the extent become zeros; elsewhere the whole tile must lie inside.
 */
export interface Copy extends Common {
  readonly kind: "copy";
  readonly to: TileRef;
  readonly from: Slice;
  readonly guard: Expr;
}

/**
 * One thread starts copying a box to a shared tile in panels (cp.async.bulk.tensor, PTX 9.7.9.27); zeros beyond the tensor's
 * extents, columns too. The phase of the barrier completes when all has landed; who awaits it sees the data.
 */
export interface BulkCopy extends Common {
  readonly kind: "bulk_copy";
  readonly to: TileRef;
  readonly from: Slice;
  readonly barrier: BarrierRef;
}

/**
 * Reads a box into registers in the `chunks` layout, all threads of the role together. Rows and guard as in `copy`. The
 * thread goes on until it uses what it reads: the first half of a copy where there is no cp.async.
 */
export interface Fetch extends Common {
  readonly kind: "fetch";
  readonly to: string;
  readonly from: Slice;
  readonly guard: Expr;
}

/** The second half: `chunks` to shared memory, all threads of the role together. Others see the data after a barrier. */
export interface Deposit extends Common {
  readonly kind: "deposit";
  readonly to: TileRef;
  readonly from: string;
}

/** Closes this thread's group of copies (cp.async.commit_group). */
export type Commit = Bare<"commit">;

/** Until at most `pending` groups of this thread are in flight; others see the data after a barrier. */
export interface Wait extends Common {
  readonly kind: "wait";
  readonly pending: number;
}

/** All threads of the block meet; orders their memory accesses (bar.sync 0). */
export type Barrier = Bare<"barrier">;

/** The lanes of each warp meet; orders their memory accesses (bar.warp.sync). */
export type SyncWarp = Bare<"sync_warp">;

/** One thread readies all mbarriers; a `barrier` must follow before they are used. */
export type InitBarriers = Bare<"init_barriers">;

/** Every thread or warp, as the barrier counts, arrives: at once, or (without waiting) when its copies so far have landed. */
export interface Arrive extends Common {
  readonly kind: "arrive";
  readonly barrier: BarrierRef;
  readonly after: "accesses" | "copies";
}

/** Until the phase of that parity (0 first) has completed. */
export interface Await extends Common {
  readonly kind: "await";
  readonly barrier: BarrierRef;
  readonly parity: Expr;
}

/** Shared memory to registers in the `operand` layout, each warp its own rows. */
export interface Get extends Common {
  readonly kind: "get";
  readonly to: string;
  readonly from: TileRef;
}

/** Registers to shared memory, rounded to the shared tile's dtype, each warp its own rows. */
export interface Put extends Common {
  readonly kind: "put";
  readonly to: TileRef;
  readonly from: string;
}
