// The rows of the op table that only scheduled programs hold: copies, products in flight, and whatever orders them.

import { nothing, type Ops, plain, tile, tiles } from "./op.ts";

const scheduled = { ...plain, level: "scheduled" } as const;
const inFlight = { ...nothing, level: "scheduled", warpgroups: true } as const;

export const scheduledOps: Ops<
  | "await_products"
  | "quarantine"
  | "take_turn"
  | "pass_turn"
  | "order_copies"
  | "copy"
  | "bulk_copy"
  | "fetch"
  | "deposit"
  | "commit"
  | "wait"
  | "barrier"
  | "sync_warp"
  | "init_barriers"
  | "arrive"
  | "await"
  | "get"
  | "put"
> = {
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
      "Adds each infinity and NaN of b whose weight in a is not zero, then makes them zeros in b: a product with b is blind to them. Orders copies too.",
    sync: "role",
    ptx: "bar.red, fence.proxy.async",
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
  order_copies: {
    ...inFlight,
    alone: true,
    keywords: ["order_copies"],
    syntax: "order_copies",
    meaning:
      "What threads have read and written in shared memory comes before what the matrix unit and bulk copies do there after.",
    sync: "proxy",
    ptx: "fence.proxy.async",
  },
  copy: {
    ...scheduled,
    keywords: ["copy"],
    syntax: "copy TILE <- TENSOR[INDEX, ...] guard EXPR",
    meaning:
      "Starts copying a box to shared memory; where the guard holds, rows beyond the extent become zeros.",
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
    ...scheduled,
    keywords: ["fetch"],
    syntax: "fetch TILE <- TENSOR[INDEX, ...] guard EXPR",
    meaning:
      "Reads a box into registers as `chunks`; where the guard holds, rows beyond the extent become zeros.",
    sync: "starts",
    ptx: "ld.global.v4",
    writes: (s) => tiles(s.to),
    slices: (s) => [s.from],
  },
  deposit: {
    ...scheduled,
    keywords: ["deposit"],
    syntax: "deposit TILE <- TILE",
    meaning: "Writes `chunks` to shared memory.",
    sync: "ends",
    ptx: "st.shared.v4",
    reads: (s) => tiles(s.from),
    writes: (s) => [s.to],
  },
  commit: {
    ...scheduled,
    keywords: ["commit"],
    syntax: "commit",
    meaning: "Closes this thread's group of copies.",
    sync: "group",
    ptx: "cp.async.commit_group",
  },
  wait: {
    ...scheduled,
    keywords: ["wait"],
    syntax: "wait COUNT",
    meaning: "Waits until at most COUNT groups of this thread are in flight.",
    sync: "group",
    ptx: "cp.async.wait_group",
  },
  barrier: {
    ...scheduled,
    keywords: ["barrier"],
    syntax: "barrier",
    meaning: "All threads of the block meet; orders their memory accesses.",
    sync: "block",
    ptx: "bar.sync",
  },
  sync_warp: {
    ...scheduled,
    keywords: ["sync_warp"],
    syntax: "sync_warp",
    meaning: "The lanes of each warp meet; orders their memory accesses.",
    sync: "warp",
    ptx: "bar.warp.sync",
  },
  init_barriers: {
    ...scheduled,
    keywords: ["init_barriers"],
    syntax: "init_barriers",
    meaning: "One thread readies all mbarriers; a `barrier` must follow before they are used.",
    sync: "phase",
    ptx: "mbarrier.init",
  },
  arrive: {
    ...scheduled,
    alone: true,
    keywords: ["arrive"],
    syntax: "arrive BARRIER[EXPR] after accesses|copies",
    meaning:
      "Every thread, or warp where the barrier counts warps, arrives: at once, or when the copies that it started have landed.",
    sync: "phase",
    ptx: "mbarrier.arrive, cp.async.mbarrier.arrive.noinc",
    barriers: (s) => [s.barrier],
  },
  await: {
    ...scheduled,
    alone: true,
    keywords: ["await"],
    syntax: "await BARRIER[EXPR] parity EXPR",
    meaning: "Waits until the phase of that parity (0 first) has completed.",
    sync: "phase",
    ptx: "mbarrier.try_wait.parity",
    barriers: (s) => [s.barrier],
  },
  get: {
    ...scheduled,
    keywords: ["get"],
    syntax: "get TILE <- TILE",
    meaning: "Shared memory to registers in the operand layout, each warp its own rows.",
    ptx: "ldmatrix, ld.shared",
    reads: (s) => [s.from],
    writes: (s) => tiles(s.to),
  },
  put: {
    ...scheduled,
    keywords: ["put"],
    syntax: "put TILE <- TILE",
    meaning:
      "Registers to shared memory, rounded to the shared tile's dtype, each warp its own rows.",
    ptx: "st.shared",
    reads: (s) => tiles(s.from),
    writes: (s) => [s.to],
  },
};
