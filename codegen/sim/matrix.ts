// The tensor core's product: as many consecutive terms as one mma takes are summed exactly (float64 holds sums of products of 16-bit
// values without a loss that matters), then added to the f32 accumulator with one rounding. It runs as
// WebAssembly, since JavaScript has no SIMD. Knows no tiles.

import type { Numbers } from "./global.ts";
import {
  addF64x2,
  type Code,
  demote,
  get,
  i32,
  increase,
  load,
  loadHalf,
  loadTwice,
  moduleBytes,
  mulF64x2,
  promote,
  repeat,
  set,
  storeHalf,
} from "./simd.ts";

/** Rows, and columns, of results that are computed together in vector registers. */
const PANEL = 4;

/** Element (i, k) of a count x depth matrix is `from[base + i * stride + k * step]`. */
export interface Source {
  readonly from: Numbers;
  readonly base: number;
  readonly count: number;
  readonly depth: number;
  readonly stride: number;
  readonly step: number;
}

// Locals of the WebAssembly function: its parameters are addresses in bytes, counts, and the bytes of a row of
// results.
const [A, B, OUT, ROW_PANELS, COL_PANELS, CHUNKS, TERMS, ROW_BYTES] = [
  0, 1, 2, 3, 4, 5, 6, 7,
] as const;
const [ROWS_LEFT, COLS_LEFT, CHUNKS_LEFT, TERMS_LEFT, LEFT, RIGHT, BLOCK, AT] = [
  8, 9, 10, 11, 12, 13, 14, 15,
] as const;
const [SUMS, RIGHTS, FACTOR] = [16, 24, 26] as const;
const rows = [0, 1, 2, 3] as const;
const halves = [0, 1] as const;
const sum = (row: number, half: number): number => SUMS + 2 * row + half;

/** For each row of a 4 x 4 block, `code` with AT at its start. */
const eachRow = (code: (row: number) => Code): Code => [
  ...get(BLOCK),
  ...set(AT),
  ...rows.flatMap((row) => [...code(row), ...increase(AT, get(ROW_BYTES))]),
];

/**
 * sums += left[row] * right[two columns] at one k; panels hold four values per k. Written out for each term this
 * would be slower: V8 runs out of vector registers in long blocks.
 */
const term: Code = [
  ...halves.flatMap((h) => [...get(RIGHT), ...load(2 * h * 8), ...set(RIGHTS + h)]),
  ...rows.flatMap((row) => [
    ...get(LEFT),
    ...loadTwice(row * 8),
    ...set(FACTOR),
    ...halves.flatMap((h) => [
      ...get(sum(row, h)),
      ...get(FACTOR),
      ...get(RIGHTS + h),
      ...mulF64x2,
      ...addF64x2,
      ...set(sum(row, h)),
    ]),
  ]),
  ...increase(LEFT, i32(PANEL * 8)),
  ...increase(RIGHT, i32(PANEL * 8)),
];

const chunk: Code = [
  ...repeat(TERMS_LEFT, get(TERMS), term),
  ...rows.flatMap((row) =>
    halves.flatMap((h) => [...get(sum(row, h)), ...demote, ...promote, ...set(sum(row, h))]),
  ),
];

const block: Code = [
  ...eachRow((row) =>
    halves.flatMap((h) => [...get(AT), ...loadHalf(8 * h), ...promote, ...set(sum(row, h))]),
  ),
  ...get(A),
  ...set(LEFT),
  ...repeat(CHUNKS_LEFT, get(CHUNKS), chunk),
  ...eachRow((row) =>
    halves.flatMap((h) => [...get(AT), ...get(sum(row, h)), ...demote, ...storeHalf(8 * h)]),
  ),
  ...increase(BLOCK, i32(PANEL * 4)),
];

const rowPanel: Code = [
  ...get(B),
  ...set(RIGHT),
  ...get(OUT),
  ...set(BLOCK),
  ...repeat(COLS_LEFT, get(COL_PANELS), block),
  ...get(LEFT),
  ...set(A),
  ...rows.flatMap(() => increase(OUT, get(ROW_BYTES))),
];

const bytes = moduleBytes(8, { i32: 8, v128: 11 }, repeat(ROWS_LEFT, get(ROW_PANELS), rowPanel));

/** The part of the WebAssembly interface that is used; its types come with browsers' only. */
interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
declare const WebAssembly: {
  readonly Memory: new (limits: { readonly initial: number }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly m: { readonly m: Memory } },
  ) => { readonly exports: { readonly f: (...parameters: readonly number[]) => void } };
};

const PAGE = 65536;
const memory = new WebAssembly.Memory({ initial: 16 });
const { f: run } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } })
  .exports;

const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to;

/** Panels of 4 x depth, stored depth first, padded with zeros. */
const pack = (s: Source, depth: number, values: Float64Array): void => {
  if (s.count % PANEL !== 0 || s.depth !== depth) values.fill(0);
  const whole = s.count - (s.count % PANEL);
  for (let i = 0; i < whole; i += PANEL) packPanel(s, i, values, i * depth);
  for (let i = whole; i < s.count; i++)
    for (let k = 0; k < s.depth; k++)
      values[whole * depth + k * PANEL + (i - whole)] = s.from[s.base + i * s.stride + k * s.step]!;
};

const packPanel = (s: Source, first: number, values: Float64Array, start: number): void => {
  const { from, step, stride, depth } = s;
  let at = s.base + first * stride;
  for (let to = start; to < start + depth * PANEL; to += PANEL, at += step) {
    values[to] = from[at]!;
    values[to + 1] = from[at + stride]!;
    values[to + 2] = from[at + 2 * stride]!;
    values[to + 3] = from[at + 3 * stride]!;
  }
};

/**
 * out[i, j] = (accumulate ? out[i, j] : 0) + sum over k of a[i, k] b[j, k], rounded after each `terms` of the sum.
 * Rows of `out` are b.count long.
 */
export const multiply = (
  out: Float32Array,
  a: Source,
  b: Source,
  accumulate: boolean,
  terms: number,
): void => {
  const depth = roundUp(a.depth, terms);
  const [height, width] = [roundUp(a.count, PANEL), roundUp(b.count, PANEL)];
  if (a.count === 0 || b.count === 0) return;
  if (depth === 0) {
    if (!accumulate) out.fill(0);
    return;
  }
  const [bAt, outAt] = [height * depth * 8, (height + width) * depth * 8];
  const missing = outAt + height * width * 4 - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  pack(a, depth, new Float64Array(memory.buffer, 0, height * depth));
  pack(b, depth, new Float64Array(memory.buffer, bAt, width * depth));
  const result = new Float32Array(memory.buffer, outAt, height * width);
  if (!accumulate || width !== b.count) result.fill(0);
  if (accumulate) copyRows(out, b.count, result, width, a.count, b.count);
  run(0, bAt, outAt, height / PANEL, width / PANEL, depth / terms, terms, width * 4);
  copyRows(result, width, out, b.count, a.count, b.count);
};

const copyRows = (
  from: Float32Array,
  fromWidth: number,
  to: Float32Array,
  toWidth: number,
  count: number,
  length: number,
): void => {
  if (fromWidth === toWidth) return to.set(from.subarray(0, count * length));
  for (let i = 0; i < count; i++)
    to.set(from.subarray(i * fromWidth, i * fromWidth + length), i * toWidth);
};
