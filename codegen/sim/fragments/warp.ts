// What a warp does for each statement that touches shared memory or multiplies, lane by lane, as the device helpers
// of the emitted CUDA have it. How operands come out of shared memory is left to a feed; prove.ts holds the whole
// against the interpreter.

import type { elementAddress } from "../../arch/matrix-descriptors.ts";
import type { MatrixInstruction } from "../../arch/matrix-instructions.ts";
import { CHUNK, type SharedMatrix } from "../../tile/shared-address.ts";
import { eachLane, elements, type Lanes, type multiplyAdd, type SharedMemory } from "./lanes.ts";
import type { Layouts } from "./layouts.ts";
import type { Blocks } from "./registers.ts";

/** How a matrix instruction is fed, in pieces of 16 rows and columns of shared tiles. */
export interface Feed {
  readonly layouts: Layouts;
  /** A piece as operand. */
  readonly operand: (w: Warp, m: SharedMatrix, row: number, column: number) => Lanes;
  /** A piece as B whose columns are rows of the tile, for qk. */
  readonly columns: (w: Warp, m: SharedMatrix, row: number, column: number) => Lanes;
  /** A piece as B whose rows are rows of the tile, for pv. */
  readonly rows: (w: Warp, m: SharedMatrix, row: number, column: number) => Lanes;
  /** Weights, where pv has them in registers, as operand. */
  readonly turn: (weights: Lanes) => Lanes;
}

/** What an emitted kernel tells the matrix unit of a tile in panels. */
export interface Descriptors {
  readonly stride: number;
  readonly leading: (m: SharedMatrix) => number;
  /** From the tile's first row to columns 16 k to 16 k + 15 of it. */
  readonly step: (m: SharedMatrix, k: number) => number;
  readonly address: typeof elementAddress;
}

export interface Warp {
  readonly instructions: Readonly<Record<"qk" | "pv", MatrixInstruction>>;
  readonly feed: Feed;
  /** The address of a chunk: as the tile is declared, or planted wrong by a test. */
  readonly address: (m: SharedMatrix, row: number, chunk: number) => number;
  /** What the matrix unit is told of tiles in panels. */
  readonly descriptors: Descriptors;
  readonly memory: SharedMemory;
  /** `multiplyAdd`, but where only accesses are counted. */
  readonly multiply: typeof multiplyAdd;
  /** Of all warps of the role, and which of them this is. */
  readonly warps: number;
  readonly number: number;
}

/** Rows and columns of the pieces that one ldmatrix brings. */
export const PIECE = 16;

const steps = (end: number, step: number): readonly number[] =>
  Array.from({ length: Math.ceil(end / step) }, (_, i) => i * step);

const elementsOf = (lanes: readonly ArrayLike<unknown>[]): number => lanes[0]?.length ?? 0;

/** A warp's own rows of a tile. */
const ownRows = (w: Warp, m: SharedMatrix): { readonly first: number; readonly count: number } => {
  const count = m.rows / w.warps;
  return { first: w.number * count, count };
};

/** The operands of one instruction after another: as many elements each as its fragment has. */
const operands = (loaded: Lanes, each: number): readonly Lanes[] =>
  steps(elementsOf(loaded), each).map((first) => elements(loaded, first, each));

/** get: the warp's own rows as operand. */
export const get = (w: Warp, from: SharedMatrix): Blocks => {
  const { first, count } = ownRows(w, from);
  return {
    ...w.feed.layouts.operand,
    blocks: steps(count, PIECE).map((row) =>
      steps(from.columns, PIECE).map((column) => w.feed.operand(w, from, first + row, column)),
    ),
  };
};

/** put: an accumulator, rounded, to the warp's own rows; neighbours of a row go as one word. */
export const put = (
  w: Warp,
  to: SharedMatrix,
  from: Blocks,
  round: (x: number) => number,
): void => {
  const { first } = ownRows(w, to);
  from.blocks.forEach((line, r) =>
    line.forEach((lanes, c) =>
      steps(elementsOf(from.fragment), 2).forEach((i) => {
        const address = (lane: number): number => {
          const at = from.fragment[lane]![i]!;
          const column = c * from.columns + at.column;
          const row = first + r * from.rows + at.row;
          return w.address(to, row, Math.floor(column / CHUNK)) + (column % CHUNK) * 2;
        };
        w.memory.store4(
          address,
          eachLane((lane) => lanes[lane]!.subarray(i, i + 2).map(round)),
        );
      }),
    ),
  );
};

export type Left =
  | { readonly kind: "registers"; readonly blocks: Blocks }
  | { readonly kind: "shared"; readonly tile: SharedMatrix };

/** qk: rows of A against rows of B; `to` tells how large the result is. */
export const qk = (w: Warp, to: Blocks, a: Left, b: SharedMatrix): Blocks => {
  const zero = eachLane(() => new Float32Array(elementsOf(w.instructions.qk.c)));
  const s = to.blocks.map((line) => line.map(() => zero));
  for (const k of steps(b.columns, PIECE)) {
    const left = s.map((_, t) => leftOf(w, a, t * PIECE, k));
    for (const key of steps(b.rows, PIECE))
      accumulate(w, "qk", s, left, w.feed.columns(w, b, key, k), key);
  }
  return { ...to, blocks: s };
};

/** pv: adds the product of A and the rows of B. */
export const pv = (w: Warp, to: Blocks, a: Left, b: SharedMatrix): Blocks => {
  const o = to.blocks.map((line) => [...line]);
  for (const k of steps(b.rows, PIECE)) {
    const left = o.map((_, t) => w.feed.turn(leftOf(w, a, t * PIECE, k)));
    for (const column of steps(b.columns, PIECE))
      accumulate(w, "pv", o, left, w.feed.rows(w, b, k, column), column);
  }
  return { ...to, blocks: o };
};

/** Rows `row` to `row + 15` of the warp at 16 of its columns. */
const leftOf = (w: Warp, a: Left, row: number, column: number): Lanes =>
  a.kind === "shared"
    ? w.feed.operand(w, a.tile, ownRows(w, a.tile).first + row, column)
    : a.blocks.blocks[row / PIECE]![column / PIECE]!;

/** One fragment of B, 16 deep and 16 columns from `column`, serves all rows of the warp. */
const accumulate = (
  w: Warp,
  form: "qk" | "pv",
  to: readonly Lanes[][],
  left: readonly Lanes[],
  loaded: Lanes,
  column: number,
): void => {
  const instruction = w.instructions[form];
  const { a, b } = instruction;
  const { columns } = w.feed.layouts.accumulator;
  const halves = operands(loaded, elementsOf(loaded) / (PIECE / columns));
  for (const [t, line] of to.entries()) {
    const rows = operands(left[t]!, elementsOf(a));
    for (const [half, part] of halves.entries()) {
      const block = column / columns + half;
      for (const [step, right] of operands(part, elementsOf(b)).entries())
        line[block] = w.multiply(instruction, line[block]!, rows[step]!, right);
    }
  }
};
