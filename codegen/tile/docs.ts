// docs/tile-ir.md, written from the op table; a test compares the page with what this writes.

import { archNames } from "../arch/archs.ts";
import { conversions, functions, infix } from "../expr/print.ts";
import type { Level, Op } from "./op.ts";
import { ops } from "./ops.ts";
import type { Statement } from "./statement.ts";

const titles: Readonly<Record<Level, string>> = {
  both: "In every program",
  tile: "In unscheduled programs",
  scheduled: "In scheduled programs",
};

const rows = Object.values(ops) as unknown as readonly Op<Statement>[];

const code = (text: string): string => `\`${text}\``;
const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

const section = (level: Level): string =>
  [
    `### ${titles[level]}`,
    "",
    line(["statement", "meaning", "synchronises", "PTX"]),
    line(["---", "---", "---", "---"]),
    ...rows
      .filter((op) => op.level === level)
      .map((op) => line([code(op.syntax), op.meaning, waits[op.sync], op.ptx && code(op.ptx)])),
  ].join("\n");

const waits: Readonly<Record<Op<Statement>["sync"], string>> = {
  none: "",
  starts: "starts a copy",
  ends: "ends a copy",
  group: "this thread's copies",
  products: "this warp's issued products",
  phase: "mbarrier",
  warp: "the warp",
  turn: "warpgroups in turn",
  role: "the role",
  block: "the block",
  proxy: "threads before copies",
};

const list = (words: readonly string[]): string => words.map(code).join(" ");

/** The page, as Markdown that is yet to be formatted. */
export const tileDocs = (): string =>
  `# Tile programs as text

Generated from \`codegen/tile/ops.ts\`. What each statement computes is defined by the simulator.

A \`.tile\` file holds one program: as lowered (no architecture), or as scheduled for one of ${list(archNames)}.
\`tilewright dump FILE --stage tile\` and \`--stage scheduled\` print it, \`tilewright simulate\` runs it;
\`test/files/\` has whole examples. Printed text parses back to the same program.

\`; text\` at the end of a statement, tile or mbarrier is its note and stays with it. A line that begins with \`;\` is a
comment and is dropped. \`@file:line:column+length\` at the end of a statement says where it was written, if not there.

## Declarations

\`\`\`text
program NAME [@ARCH] from "FILE"
summary "TEXT"
dims NAME, ...
scalars NAME: TYPE, ...
host NAME: TYPE = EXPR                                     (of the program: it may read multiprocessors)
in NAME: DTYPE[AXIS=EXPR, ...]
out NAME: DTYPE[AXIS=EXPR, ...] [values | lse e | lse 2]
workspace NAME: DTYPE[AXIS=EXPR, ...]
scale = EXPR          score = EXPR [source "TEXT"] [@PLACE]          mask = EXPR [source "TEXT"] [@PLACE]

kernel NAME {
  host NAME: TYPE = EXPR
  grid space NAME < EXPR, ... rows AXIS from NAME [, columns AXIS from NAME]     (unscheduled)
  grid blocks EXPR                                         (scheduled)
  axis NAME = EXPR [by SIZE]
  launch warps N, blocks_per_sm N
  value NAME: DTYPE[SHAPE]                                 (unscheduled)
  registers NAME: DTYPE[SHAPE] as accumulator | operand | pairs | rows | lanes | chunks
  shared NAME: DTYPE[SHAPE] [stages N] at BYTE swizzle 1 | 2 | 4 | 8 [by BIT BIT BIT] [panel COLUMNS]
  mbarrier NAME stages N at BYTE counts threads | warps | bytes

  step NAME(NAME: TYPE, ..., NAME: flag, ...) {
    registers ...
    statements
  }
  start {                                                  (all threads of the block)
    statements
  }
  role NAME [warps N] [registers N] [single] {             (single: one thread runs it)
    statements
  }
}
\`\`\`

A shape has one entry (a row vector) or two; an entry is an axis of the kernel or a number. A tile reference is \`NAME\` or
\`NAME[EXPR]\`, the stage of a shared tile. The index of a box is \`EXPR\` (a point), \`EXPR : AXIS\` (a tile's worth from
an origin) or \`:\` (the whole axis).

## Expressions

Operators, weakest first: \`? :\`, ${list([infix.or, infix.and])}, comparisons, ${list([infix.add, infix.sub])}, ${list(["*", "/", "%"])}, prefix \`-\` and \`!\`.
Functions: ${list([...new Set<string>([...Object.values(functions), ...conversions])])}.
\`1\` is i32, \`1L\` i64, \`1.0\`, \`inf\` and \`nan\` f32. \`/\` divides f32; integers divide by \`div\` and \`mod\` (towards minus infinity) and
\`%\` (C's remainder). \`NAME[EXPR, ...]\` is an element of an input or of the workspace. In \`map\`, a tile's name is its element at the
same position, \`row\` and \`col\` are the position; \`col = lane_col + fixed_col\`, where \`fixed_col\` is a constant once a thread's
elements are unrolled. \`block\` numbers the blocks of a scheduled kernel's grid.

## Statements

${(["both", "tile", "scheduled"] as const).map(section).join("\n\n")}
`;
