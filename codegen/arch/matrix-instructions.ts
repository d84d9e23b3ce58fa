// Which lane of a warp holds which element of the matrix instructions' operands, as PTX ISA 9.7 (mma, ldmatrix) has
// it. Facts only: what is multiplied, and where it lies in memory, is not known here.

export interface Position {
  /** Which of an instruction's matrices: m8n8k4 multiplies four pairs and ldmatrix .x4 loads four; else 0. */
  readonly matrix: number;
  /** Of A: its row; of B: k; of C: its row. */
  readonly row: number;
  /** Of A: k; of B and C: the column. */
  readonly column: number;
}

/** One operand, spread over a warp: by lane, then by element. Elements 2 i and 2 i + 1 of 16 bits share register i. */
export type Fragment = readonly (readonly Position[])[];

/** C[rows][columns] += A[rows][depth] B[depth][columns], `matrices` times side by side. */
export interface MatrixInstruction {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly matrices: number;
  readonly a: Fragment;
  readonly b: Fragment;
  readonly c: Fragment;
}

const bit = (x: number, n: number): number => (x >> n) & 1;

const count = <T>(n: number, of: (i: number) => T): readonly T[] =>
  Array.from({ length: n }, (_, i) => of(i));

const fragment = (elements: number, at: (lane: number, element: number) => Position): Fragment =>
  count(32, (lane) => count(elements, (i) => at(lane, i)));

/** Lanes in groups of four: group g, lane q of the group. */
const quads = (
  elements: number,
  at: (g: number, q: number, i: number) => readonly [row: number, column: number],
): Fragment =>
  fragment(elements, (lane, i) => {
    const [row, column] = at(lane >> 2, lane & 3, i);
    return { matrix: 0, row, column };
  });

const m16n8k8: MatrixInstruction = {
  rows: 16,
  columns: 8,
  depth: 8,
  matrices: 1,
  a: quads(4, (g, q, i) => [g + 8 * bit(i, 1), 2 * q + bit(i, 0)]),
  b: quads(2, (g, q, i) => [2 * q + i, g]),
  c: quads(4, (g, q, i) => [g + 8 * bit(i, 1), 2 * q + bit(i, 0)]),
};

/** Volta's quad pairs: lanes whose bits 3 and 2 agree multiply their own 8 x 8 x 4; t counts the eight lanes. */
const quadPairs = (
  elements: number,
  at: (t: number, lane: number, i: number) => readonly [row: number, column: number],
): Fragment =>
  fragment(elements, (lane, i) => {
    const [row, column] = at((lane & 3) + 4 * bit(lane, 4), lane, i);
    return { matrix: (lane >> 2) & 3, row, column };
  });

/** A lane holds four neighbours of its own row (of A) or column (of B), or one of each of four rows or columns. */
const own = quadPairs(4, (t, _, i) => [t, i]);
const shared = quadPairs(4, (_, lane, i) => [i + 4 * bit(lane, 4), lane & 3]);

export const transposed = (f: Fragment): Fragment =>
  f.map((lane) => lane.map(({ matrix, row, column }) => ({ matrix, row: column, column: row })));

const m8n8k4 = (a: "row" | "col", b: "row" | "col"): MatrixInstruction => ({
  rows: 8,
  columns: 8,
  depth: 4,
  matrices: 4,
  a: a === "row" ? own : shared,
  b: transposed(b === "col" ? own : shared),
  c: quadPairs(8, (_, lane, i) => [
    bit(lane, 0) + (i & 2) + 4 * bit(lane, 4),
    2 * bit(lane, 1) + (i & 1) + (i & 4),
  ]),
});

/** 16-bit inputs, f32 sums; by shape and the storage orders of A and B. */
export const matrixInstructions = {
  "m16n8k16.row.col": {
    ...m16n8k8,
    depth: 16,
    a: quads(8, (g, q, i) => [g + 8 * bit(i, 1), 2 * q + bit(i, 0) + 8 * bit(i, 2)]),
    b: quads(4, (g, q, i) => [2 * q + bit(i, 0) + 8 * bit(i, 1), g]),
  },
  "m16n8k8.row.col": m16n8k8,
  "m8n8k4.row.col": m8n8k4("row", "col"),
  "m8n8k4.row.row": m8n8k4("row", "row"),
  "m8n8k4.col.col": m8n8k4("col", "col"),
  "m8n8k4.col.row": m8n8k4("col", "row"),
} as const satisfies Readonly<Record<string, MatrixInstruction>>;

/**
 * What ldmatrix .m8n8.x4 gives each lane: a pair of each of four 8 x 8 matrices, which lie in memory row by row. Lane i
 * names the address of row i % 8 of matrix i / 8.
 */
export const loadedMatrices = fragment(8, (lane, i) => ({
  matrix: i >> 1,
  row: lane >> 2,
  column: 2 * (lane & 3) + bit(i, 0),
}));
