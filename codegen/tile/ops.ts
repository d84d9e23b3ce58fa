// The op table: one row per kind of statement. Printer, parser, verifier, walks and docs/tile-ir.md
// are derived from it or exhaustive over it; what an op computes is defined by the simulator alone.

import { type Expr, variables } from "../expr/expr.ts";
import type { BarrierRef, Slice, Statement, StatementKind, TileRef } from "./statement.ts";

/** Which programs may hold the op: as lowered, as scheduled, or both. */
export type Level = "tile" | "scheduled" | "both";

/**
 * Who meets or waits when the op runs.
 *   none    each thread goes on by itself        group     this thread's copies, in committed groups
 *   starts  begins a copy                        products  this warp's issued products
 *   ends    finishes a copy                      phase     mbarriers
 *   warp    the lanes of a warp                  turn      the role's warpgroups, one after the other
 *   role    all warps of the role                block     all threads of the block
 * Every thread of the role has a part in what starts and ends, but waits for none.
 */
export type Sync =
  "none" | "starts" | "ends" | "group" | "products" | "phase" | "warp" | "turn" | "role" | "block";

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

export type OpTable = { readonly [K in StatementKind]: Op<Extract<Statement, { kind: K }>> };

const nothing = {
  reads: () => [],
  writes: () => [],
  barriers: () => [],
  slices: () => [],
} as const;
const plain = { ...nothing, level: "both", sync: "none", ptx: "" } as const;
const inFlight = { ...nothing, level: "scheduled", warpgroups: true } as const;
const tile = (name: string): TileRef => ({ tile: name });
const tiles = (...names: readonly string[]): readonly TileRef[] => names.map(tile);
/** Every variable of an expression; those that are no tiles are for the caller to leave out. */
const named = (e: Expr): readonly TileRef[] => [...variables(e)].map(tile);

