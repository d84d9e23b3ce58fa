// Reductions of rows, in the order in which a warp's lanes make them, and the unscheduled online softmax.

import { type Accumulator, laneColumn } from "../arch/fragments.ts";
import type { OnlineSoftmax, Reduce } from "../tile/statement.ts";
import { activeRows, type Context, valueOf } from "./context.ts";
import { exp2 } from "./exponential.ts";
import { roundRows } from "./elements.ts";
import type { Numbers } from "./global.ts";
import type { Site } from "./site.ts";
import { checkWritten, markWritten, type RegisterTile } from "./tiles.ts";

const { fround } = Math;
const LANES = 4;

type Combine = (a: number, b: number) => number;
/** A NaN gives way to a number, as in fmaxf. */
const larger: Combine = (a, b) => (a > b || b !== b ? a : b);
const sum: Combine = (a, b) => fround(a + b);

export const reduce = (s: Reduce, context: Context, site: Site): void => {
  const from = context.registers.get(s.from);
  const to = context.registers.get(s.to);
  checkWritten(from, context.active, site);
  if (s.accumulate) checkWritten(to, context.active, site);
  const reduceRow = s.op === "max" ? maxOfLanes : sumOfLanes;
  const combine = s.op === "max" ? larger : sum;
  const { accumulator } = context.block.launch.fragments;
  const intoLanes = to.shape.form === "lanes";
  const nothing = s.op === "max" ? -Infinity : 0;
  for (const [first, last] of activeRows(context, from.shape.rows))
    for (let row = first; row < last; row++) {
      if (intoLanes && s.accumulate) lanes.set(rowOf(to, row));
      else lanes.fill(nothing);
      if (from.shape.form === "matrix")
        reduceRow(accumulator, from.values, row * from.shape.cols, from.shape.cols);
      else lanes.set(rowOf(from, row));
      if (intoLanes) to.values.set(lanes, row * LANES);
      else {
        const all = combine(combine(lanes[0]!, lanes[1]!), combine(lanes[2]!, lanes[3]!));
        to.values[row] = s.accumulate ? combine(to.values[row]!, all) : all;
      }
    }
  markWritten(to, context.active, site);
};

const lanes = new Float32Array(LANES);
const rowOf = ({ values, shape }: RegisterTile, row: number): Numbers =>
  values.subarray(row * shape.cols, (row + 1) * shape.cols);

/** Each lane adds its four columns of every 16 as (x + next) + (far + next). Columns that are not there add nothing. */
const sumOfLanes = (layout: Accumulator, values: Numbers, base: number, cols: number): void => {
  const end = base + cols;
  const { farColumn } = layout;
  for (let lane = 0; lane < LANES; lane++) {
    const first = base + laneColumn(layout, lane);
    for (let i = first; i < end; i += 16) {
      const near = i + 1 < end ? fround(values[i]! + values[i + 1]!) : values[i]!;
      const j = i + farColumn;
      const far = j + 1 < end ? fround(values[j]! + values[j + 1]!) : j < end ? values[j]! : 0;
      lanes[lane]! += fround(near + far);
    }
  }
};

const maxOfLanes = (
  { laneBits: [low, high] }: Accumulator,
  values: Numbers,
  base: number,
  cols: number,
): void => {
  const [lowShift, highShift] = [Math.log2(low), Math.log2(high) - 1];
  for (let col = 0; col < cols; col++) {
    const lane = ((col >> lowShift) & 1) + ((col >> highShift) & 2);
    lanes[lane] = larger(lanes[lane]!, values[base + col]!);
  }
};

const fold = (values: Numbers, combine: Combine, start: number): number => {
  let all = start;
  for (let i = 0; i < values.length; i++) all = combine(all, values[i]!);
  return all;
};

export const onlineSoftmax = (s: OnlineSoftmax, context: Context, site: Site): void => {
  const tile = (name: string): RegisterTile => context.registers.get(name);
  const [scores, weights, m, l, acc] = [s.scores, s.weights, s.m, s.l, s.acc].map(tile) as [
    RegisterTile,
    RegisterTile,
    RegisterTile,
    RegisterTile,
    RegisterTile,
  ];
  for (const read of [scores, m, l, acc]) checkWritten(read, context.active, site);
  const factor = valueOf(context, s.factor, site);
  for (let row = 0; row < scores.shape.rows; row++) {
    const x = scores.values.subarray(row * scores.shape.cols, (row + 1) * scores.shape.cols);
    const p = weights.values.subarray(row * x.length, (row + 1) * x.length);
    const before = m.values[row]!;
    const top = fold(x, larger, -Infinity);
    const maximum = larger(before, fround(top * factor));
    for (let col = 0; col < x.length; col++)
      p[col] = exp2(fround(fround(x[col]! * factor) - maximum));
    const shrink = fround(exp2(fround(before - maximum)));
    l.values[row] = fround(fround(l.values[row]! * shrink) + fold(p, sum, 0));
    m.values[row] = maximum;
    const width = acc.shape.cols;
    for (let i = row * width; i < (row + 1) * width; i++) acc.values[i]! *= shrink;
  }
  roundRows(weights.values, weights.shape, 0, weights.shape.rows);
  markWritten(weights, context.active, site);
};
