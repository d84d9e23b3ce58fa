// Statements that compute tiles element by element: fill, map, absent, and the condition of if_any.

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, select, variable, variables } from "../expr/expr.ts";
import type { Absent, Fill, IfAny, MapTile, Statement } from "../tile/statement.ts";
import { activeRows, type Context, rowsOf, valueOf } from "./context.ts";
import { type Numbers, readElement } from "./global.ts";
import { compileLoop, type Extent, type Loop } from "./loops.ts";
import { roundAll } from "./round.ts";
import type { Site } from "./site.ts";
import { checkWritten, type Form, markWritten, type TileShape } from "./tiles.ts";

/** Rounds rows that hold f32 results to what the tile can hold. */
export const roundRows = (
  values: Numbers,
  { dtype, cols }: TileShape,
  first: number,
  last: number,
): void => {
  if (values instanceof Float32Array && dtype !== "i32")
    roundAll(dtype, values.subarray(first * cols, last * cols));
};

export const fill = (s: Fill, context: Context, site: Site): void => {
  const to = context.registers.get(s.to);
  const value = valueOf(context, s.value, site);
  for (const [first, last] of activeRows(context, to.shape.rows)) {
    to.values.fill(value, first * to.shape.cols, last * to.shape.cols);
    roundRows(to.values, to.shape, first, last);
  }
  markWritten(to, context.active, site);
};

/** Unscheduled, elements beyond an extent are not computed: they become NaN, and `absent` sets them. */
export const map = (s: MapTile, context: Context, site: Site): void => {
  const to = context.registers.get(s.to);
  const { shape, values } = to;
  const { rows, cols } = present(shape, context);
  const run = prepare(s, s.value, shape.form, context, site);
  for (const [first, last] of activeRows(context, shape.rows)) {
    run(values, { first, last: Math.min(last, rows), cols, width: shape.cols });
    roundRows(values, shape, first, Math.min(last, rows));
    if (values instanceof Float32Array) fillBeyond(values, shape, [rows, cols], NaN);
  }
  markWritten(to, context.active, site);
};

/** Elements outside the extents, and those where the loop's `where` fails. */
export const absent = (s: Absent, context: Context, site: Site): void => {
  const tile = context.registers.get(s.to);
  const { shape, values } = tile;
  checkWritten(tile, context.active, site);
  if (!(values instanceof Float32Array)) return unreachable(`absent elements of integers`);
  const { rows, cols } = present(shape, context);
  const where = context.columns?.where;
  if (where !== undefined) {
    const kept = select(where, variable("f32", s.to), s.value);
    const extent = { first: 0, last: rows, cols, width: shape.cols };
    prepare(s, kept, shape.form, context, site)(values, extent);
  }
  fillBeyond(values, shape, [rows, cols], valueOf(context, s.value, site));
};

/** Which of the active warps have a row for which the condition holds. */
export const warpsWhere = (s: IfAny, context: Context, site: Site): readonly number[] => {
  const vectors = [...variables(s.condition)].flatMap((n) => context.registers.find(n) ?? []);
  const rows = vectors[0]?.shape.rows ?? unreachable("if_any without a tile");
  const form = vectors.some((v) => v.shape.form === "lanes") ? "lanes" : "rows";
  const width = form === "lanes" ? 4 : 1;
  const operand = prepare(s, s.condition, form, context, site);
  const holds = new Uint8Array(rows * width);
  return context.active.filter((warp) => {
    const [first, last] = rowsOf(context, warp, rows);
    operand(holds, { first, last, cols: width, width });
    return holds.subarray(first * width, last * width).includes(1);
  });
};

/** Rows and columns of a tile that exist, where the program is unscheduled. */
const present = (shape: TileShape, context: Context): { rows: number; cols: number } => {
  const inside = (axis: string | number | undefined, count: number): number => {
    const origin = typeof axis === "string" ? context.origins.get(axis) : undefined;
    if (origin === undefined) return count;
    return Math.min(count, context.block.launch.axes.get(axis as string)!.extent - origin);
  };
  return { rows: inside(shape.axes[0], shape.rows), cols: inside(shape.axes[1], shape.cols) };
};

const fillBeyond = (
  values: Float32Array,
  shape: TileShape,
  [rows, cols]: readonly [number, number],
  value: number,
): void => {
  if (cols < shape.cols)
    for (let row = 0; row < rows; row++)
      values.fill(value, row * shape.cols + cols, (row + 1) * shape.cols);
  values.fill(value, rows * shape.cols);
};

const loops = new WeakMap<Statement, Loop>();

/** A statement has one loop: what its names stand for does not change while the program runs. */
const loopOf = (s: Statement, value: Expr, form: Form, context: Context): Loop => {
  const known = loops.get(s);
  if (known !== undefined) return known;
  const { accumulator } = context.block.launch.fragments;
  const formOf = (name: string): Form | undefined => context.registers.find(name)?.shape.form;
  const loop = compileLoop(value, form, accumulator, formOf);
  loops.set(s, loop);
  return loop;
};

const prepare = (
  s: Statement,
  value: Expr,
  form: Form,
  context: Context,
  site: Site,
): ((out: Numbers | Uint8Array, extent: Extent) => void) => {
  const loop = loopOf(s, value, form, context);
  const { launch, actor } = context.block;
  const tiles = loop.tiles.map((name) => {
    const tile = context.registers.get(name);
    checkWritten(tile, context.active, site);
    return tile.values;
  });
  const scalars = loop.scalars.map((name) => context.scope.get(name));
  const load = (i: number, ...index: readonly number[]): number =>
    readElement(launch.tensors.get(loop.loads[i]!.tensor)!, index, actor, site);
  return (out, extent) => loop.run(out, { tiles, scalars, load }, extent);
};
