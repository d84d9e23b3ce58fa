// The statements about matrix products. How their numbers are computed stands in matrix.ts.

import { unreachable } from "../base/diagnostic.ts";
import type { Product } from "../tile/statement.ts";
import type { TileRef } from "../tile/statement-parts.ts";
import type { Quarantine } from "../tile/statement-scheduled.ts";
import { activeRows, activeWarps, allWarps, type Context } from "./context.ts";
import type { Numbers } from "./global.ts";
import { multiply, type Source } from "./matrix.ts";
import type { Run } from "./meetings.ts";
import { readShared, writeShared } from "./shared.ts";
import type { Site } from "./site.ts";
import { checkWritten, markWritten, type RegisterTile, type TileShape } from "./tiles.ts";
import { readOwnRows, stageOf, wholeOf } from "./transfers.ts";

interface Operand {
  readonly shape: TileShape;
  readonly values: Numbers;
}

export const product = (s: Product, context: Context, site: Site): void => {
  const to = context.registers.get(s.to);
  const by = s.issued ? "products" : "threads";
  const a = operand(s.a, "own rows", by, context, site);
  const b = operand(s.b, "all rows", by, context, site);
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
    if (present !== b) addInfinite(to.values, a, b, [first, last], (weight, x) => weight * x);
  }
  markWritten(to, context.active, site);
  if (s.issued) issue(s, to, context, site);
};

/** The sums are put in place at once: whatever reads or writes them before they are awaited is an error. */
const issue = (s: Product, to: RegisterTile, context: Context, site: Site): void => {
  const a = context.registers.find(s.a.tile);
  context.unit.issue(site, a === undefined ? [to] : [to, a]);
  for (const warp of activeWarps(context)) context.block.clocks.closeProduct(warp);
};

/** All warps of the role have read b, and added, before one of them changes it for all. */
export function* quarantine(s: Quarantine, context: Context, site: Site): Run {
  const to = context.registers.get(s.to);
  const a = operand(s.a, "own rows", "threads", context, site);
  const b = operand(s.b, "all rows", "threads", context, site);
  checkWritten(to, context.active, site);
  if (!(to.values instanceof Float32Array)) return unreachable(`${s.to} is not f32`);
  for (const rows of activeRows(context, to.shape.rows))
    addInfinite(to.values, a, b, rows, (_, x) => x);
  markWritten(to, context.active, site);
  yield* context.meetings.role.meet(site, () => {
    const { tile, stage } = stageOf(s.b, context, site);
    const { clocks } = context.block;
    const warps = allWarps(context.warps);
    clocks.syncWarps(warps);
    writeShared(wholeOf(tile, stage), warps, "threads", clocks, site);
    b.values.forEach((x, i) => {
      if (!Number.isFinite(x)) b.values[i] = 0;
    });
    for (const warp of warps) clocks.orderCopies(warp);
    clocks.syncWarps(warps);
  });
}

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

/** Adds a term for each infinity and NaN of b, where its weight is not zero. */
const addInfinite = (
  to: Float32Array,
  a: Operand,
  b: Operand,
  [first, last]: readonly [number, number],
  term: (weight: number, x: number) => number,
): void => {
  for (let i = 0; i < b.values.length; i++) {
    const x = b.values[i]!;
    if (Number.isFinite(x)) continue;
    const key = Math.floor(i / b.shape.cols);
    const col = i % b.shape.cols;
    for (let row = first; row < last; row++) {
      const weight = a.values[row * a.shape.cols + key]!;
      if (weight !== 0) to[row * b.shape.cols + col]! += term(weight, x);
    }
  }
};

/** `a` is read by each warp for its own rows, `b` by every warp whole. */
const operand = (
  ref: TileRef,
  which: "own rows" | "all rows",
  by: "threads" | "products",
  context: Context,
  site: Site,
): Operand => {
  const register = context.registers.find(ref.tile);
  if (register !== undefined) {
    checkWritten(register, context.active, site);
    return register;
  }
  const { tile, stage } = stageOf(ref, context, site);
  if (which === "own rows") readOwnRows(tile, stage, by, context, site);
  else
    for (const warp of activeWarps(context))
      readShared(wholeOf(tile, stage), warp, by, context.block.clocks, site);
  return { shape: tile.shape, values: tile.stages[stage]!.values };
};
