// NumPy-style arrays: typed data seen through a shape and strides, with optional axis names.
// f16 and bf16 values are held as the f32 numbers that they stand for. Knows no kernels.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { DType } from "../spec/description.ts";
import { roundAll, roundTo } from "./round.ts";

/** What elements are rounded to; f64 for references. */
export type ElementType = DType | "f64";
export type Data = Float32Array | Float64Array | Int32Array;

/** A position (drops the axis), or `[from, to)` with a step; negative numbers count from the end. */
export type Range = number | readonly [from: number, to?: number, step?: number];

/** By position, or by axis name. */
export type Index = readonly number[] | Readonly<Record<string, number>>;

const isList = (x: Index): x is readonly number[] => Array.isArray(x);

export interface View {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly axes?: readonly string[];
}

/** Immutable in shape, not in data: views share it, and it may lie in a SharedArrayBuffer. */
export class NdArray implements View {
  readonly dtype: ElementType;
  readonly data: Data;
  readonly shape: readonly number[];
  /** In elements. */
  readonly strides: readonly number[];
  readonly offset: number;
  declare readonly axes?: readonly string[];

  constructor(dtype: ElementType, data: Data, view: View) {
    this.dtype = dtype;
    this.data = data;
    this.shape = view.shape;
    this.strides = view.strides;
    this.offset = view.offset;
    if (view.axes !== undefined) this.axes = view.axes;
  }

  get size(): number {
    return product(this.shape);
  }

  /** Where an element lies in `data`. Throws DiagnosticError outside the shape. */
  position(index: Index): number {
    const axes = this.axes ?? this.shape.map((_, i) => String(i));
    if (!isList(index)) {
      const unknown = Object.keys(index).find((name) => !axes.includes(name));
      if (unknown !== undefined) fail(codes.noAxis(undefined, unknown, axes));
    } else if (index.length !== axes.length) fail(codes.rank(undefined, index.length, axes));
    return this.shape.reduce((position, extent, i) => {
      const x = isList(index) ? index[i] : index[axes[i]!];
      if (x === undefined) return fail(codes.missingIndex(undefined, axes[i]!));
      if (!Number.isInteger(x) || x < 0 || x >= extent)
        fail(codes.outsideAxis(undefined, x, axes[i]!, extent));
      return position + x * this.strides[i]!;
    }, this.offset);
  }

  /** `lse.at({ b: 0, h: 7, q: 69 })` or `lse.at([0, 7, 69])`. */
  at(index: Index): number {
    return this.data[this.position(index)]!;
  }

  /** A view of one range per axis; axes left out at the end are whole. */
  slice(...ranges: readonly Range[]): NdArray {
    if (ranges.length > this.shape.length)
      fail(codes.rank(undefined, ranges.length, this.axes ?? this.shape.map(String)));
    let { offset } = this;
    const kept = this.shape.flatMap((extent, i) => {
      const stride = this.strides[i]!;
      const range = ranges[i] ?? [0];
      const absolute = (x: number): number => (x < 0 ? x + extent : x);
      if (typeof range === "number") {
        const at = absolute(range);
        if (!(at >= 0 && at < extent)) fail(codes.outsideAxis(undefined, range, String(i), extent));
        offset += at * stride;
        return [];
      }
      const [first, last = extent, step = 1] = range;
      const from = Math.min(Math.max(absolute(first), 0), extent);
      const to = Math.min(absolute(last), extent);
      offset += from * stride;
      const count = Math.max(0, Math.ceil((to - from) / step));
      return [{ extent: count, stride: stride * step, axis: this.axes?.[i] }];
    });
    return this.view(kept, offset);
  }

  /** Axes in another order, by position or by name; reversed if none is given. */
  transpose(order: readonly (number | string)[] = this.shape.map((_, i) => i).reverse()): NdArray {
    const positions = order.map((o) => (typeof o === "number" ? o : (this.axes ?? []).indexOf(o)));
    if (
      [...positions].sort((a, b) => a - b).some((p, i) => p !== i) ||
      order.length !== this.shape.length
    )
      fail(codes.badShape(undefined, `[${order.join(", ")}] does not order the axes`, this.shape));
    return this.view(
      positions.map((p) => ({
        extent: this.shape[p]!,
        stride: this.strides[p]!,
        axis: this.axes?.[p],
      })),
      this.offset,
    );
  }