export const ops: OpTable = {
  let: {
    ...plain,
    alone: true,
    keywords: ["let"],
    syntax: "let NAME: TYPE = EXPR",
    meaning: "Names a scalar that is the same for the whole block.",
  },
  for: {
    ...plain,
    alone: true,
    keywords: ["for"],
    syntax: "for NAME = EXPR to EXPR { ... }",
    meaning: "Runs the body with NAME = from, from + 1, ..., to - 1.",
  },
  find: {
    ...plain,
    keywords: ["find"],
    syntax: "find NAME = EXPR to EXPR unless EXPR",
    meaning: "The first NAME = from, from + 1, ... for which the last EXPR fails; else `to`.",
  },
  visit: {
    ...plain,
    keywords: ["visit"],
    syntax: "visit NAME at HERE, NEXT = EXPR to EXPR unless EXPR { ... }",
    meaning:
      "Runs the body with HERE = from, then at each later place below `to` for which the last EXPR, which sees it as NEXT, fails. NEXT is the place after HERE, or `to`; NAME = 0, 1, ... counts.",
  },
  columns: {
    ...plain,
    keywords: ["columns"],
    syntax: "columns AXIS from NAME [where EXPR] { ... }",
    meaning: "Walks the tiles of a column axis from NAME on; elements where EXPR fails are absent.",
    level: "tile",
  },
  if: {
    ...plain,
    alone: true,
    keywords: ["if"],
    syntax: "if EXPR { ... }",
    meaning: "Taken by the whole block; a condition made of flags is decided at compile time.",
  },
  if_any: {
    ...plain,
    keywords: ["if_any"],
    syntax: "if_any EXPR { ... }",
    meaning: "Taken by each warp on its own, when the condition holds for any of its rows.",
    ptx: "vote.sync",
    reads: (s) => named(s.condition),
  },
  call: {
    ...plain,
    alone: true,
    keywords: ["call"],
    syntax: "call STEP(EXPR, ...) [with FLAG, ...]",
    meaning: "Runs a step; the flags named after `with` are true, the others false.",
  },
  load: {
    ...plain,
    keywords: ["load"],
    syntax: "load TILE <- TENSOR[INDEX, ...]",
    meaning: "Reads a box of a tensor; zeros beyond the extents.",
    level: "tile",
    writes: (s) => tiles(s.to),
    slices: (s) => [s.from],
  },
  store: {
    ...plain,
    keywords: ["store"],
    syntax: "store TENSOR[INDEX, ...] <- TILE",
    meaning: "Writes the rows of a tile that lie inside the tensor's extents.",
    ptx: "st.global",
    reads: (s) => [s.from],
    slices: (s) => [s.to],
  },
  fill: {
    ...plain,
    keywords: ["fill"],
    syntax: "fill TILE = EXPR",
    meaning: "Sets every element to one value.",
    writes: (s) => tiles(s.to),
  },
  map: {
    ...plain,
    keywords: ["map"],
    syntax: "map TILE = EXPR",
    meaning: "Computes each element from those at the same position, rounded to the tile's dtype.",
    reads: (s) => named(s.value),
    writes: (s) => tiles(s.to),
  },
  product: {
    ...plain,
    keywords: ["qk", "pv", "issue"],
    syntax: "[issue] qk TILE = TILE, TILE  or  [issue] pv TILE += TILE, TILE [skip_zeros]",
    meaning:
      "Matrix product: qk sets a bᵀ, pv adds a b. 16-bit inputs, f32 sums, one rounding per 16 terms (per 8 with m16n8k8). With skip_zeros a zero of a adds nothing even where b is infinite or NaN. With issue it is only started, by the warpgroups of the role: until awaited, the target and a register operand belong to the matrix unit.",
    ptx: "mma.sync.m16n8k16, mma.sync.m16n8k8, ldmatrix; wgmma.mma_async",
    reads: (s) => (s.form === "pv" ? [s.a, s.b, tile(s.to)] : [s.a, s.b]),
    writes: (s) => tiles(s.to),
  },
  await_products: {
    ...inFlight,
    keywords: ["await_products"],
    syntax: "await_products COUNT for TILE, ...",
    meaning:
      "Waits until at most COUNT of the products that this warp has issued are in flight; the register tiles of those that have ended are there again.",
    sync: "products",
    ptx: "wgmma.wait_group",
  },
  quarantine: {
    ...inFlight,
    keywords: ["quarantine"],
    syntax: "quarantine TILE += TILE, TILE",
    meaning:
      "Adds each infinity and NaN of b whose weight in a is not zero, then makes them zeros in b: a product with b is blind to them.",
    sync: "role",
    ptx: "bar.sync",
    reads: (s) => [s.a, s.b, tile(s.to)],
    writes: (s) => [tile(s.to), s.b],
  },
  take_turn: {
    ...inFlight,
    keywords: ["take_turn"],
    syntax: "take_turn",
    meaning: "Waits until the role's warpgroup before this one has passed the turn on.",
    sync: "turn",
    ptx: "bar.sync",
  },
  pass_turn: {
    ...inFlight,
    keywords: ["pass_turn"],
    syntax: "pass_turn",
    meaning: "Passes the turn on to the role's next warpgroup.",
    sync: "turn",
    ptx: "bar.arrive",
  },
  reduce: {
    ...plain,
    keywords: ["reduce"],
    syntax: "reduce TILE = max|sum [TILE,] TILE",
    meaning:
      "Reduces each row of a tile, or the four lanes of a `lanes` vector; the target named first is combined in.",
    ptx: "shfl.sync.bfly",
    reads: (s) => (s.accumulate ? tiles(s.from, s.to) : tiles(s.from)),
    writes: (s) => tiles(s.to),
  },
  absent: {
    ...plain,
    keywords: ["absent"],
    syntax: "absent TILE = EXPR",
    meaning: "Sets the elements that are absent: masked by `where`, or beyond the extents.",
    level: "tile",
    reads: (s) => tiles(s.to),
    writes: (s) => tiles(s.to),
  },
  online_softmax: {
    ...plain,
    keywords: ["online_softmax"],
    syntax: "online_softmax TILE by EXPR into P, M, L, ACC",
    meaning:
      "One step of online softmax over scores times a factor, in log2 units: P, running maximum, running sum, rescaled accumulator.",
    level: "tile",
    reads: (s) => tiles(s.scores, s.m, s.l, s.acc),
    writes: (s) => tiles(s.weights, s.m, s.l, s.acc),
  },
  copy: {
    ...plain,
    keywords: ["copy"],
    syntax: "copy TILE <- TENSOR[INDEX, ...] guard EXPR",
    meaning:
      "Starts copying a box to shared memory; where the guard holds, rows beyond the extent become zeros.",
    level: "scheduled",
    sync: "starts",
    ptx: "cp.async",
    writes: (s) => [s.to],
    slices: (s) => [s.from],
  },
  bulk_copy: {
    ...inFlight,
    alone: true,
    keywords: ["bulk"],
    syntax: "bulk TILE <- TENSOR[INDEX, ...] to BARRIER[EXPR]",
    meaning:
      "One thread starts copying a box to a shared tile in panels, zeros beyond the extents; the barrier's phase completes when it has landed.",
    sync: "starts",
    ptx: "cp.async.bulk.tensor, mbarrier.arrive.expect_tx",
    writes: (s) => [s.to],
    barriers: (s) => [s.barrier],
    slices: (s) => [s.from],
  },
  fetch: {
    ...plain,
    keywords: ["fetch"],
    syntax: "fetch TILE <- TENSOR[INDEX, ...] guard EXPR",
    meaning:
      "Reads a box into registers as `chunks`; where the guard holds, rows beyond the extent become zeros.",
    level: "scheduled",
    sync: "starts",
    ptx: "ld.global.v4",
    writes: (s) => tiles(s.to),
    slices: (s) => [s.from],
  },
  deposit: {
    ...plain,
    keywords: ["deposit"],
    syntax: "deposit TILE <- TILE",
    meaning: "Writes `chunks` to shared memory.",
    level: "scheduled",
    sync: "ends",
    ptx: "st.shared.v4",
    reads: (s) => tiles(s.from),
    writes: (s) => [s.to],
  },
  commit: {
    ...plain,
    keywords: ["commit"],
    syntax: "commit",
    meaning: "Closes this thread's group of copies.",
    level: "scheduled",
    sync: "group",
    ptx: "cp.async.commit_group",
  },
  wait: {
    ...plain,
    keywords: ["wait"],
    syntax: "wait COUNT",
    meaning: "Waits until at most COUNT groups of this thread are in flight.",
    level: "scheduled",
    sync: "group",
    ptx: "cp.async.wait_group",
  },
  barrier: {
    ...plain,
    keywords: ["barrier"],
    syntax: "barrier",
    meaning: "All threads of the block meet; orders their memory accesses.",
    level: "scheduled",
    sync: "block",
    ptx: "bar.sync",
  },
  sync_warp: {
    ...plain,
    keywords: ["sync_warp"],
    syntax: "sync_warp",
    meaning: "The lanes of each warp meet; orders their memory accesses.",
    level: "scheduled",
    sync: "warp",
    ptx: "bar.warp.sync",
  },
  init_barriers: {
    ...plain,
    keywords: ["init_barriers"],
    syntax: "init_barriers",
    meaning: "One thread readies all mbarriers; a `barrier` must follow before they are used.",
    level: "scheduled",
    sync: "phase",
    ptx: "mbarrier.init",
  },
  arrive: {
    ...plain,
    alone: true,
    keywords: ["arrive"],
    syntax: "arrive BARRIER[EXPR] after accesses|copies",
    meaning:
      "Every thread, or warp where the barrier counts warps, arrives: at once, or when the copies that it started have landed.",
    level: "scheduled",
    sync: "phase",
    ptx: "mbarrier.arrive, cp.async.mbarrier.arrive.noinc",
    barriers: (s) => [s.barrier],
  },
  await: {
    ...plain,
    alone: true,
    keywords: ["await"],
    syntax: "await BARRIER[EXPR] parity EXPR",
    meaning: "Waits until the phase of that parity (0 first) has completed.",
    level: "scheduled",
    sync: "phase",
    ptx: "mbarrier.try_wait.parity",
    barriers: (s) => [s.barrier],
  },
  get: {
    ...plain,
    keywords: ["get"],
    syntax: "get TILE <- TILE",
    meaning: "Shared memory to registers in the operand layout, each warp its own rows.",
    level: "scheduled",
    ptx: "ldmatrix",
    reads: (s) => [s.from],
    writes: (s) => tiles(s.to),
  },
  put: {
    ...plain,
    keywords: ["put"],
    syntax: "put TILE <- TILE",
    meaning: "Registers to shared memory, rounded to its dtype, each warp its own rows.",
    level: "scheduled",
    ptx: "st.shared",
    reads: (s) => tiles(s.from),
    writes: (s) => [s.to],
  },
};

/** The table's row for a statement, with the functions applicable to any statement of that kind. */
export const opOf = (s: Statement): Op<Statement> => ops[s.kind] as unknown as Op<Statement>;
