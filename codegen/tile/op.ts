// What a row of the op table says, and what its rows are made with.

import { type Expr, variables } from "../expr/expr.ts";
import type { Statement, StatementKind } from "./statement.ts";
import type { BarrierRef, Slice, TileRef } from "./statement-parts.ts";

/** Which programs may hold the op: as lowered, as scheduled, or both. */
export type Level = "tile" | "scheduled" | "both";

/**
 * Who meets or waits when the op runs.
 *   none    each thread goes on by itself        group     this thread's copies, in committed groups
 *   starts  begins a copy                        products  this warp's issued products
 *   ends    finishes a copy                      phase     mbarriers
 *   warp    the lanes of a warp                  turn      the role's warpgroups, one after the other
 *   role    all warps of the role                block     all threads of the block
 *   proxy   none; threads before the matrix unit and bulk copies
 * Every thread of the role has a part in what starts and ends, but waits for none.
 */
export type Sync =
  | "none"
  | "starts"
  | "ends"
  | "group"
  | "products"
  | "phase"
  | "warp"
  | "turn"
  | "role"
  | "block"
  | "proxy";

export interface Op<S extends Statement> {
  /** The words that a statement of this kind can begin with. */
  readonly keywords: readonly string[];
  readonly syntax: string;
  readonly meaning: string;
  readonly level: Level;
  readonly sync: Sync;
  /** Can one thread run it by itself, in a role that is `single`? */
  readonly alone?: true;
  /** Only architectures with warpgroups have it. */
  readonly warpgroups?: true;
  /** PTX instruction family; empty: ordinary scalar code. */
  readonly ptx: string;
  /** Tiles read and written by the statement itself, not by its body. A map may name others than tiles. */
  readonly reads: (s: S) => readonly TileRef[];
  readonly writes: (s: S) => readonly TileRef[];
  readonly barriers: (s: S) => readonly BarrierRef[];
  /** Boxes of tensors that are read or written. */
  readonly slices: (s: S) => readonly Slice[];
}

/** The rows of some kinds. */
export type Ops<K extends StatementKind> = {
  readonly [Kind in K]: Op<Extract<Statement, { kind: Kind }>>;
};

export const nothing = {
  reads: () => [],
  writes: () => [],
  barriers: () => [],
  slices: () => [],
} as const;
export const plain = { ...nothing, level: "both", sync: "none", ptx: "" } as const;
export const tile = (name: string): TileRef => ({ tile: name });
export const tiles = (...names: readonly string[]): readonly TileRef[] => names.map(tile);
/** Every variable of an expression; those that are no tiles are for the caller to leave out. */
export const named = (e: Expr): readonly TileRef[] => [...variables(e)].map(tile);