  /** As if repeated along new leading axes and axes of extent 1. Throws DiagnosticError if it does not fit. */
  broadcastTo(shape: readonly number[]): NdArray {
    const lead = shape.length - this.shape.length;
    const strides = shape.map((extent, i) => {
      if (i < lead) return 0;
      const own = this.shape[i - lead]!;
      if (own !== extent && own !== 1)
        fail(
          codes.badShape(undefined, `it does not broadcast to [${shape.join(", ")}]`, this.shape),
        );
      return own === extent ? this.strides[i - lead]! : 0;
    });
    if (lead < 0)
      fail(codes.badShape(undefined, `it has more axes than [${shape.join(", ")}]`, this.shape));
    return new NdArray(this.dtype, this.data, { shape, strides, offset: this.offset });
  }

  reshape(shape: readonly number[]): NdArray {
    if (product(shape) !== this.size)
      fail(
        codes.badShape(
          undefined,
          `it has not as many elements as [${shape.join(", ")}]`,
          this.shape,
        ),
      );
    return new NdArray(this.dtype, this.values(), { shape, strides: rowMajor(shape), offset: 0 });
  }

  /** The elements in C order: the data themselves where they lie so already, else a copy. */
  values(): Data {
    if (this.strides.every((s, i) => s === rowMajor(this.shape)[i] || this.shape[i] === 1))
      return this.data.subarray(this.offset, this.offset + this.size);
    const out = allocate(this.dtype, this.size);
    let next = 0;
    const walk = (axis: number, at: number): void => {
      const extent = this.shape[axis] ?? 1;
      const stride = this.strides[axis] ?? 0;
      if (axis >= this.shape.length - 1)
        for (let i = 0; i < extent; i++) out[next++] = this.data[at + i * stride]!;
      else for (let i = 0; i < extent; i++) walk(axis + 1, at + i * stride);
    };
    walk(0, this.offset);
    return out;
  }

  /** A copy rounded to another type. */
  astype(dtype: ElementType): NdArray {
    return from(dtype, this.values(), this.shape, this.axes);
  }

  /** Nested lists, for messages and tests. */
  toList(): unknown {
    const [extent] = this.shape;
    if (extent === undefined) return this.data[this.offset]!;
    return Array.from({ length: extent }, (_, i) => this.slice(i).toList());
  }

  private view(
    kept: readonly { extent: number; stride: number; axis: string | undefined }[],
    offset: number,
  ): NdArray {
    return new NdArray(this.dtype, this.data, {
      shape: kept.map((k) => k.extent),
      strides: kept.map((k) => k.stride),
      offset,
      ...(this.axes && { axes: kept.map((k) => k.axis!) }),
    });
  }
}

export const product = (shape: readonly number[]): number => shape.reduce((n, x) => n * x, 1);

/** Strides of C order: the last axis is contiguous. */
export const rowMajor = (shape: readonly number[]): readonly number[] =>
  shape.map((_, i) => product(shape.slice(i + 1)));

/** Zeros in memory that worker threads may share. */
export const allocate = (dtype: ElementType, size: number): Data => {
  switch (dtype) {
    case "i32":
      return new Int32Array(new SharedArrayBuffer(4 * size));
    case "f64":
      return new Float64Array(new SharedArrayBuffer(8 * size));
    case "f16":
    case "bf16":
    case "f32":
      return new Float32Array(new SharedArrayBuffer(4 * size));
  }
};

/** An array over existing data in C order, which are not copied and must be of the dtype already. */
export const wrap = (
  dtype: ElementType,
  data: Data,
  shape: readonly number[],
  axes?: readonly string[],
): NdArray =>
  new NdArray(dtype, data, { shape, strides: rowMajor(shape), offset: 0, ...(axes && { axes }) });

export const zeros = (
  dtype: ElementType,
  shape: readonly number[],
  axes?: readonly string[],
): NdArray => wrap(dtype, allocate(dtype, product(shape)), shape, axes);

export const full = (
  dtype: ElementType,
  shape: readonly number[],
  value: number,
  axes?: readonly string[],
): NdArray => {
  const array = zeros(dtype, shape, axes);
  array.data.fill(dtype === "f64" ? value : roundTo(dtype, value));
  return array;
};

/** Copies numbers in C order, rounded to the dtype. */
export const from = (
  dtype: ElementType,
  values: ArrayLike<number>,
  shape: readonly number[] = [values.length],
  axes?: readonly string[],
): NdArray => {
  if (values.length !== product(shape))
    fail(codes.badShape(undefined, `there are ${values.length} values for it`, shape));
  const array = zeros(dtype, shape, axes);
  const { data } = array;
  // f64 values are rounded one by one: by way of f32 they would be rounded twice.
  if (dtype === "f64" || dtype === "f32") data.set(values);
  else if (values instanceof Float32Array && data instanceof Float32Array && dtype !== "i32") {
    data.set(values);
    roundAll(dtype, data);
  } else for (let i = 0; i < values.length; i++) data[i] = roundTo(dtype, values[i]!);
  return array;
};
