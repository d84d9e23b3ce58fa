// Tensors in global memory, as blocks on several threads see them: bounds are checked on every access,
// and for each element of an output or workspace tensor who wrote it. Knows nothing of tiles' places.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Expr } from "../expr/expr.ts";
import type { DType } from "../spec/description.ts";
import type { TensorDecl } from "../tile/program.ts";
import { roundAll } from "./round.ts";
import { show, type Site, spanOf } from "./site.ts";

export type Numbers = Float32Array | Int32Array;

/** What threads share of a tensor. `writers` is there where blocks write: 0, or 1 + the number of the block that wrote. */
export interface TensorBuffers {
  readonly values: SharedArrayBuffer;
  readonly writers?: SharedArrayBuffer;
}

export interface GlobalTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly axes: readonly string[];
  readonly extents: readonly number[];
  readonly strides: readonly number[];
  readonly values: Numbers;
  readonly writers: Int32Array | undefined;
}

export const elementCount = (extents: readonly number[]): number =>
  extents.reduce((n, extent) => n * extent, 1);

export const extentsOf = (decl: TensorDecl, size: (e: Expr) => number): readonly number[] =>
  decl.axes.map((a) => size(a.extent));

/** Row-major over the declared axes. Values that nobody has written are NaN. */
export const allocate = (count: number, written: "input" | "by blocks"): TensorBuffers => {
  const values = new SharedArrayBuffer(4 * count);
  if (written === "input") return { values };
  new Float32Array(values).fill(NaN);
  return { values, writers: new SharedArrayBuffer(4 * count) };
};

export const globalTensor = (
  decl: TensorDecl,
  extents: readonly number[],
  { values, writers }: TensorBuffers,
): GlobalTensor => ({
  name: decl.name,
  dtype: decl.dtype,
  axes: decl.axes.map((a) => a.axis),
  extents,
  strides: extents.map((_, i) => elementCount(extents.slice(i + 1))),
  values: decl.dtype === "i32" ? new Int32Array(values) : new Float32Array(values),
  writers: writers && new Int32Array(writers),
});

/** Which block of which kernel acts: numbers rise from kernel to kernel, `firstBlock` being this one's first. */
export interface Actor {
  readonly number: number;
  readonly firstBlock: number;
}

const checkIndex = (t: GlobalTensor, axis: number, index: number, site: Site): void => {
  const extent = t.extents[axis]!;
  if (index >= 0 && index < extent) return;
  fail(codes.outOfBounds(spanOf(site), show(site), t.name, t.axes[axis]!, index, extent));
};

/** Earlier kernels' writes may be read, and this block's own. */
const checkReadable = (t: GlobalTensor, at: number, who: Actor, site: Site): void => {
  if (t.writers === undefined) return;
  const writer = Atomics.load(t.writers, at) - 1;
  if (writer < 0) fail(codes.unwrittenGlobal(spanOf(site), show(site), t.name, indexOf(t, at)));
  if (writer >= who.firstBlock && writer !== who.number)
    fail(codes.blocksRace(spanOf(site), show(site), t.name, indexOf(t, at)));
};

export const indexOf = (t: GlobalTensor, at: number): string =>
  `[${t.axes
    .map((axis, i) => `${axis}=${Math.floor(at / t.strides[i]!) % t.extents[i]!}`)
    .join(", ")}]`;

/** One element, for a load in an expression. */
export const readElement = (
  t: GlobalTensor,
  index: readonly number[],
  who: Actor,
  site: Site,
): number => {
  let at = 0;
  for (let i = 0; i < index.length; i++) {
    checkIndex(t, i, index[i]!, site);
    at += index[i]! * t.strides[i]!;
  }
  checkReadable(t, at, who, site);
  return t.values[at]!;
};

/** One side of a box: `count` positions from `origin`, of which those below `inside` exist. */
export interface Side {
  /** A whole axis may be narrower than the tile, which is then padded with zeros. */
  readonly kind: "tile" | "all";
  readonly axis: number;
  readonly origin: number;
  readonly count: number;
  readonly inside: number;
}

/** The part of a tensor that a tile's rows and columns meet; a row vector has no `cols`. */
export interface Box {
  readonly tensor: GlobalTensor;
  readonly base: number;
  readonly rows: Side;
  readonly cols: Side | undefined;
}

export const checkPoint = checkIndex;

/** For accesses that promise to stay inside. */
export const checkInside = (box: Box, site: Site): void => {
  for (const side of [box.rows, box.cols])
    if (side?.kind === "tile" && side.inside < side.count)
      checkIndex(box.tensor, side.axis, side.origin + side.inside, site);
};

/** Reads a box into rows of `width` values; zeros where the tensor has ended. */
export const readBox = (box: Box, to: Numbers, width: number, who: Actor, site: Site): void => {
  const { tensor: t, rows, cols } = box;
  const rowStride = t.strides[rows.axis]!;
  const colStride = cols === undefined ? 1 : t.strides[cols.axis]!;
  const inside = cols === undefined ? 1 : cols.inside;
  for (let row = 0; row < rows.count; row++) {
    const end = (row + 1) * width;
    const from = row * width;
    if (row >= rows.inside) {
      to.fill(0, from, end);
      continue;
    }
    const at = box.base + row * rowStride;
    if (colStride === 1) to.set(t.values.subarray(at, at + inside), from);
    else for (let c = 0; c < inside; c++) to[from + c] = t.values[at + c * colStride]!;
    to.fill(0, from + inside, end);
    if (t.writers !== undefined)
      for (let c = 0; c < inside; c++) checkReadable(t, at + c * colStride, who, site);
  }
};

/** Writes rows `first` to `last` of a tile, those inside the tensor, rounded to its dtype. */
export const writeBox = (
  box: Box,
  from: Numbers,
  width: number,
  [first, last]: readonly [number, number],
  who: Actor,
  site: Site,
): void => {
  const { tensor: t, rows, cols } = box;
  const colStride = cols === undefined ? 1 : t.strides[cols.axis]!;
  const inside = cols === undefined ? 1 : cols.inside;
  for (let row = first; row < Math.min(last, rows.inside); row++) {
    const start = box.base + row * t.strides[rows.axis]!;
    const values = from.slice(row * width, row * width + inside);
    if (values instanceof Float32Array && t.dtype !== "i32") roundAll(t.dtype, values);
    for (let c = 0; c < inside; c++) {
      t.values[start + c * colStride] = values[c]!;
      claim(t, start + c * colStride, who, site);
    }
  }
};

const claim = (t: GlobalTensor, at: number, who: Actor, site: Site): void => {
  if (t.writers === undefined) return;
  const before = Atomics.exchange(t.writers, at, who.number + 1) - 1;
  if (before >= who.firstBlock && before !== who.number)
    fail(codes.writtenTwice(spanOf(site), show(site), t.name, indexOf(t, at)));
};
