// Arithmetic on arrays with NumPy's rules: shapes broadcast, reductions drop axes, einsum names them.
// Everything is computed in float64 and comes out as f64; knows no rounding.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { NdArray, product, rowMajor, wrap, zeros } from "./ndarray.ts";

/** The shape that both broadcast to. Throws DiagnosticError if there is none. */
export const broadcastShape = (a: readonly number[], b: readonly number[]): readonly number[] => {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      fail(codes.badShape(undefined, `it does not broadcast with [${b.join(", ")}]`, a));
    return x === 1 ? y : x;
  });
};

/** f of each element. */
export const map = (a: NdArray, f: (x: number) => number): NdArray => {
  const out = Float64Array.from(a.values());
  for (let i = 0; i < out.length; i++) out[i] = f(out[i]!);
  return wrap("f64", out, a.shape, a.axes);
};

/** f of each pair of elements, after broadcasting. */
export const zip = (
  a: NdArray,
  b: NdArray | number,
  f: (x: number, y: number) => number,
): NdArray => {
  if (typeof b === "number") return map(a, (x) => f(x, b));
  const shape = broadcastShape(a.shape, b.shape);
  const x = a.broadcastTo(shape).values();
  const y = b.broadcastTo(shape).values();
  const out = new Float64Array(x.length);
  for (let i = 0; i < out.length; i++) out[i] = f(x[i]!, y[i]!);
  const named = [a, b].find((n) => n.shape.length === shape.length && n.axes);
  return wrap("f64", out, shape, named?.axes);
};

export const add = (a: NdArray, b: NdArray | number): NdArray => zip(a, b, (x, y) => x + y);
export const sub = (a: NdArray, b: NdArray | number): NdArray => zip(a, b, (x, y) => x - y);
export const mul = (a: NdArray, b: NdArray | number): NdArray => zip(a, b, (x, y) => x * y);
export const div = (a: NdArray, b: NdArray | number): NdArray => zip(a, b, (x, y) => x / y);

/** Folds one axis (by position or name), or all of them where none is named. */
const reduce = (
  a: NdArray,
  axis: number | string | undefined,
  start: number,
  f: (x: number, y: number) => number,
): NdArray => {
  const all = a.shape.map((_, i) => i);
  const folded =
    axis === undefined ? all : [typeof axis === "number" ? axis : (a.axes ?? []).indexOf(axis)];
  if (folded.some((i) => !(i in a.shape)))
    fail(codes.noAxis(undefined, String(axis), a.axes ?? all.map(String)));
  const kept = all.filter((i) => !folded.includes(i));
  const last = a.transpose([...kept, ...folded]);
  const shape = kept.map((i) => a.shape[i]!);
  const values = last.values();
  const length = product(folded.map((i) => a.shape[i]!));
  const out = new Float64Array(product(shape));
  for (let i = 0; i < out.length; i++) {
    let sum = start;
    for (let j = 0; j < length; j++) sum = f(sum, values[i * length + j]!);
    out[i] = sum;
  }
  return wrap("f64", out, shape, a.axes && kept.map((i) => a.axes![i]!));
};

export const sum = (a: NdArray, axis?: number | string): NdArray =>
  reduce(a, axis, 0, (x, y) => x + y);
/** NaN if any element is. */
export const max = (a: NdArray, axis?: number | string): NdArray =>
  reduce(a, axis, -Infinity, Math.max);
export const min = (a: NdArray, axis?: number | string): NdArray =>
  reduce(a, axis, Infinity, Math.min);

/**
 * Sums of products, `einsum("bqhd,bkhd->bhqk", q, k)`: one letter per axis; letters that the result does not
 * name are summed over. An axis may stand once in each operand.
 */
export const einsum = (formula: string, ...operands: readonly NdArray[]): NdArray => {
  const match = /^([a-zA-Z]*(?:,[a-zA-Z]*)*)->([a-zA-Z]*)$/.exec(formula);
  const inputs = match?.[1]!.split(",");
  const output = match?.[2];
  if (inputs === undefined || output === undefined || inputs.length !== operands.length)
    return fail(codes.badFormula(undefined, formula, operands.length));
  const extents = new Map<string, number>();
  inputs.forEach((letters, o) => {
    const { shape } = operands[o]!;
    if (letters.length !== shape.length || new Set(letters).size !== letters.length)
      fail(codes.badShape(undefined, `"${letters}" in "${formula}" does not name its axes`, shape));
    [...letters].forEach((letter, i) => {
      if ((extents.get(letter) ?? shape[i]) !== shape[i])
        fail(codes.badShape(undefined, `axis ${letter} of "${formula}" has two extents`, shape));
      extents.set(letter, shape[i]!);
    });
  });
  if ([...output].some((letter) => !extents.has(letter)))
    return fail(codes.badFormula(undefined, formula, operands.length));
  const summed = [...extents.keys()].filter((letter) => !output.includes(letter));
  return contract([...output], summed, extents, inputs, operands);
};

const contract = (
  kept: readonly string[],
  summed: readonly string[],
  extents: ReadonlyMap<string, number>,
  inputs: readonly string[],
  operands: readonly NdArray[],
): NdArray => {
  const loops = [...kept, ...summed];
  const out = zeros(
    "f64",
    kept.map((letter) => extents.get(letter)!),
  );
  const strides = loops.map((letter) => [
    ...operands.map((a, o) => a.strides[inputs[o]!.indexOf(letter)] ?? 0),
    rowMajor(out.shape)[kept.indexOf(letter)] ?? 0,
  ]);
  const positions = [...operands.map((a) => a.offset), 0];
  const walk = (loop: number): void => {
    if (loop === loops.length) {
      let term = 1;
      for (let o = 0; o < operands.length; o++) term *= operands[o]!.data[positions[o]!]!;
      out.data[positions[operands.length]!]! += term;
      return;
    }
    const steps = strides[loop]!;
    const extent = extents.get(loops[loop]!)!;
    for (let i = 0; i < extent; i++) {
      walk(loop + 1);
      for (let p = 0; p < steps.length; p++) positions[p]! += steps[p]!;
    }
    for (let p = 0; p < steps.length; p++) positions[p]! -= steps[p]! * extent;
  };
  walk(0);
  return out;
};
