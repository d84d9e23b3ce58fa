// Keeps elements that score, mask and sink read inside their tensors. Before: a tile spans its whole axis, and an
// index is what the author wrote; the simulator refuses one that is outside. After: tiles have sizes, so rows and
// columns beyond the extents are computed too, and no index leaves its axis: what is not proven to be inside stops at
// the first and last element.

import { unreachable } from "../base/diagnostic.ts";
import { bounds, type Bounds, type Interval } from "../expr/bounds.ts";
import {
  add,
  children,
  type Expr,
  i32,
  type Load,
  mapChildren,
  max,
  min,
  sameExpr,
  sub,
  variable,
  variables,
} from "../expr/expr.ts";
import type { Kernel, Program } from "../tile/program.ts";
import { mapBodies, mapExpressions, mapStatements } from "../tile/walk.ts";
import { editKernels } from "./edit.ts";
import type { Pass } from "./target.ts";

/** Of an i32; a sum of two of them is what a tile's origin and a place in it come to. */
const largest = 2 ** 31 - 1;
const anywhere: Interval = { lo: -Infinity, hi: Infinity };

/** Whether some sum or product may leave the integers. */
const wraps = (e: Expr, env: Bounds): boolean => {
  if (children(e).some((c) => wraps(c, env))) return true;
  if (e.type !== "i32" || e.kind === "load" || e.kind === "var") return false;
  const { lo, hi } = bounds(e, env);
  return lo < -2 * largest || hi > 2 * largest;
};

/** Where a value lies: sizes and positions are not negative, scalars given at launch may be anything. */
const rangeOf = (e: Expr, scalars: ReadonlySet<string>): Interval => {
  const range = (name: string): Interval => (scalars.has(name) ? anywhere : { lo: 0, hi: largest });
  const env = new Map([...variables(e)].map((name) => [name, range(name)] as const));
  return wraps(e, env) ? anywhere : bounds(e, env);
};

/** A head or batch entry of the block's own. */
const isPlace = (e: Expr, axis: string, { grid }: Kernel): boolean =>
  e.kind === "var" &&
  e.name === axis &&
  (axis === "hkv" || (grid.kind === "space" && grid.points.some((p) => p.name === axis)));

const movesWithElement = (e: Expr): boolean => {
  const names = variables(e);
  return names.has("row") || names.has("col");
};

/** The columns of a tile that the grid shares out, where tiles fill the axis. */
const fillsAxis = (e: Expr, { grid, axes }: Kernel): boolean => {
  if (grid.kind !== "space" || grid.columns === undefined) return false;
  const { axis, origin } = grid.columns;
  const { size, extent } = axes.find((a) => a.name === axis) ?? unreachable(axis);
  const isColumn = sameExpr(e, add(variable("i32", origin), variable("i32", "col")));
  return isColumn && size !== undefined && extent.kind === "const" && extent.value % size === 0;
};

interface Context {
  readonly kernel: Kernel;
  readonly program: Program;
  readonly scalars: ReadonlySet<string>;
}

const inside = (e: Expr, context: Context): Expr => {
  const mapped = mapChildren(e, (c) => inside(c, context));
  return mapped.kind === "load" ? clamped(mapped, context) : mapped;
};

/** Of what the program has made itself, only places in tiles may lie beyond an axis. */
const isInside = (e: Expr, axis: string, load: Load, { kernel, program }: Context): boolean =>
  isPlace(e, axis, kernel) ||
  fillsAxis(e, kernel) ||
  (!movesWithElement(e) && !program.inputs.some((t) => t.name === load.tensor));

const clamped = (load: Load, context: Context): Load => {
  const { inputs, outputs, workspace } = context.program;
  const { axes } =
    [...inputs, ...outputs, ...workspace].find((t) => t.name === load.tensor) ??
    unreachable("no tensor", load.tensor);
  const index = load.index.map(({ axis, value }, i) => {
    const extent = axes[i]?.extent ?? unreachable(`${load.tensor} has no axis ${axis}`);
    if (isInside(value, axis, load, context)) return { axis, value };
    const { lo, hi } = rangeOf(value, context.scalars);
    const last = extent.kind === "const" ? extent.value - 1 : -1;
    const below = hi <= last ? value : min(value, sub(extent, i32(1)));
    return { axis, value: lo >= 0 ? below : max(below, i32(0)) };
  });
  return { ...load, index };
};

/** Needs nothing; must come before masks are written into maps. */
export const keepLoadsInside: Pass = (program: Program) => {
  const scalars = new Set(program.scalars.map((s) => s.name));
  return editKernels(program, (kernel) =>
    mapBodies(kernel, (body) =>
      mapStatements(body, (s) => [
        mapExpressions(s, (e) => inside(e, { kernel, program, scalars })),
      ]),
    ),
  );
};
