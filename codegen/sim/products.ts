// The matrix product statement. How its numbers are computed stands in matrix.ts.

import { unreachable } from "../base/diagnostic.ts";
import type { Product, TileRef } from "../tile/statement.ts";
import { activeRows, activeWarps, type Context } from "./context.ts";
import type { Numbers } from "./global.ts";
import { multiply, type Source } from "./matrix.ts";
import { readShared } from "./shared.ts";
import type { Site } from "./site.ts";
import { checkWritten, markWritten, type TileShape } from "./tiles.ts";
import { readOwnRows, stageOf, wholeOf } from "./transfers.ts";

interface Operand {
  readonly shape: TileShape;
  readonly values: Numbers;
}

export const product = (s: Product, context: Context, site: Site): void => {
  const to = context.registers.get(s.to);
  const a = operand(s.a, "own rows", context, site);
  const b = operand(s.b, "all rows", context, site);
  const accumulate = s.form === "pv";
  if (accumulate) checkWritten(to, context.active, site);
  if (!(to.values instanceof Float32Array)) return unreachable(`${s.to} is not f32`);
  const present = s.skipZeros === true ? finiteOnly(b) : b;
  const { depth: terms } = context.block.launch.fragments;
  const right = rightSource(s.form, present);
  for (const [first, last] of activeRows(context, to.shape.rows)) {
    const { cols: depth } = a.shape;
    const base = first * depth;
    const left = { from: a.values, base, count: last - first, depth, stride: depth, step: 1 };
    const { cols } = to.shape;
    multiply(to.values.subarray(first * cols, last * cols), left, right, accumulate, terms);
    if (present !== b) addInfinite(to.values, a, b, [first, last]);
  }
  markWritten(to, context.active);
};

/** qk multiplies with the rows of b, pv with its columns. */
const rightSource = (form: Product["form"], { shape, values }: Operand): Source =>
  form === "qk"
    ? { from: values, base: 0, count: shape.rows, depth: shape.cols, stride: shape.cols, step: 1 }
    : { from: values, base: 0, count: shape.cols, depth: shape.rows, stride: 1, step: shape.cols };

/** The same tile if all of it is finite, else a copy with zeros for infinities and NaNs. */
const finiteOnly = (b: Operand): Operand =>
  b.values.every(Number.isFinite)
    ? b
    : { ...b, values: Float32Array.from(b.values, (x) => (Number.isFinite(x) ? x : 0)) };

/** Adds the terms that `finiteOnly` left out, where their weight is not zero. */
const addInfinite = (
  to: Float32Array,
  a: Operand,
  b: Operand,
  [first, last]: readonly [number, number],
): void => {
  for (let i = 0; i < b.values.length; i++) {
    const x = b.values[i]!;
    if (Number.isFinite(x)) continue;
    const key = Math.floor(i / b.shape.cols);
    const col = i % b.shape.cols;
    for (let row = first; row < last; row++) {
      const weight = a.values[row * a.shape.cols + key]!;
      if (weight !== 0) to[row * b.shape.cols + col]! += weight * x;
    }
  }
};

/** `a` is read by each warp for its own rows, `b` by every warp whole. */
const operand = (
  ref: TileRef,
  which: "own rows" | "all rows",
  context: Context,
  site: Site,
): Operand => {
  const register = context.registers.find(ref.tile);
  if (register !== undefined) {
    checkWritten(register, context.active, site);
    return register;
  }
  const { tile, stage } = stageOf(ref, context, site);
  if (which === "own rows") readOwnRows(tile, stage, context, site);
  else
    for (const warp of activeWarps(context))
      readShared(wholeOf(tile, stage), warp, context.block.clocks, site);
  return { shape: tile.shape, values: tile.stages[stage]!.values };
};
