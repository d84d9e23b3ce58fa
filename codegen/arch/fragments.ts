// How the fragments of each matrix instruction lie in a warp's lanes: the one home of lane, row and column
// arithmetic. Passes, the simulator, NumPy text and CUDA ask here. Knows no tiles and no program.

import type { Mma } from "./arch.ts";

/** What a bit of the lane's number adds to the place of the lane's elements in a block of 16 rows and 16 columns. */
type LaneBit = { readonly row: 1 | 2 | 4 | 8 } | { readonly column: 2 | 4 | 8 };

/** The accumulator's layout. Four lanes share a row; each has two rows of every 16 and four columns of every 16. */
export interface Accumulator {
  /** The shape that its instructions share. */
  readonly kind: "m16n8" | "m8n8k4";
  /** Columns of the 16-row blocks that it is made of. */
  readonly blockColumns: number;
  /** A lane's rows are r and r + rowStep. */
  readonly rowStep: number;
  /** The bits of a column that depend on the lane: lane_col = col & laneColumns, and fixed_col = col & ~laneColumns. */
  readonly laneColumns: number;
  /** The two of them apart: lane i of the four that share a row has (i & 1) times the first and i >> 1 times the second. */
  readonly laneBits: readonly [number, number];
  /** A lane's columns are x, x + 1, x + far and x + far + 1. */
  readonly farColumn: number;
  /** Distances (exclusive or) between the four lanes that share a row, in the order in which they are joined. */
  readonly partners: readonly [number, number];
}

const accumulator = (
  kind: Accumulator["kind"],
  blockColumns: number,
  lane: readonly LaneBit[],
): Accumulator => {
  const rows = lane.reduce((sum, bit) => sum + ("row" in bit ? bit.row : 0), 0);
  const columns = lane.flatMap((bit, i) =>
    "column" in bit ? [{ distance: 1 << i, column: bit.column }] : [],
  );
  const [low, high] = columns as [(typeof columns)[number], (typeof columns)[number]];
  const laneColumns = low.column | high.column;
  return {
    kind,
    blockColumns,
    rowStep: 15 - rows,
    laneColumns,
    laneBits: [low.column, high.column],
    farColumn: 14 - laneColumns,
    partners: [low.distance, high.distance],
  };
};

/** PTX ISA 9.7.14.5, figures of the accumulators; bits of the lane's number, lowest first. */
const m16n8 = accumulator("m16n8", 8, [
  { column: 2 },
  { column: 4 },
  { row: 1 },
  { row: 2 },
  { row: 4 },
]);
/** Four quad pairs, which bits 3 and 2 number, multiply 8 x 8 each; they stand 2 x 2. */
const m8n8k4 = accumulator("m8n8k4", 16, [
  { row: 1 },
  { column: 2 },
  { column: 8 },
  { row: 8 },
  { row: 4 },
]);

/**
 * Which bits of a row's number, by value, change the place of its 16-byte chunks in shared memory, so that the lanes
 * that read together meet different banks: bit i of the chunk's number changes with the i-th (0: with none).
 */
export type RowBits = readonly [number, number, number];

/** Those that tell eight consecutive rows apart; they go without saying. */
export const usualRowBits: RowBits = [1, 2, 4];

export interface Fragments {
  readonly accumulator: Accumulator;
  /** Terms of a product that the instruction sums exactly before it rounds. */
  readonly depth: number;
  /** Where a product's left side, computed element by element, waits: as its operand, or in pairs that shuffles turn. */
  readonly weights: "operand" | "pairs";
  /** Of shared tiles: rows that a warp owns (q, o); the right side of qk; that of pv. */
  readonly swizzles: {
    readonly own: RowBits;
    /** Tiles that accumulators are put into. */
    readonly results: RowBits;
    readonly keys: RowBits;
    readonly values: RowBits;
  };
}

/** With ldmatrix, eight lanes read eight consecutive rows. */
const ldmatrix = {
  ...{ own: usualRowBits, results: usualRowBits },
  ...{ keys: usualRowBits, values: usualRowBits },
} as const;

/**
 * Volta adds four exact products and the accumulator at once (Fasi, Higham, Mikaitis and Pranesh, Numerical behavior of
 * NVIDIA tensor cores, PeerJ Computer Science 7, 2021), but truncates where the simulator rounds to nearest; the
 * other depths are those of the instructions. Without ldmatrix, eight lanes read together 16 bytes each of keys 0 to 3
 * and 8 to 11, and sixteen lanes 8 bytes each, from two neighbouring chunks, of values 0 to 3.
 */
export const fragmentsOf: Readonly<Record<Mma, Fragments>> = {
  m8n8k4: {
    accumulator: m8n8k4,
    depth: 4,
    weights: "pairs",
    swizzles: { own: usualRowBits, results: [1, 4, 8], keys: [1, 2, 8], values: [0, 1, 2] },
  },
  m16n8k8: { accumulator: m16n8, depth: 8, weights: "operand", swizzles: ldmatrix },
  m16n8k16: { accumulator: m16n8, depth: 16, weights: "operand", swizzles: ldmatrix },
  // Of a warpgroup's 64 rows each warp holds 16, as mma.m16n8 has them.
  m64k16: { accumulator: m16n8, depth: 16, weights: "operand", swizzles: ldmatrix },
};

export const isUsual = (bits: RowBits): boolean => bits.every((bit, i) => bit === usualRowBits[i]);

/** Do all tiles go by the usual row bits? */
export const hasUsualRowBits = (mma: Mma): boolean =>
  Object.values(fragmentsOf[mma].swizzles).every(isUsual);

/** The column, below 16, at which the columns of lane i of the four begin. */
export const laneColumn = ({ laneBits: [low, high] }: Accumulator, i: number): number =>
  (i & 1) * low + (i >> 1) * high;

/** Which of the four lanes of a row holds `col`, as text of a C-like language: JavaScript, Python. */
export const laneOfColumn = ({ laneBits: [low, high] }: Accumulator, col: string): string =>
  `((${col} >> ${Math.log2(low)}) & 1) + ((${col} >> ${Math.log2(high) - 1}) & 2)`;
