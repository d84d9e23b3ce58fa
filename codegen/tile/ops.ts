// The op table: one row per kind of statement. Printer, parser, verifier, walks and docs/tile-ir.md
// are derived from it or exhaustive over it; what an op computes is defined by the simulator alone.

import { named, type Op, type Ops, plain, tile, tiles } from "./op.ts";
import { scheduledOps } from "./ops-scheduled.ts";
import type { Statement, StatementKind } from "./statement.ts";

export const ops: Ops<StatementKind> = {
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
    alone: true,
    keywords: ["find"],
    syntax: "find NAME = EXPR to EXPR unless EXPR",
    meaning: "NAME = from, and one more for as long as it is below `to` and the last EXPR holds.",
  },
  visit: {
    ...plain,
    alone: true,
    keywords: ["visit"],
    syntax: "visit NAME at HERE, NEXT = EXPR to EXPR unless EXPR { ... }",
    meaning:
      "Runs the body with HERE = from, then at each later place below `to` for which the last EXPR, which sees it as NEXT, fails. NEXT is the place after HERE, or `to`; NAME = 0, 1, ... counts.",
  },
  columns: {
    ...plain,
    keywords: ["columns"],
    syntax: "columns AXIS from NAME [part EXPR of EXPR] [where EXPR] { ... }",
    meaning:
      "Walks the tiles of a column axis from NAME on, or one part of those that may hold an element; elements where EXPR fails are absent.",
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
      "Matrix product: qk sets a bᵀ, pv adds a b. 16-bit inputs, f32 sums, one rounding per 16 terms (per 8 with m16n8k8, per 4 with m8n8k4). With skip_zeros a zero of a adds nothing even where b is infinite or NaN. With issue it is only started, by the warpgroups of the role: until awaited, the target and a register operand belong to the matrix unit.",
    ptx: "mma.sync.m16n8k16, mma.sync.m16n8k8, mma.sync.m8n8k4, ldmatrix, shfl.sync; wgmma.mma_async",
    reads: (s) => (s.form === "pv" ? [s.a, s.b, tile(s.to)] : [s.a, s.b]),
    writes: (s) => tiles(s.to),
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
  ...scheduledOps,
};

/** The table's row for a statement, with the functions applicable to any statement of that kind. */
export const opOf = (s: Statement): Op<Statement> => ops[s.kind] as unknown as Op<Statement>;

/** The word that the statement begins with, for messages. */
export const wordOf = (s: Statement): string => {
  if (s.kind === "product") return s.issued ? "issue" : s.form;
  return opOf(s).keywords[0] ?? s.kind;
};
