// Keeps elements that score, mask and sink read inside their tensors. Before: a tile spans its whole axis, and an
// index is what the author wrote; the simulator refuses one that is outside. After: tiles have sizes, so rows and
// columns beyond the extents are computed too, and no index leaves its axis: what is not proven to be inside stops at
// the first and last element.

import { unreachable } from "../base/diagnostic.ts";
import { bounds, type Bounds, type Interval } from "../expr/bounds.ts";
import {
  children,
  type Expr,
  i32,
  type Load,
  mapChildren,
  max,
  min,
  sub,
  variables,
} from "../expr/expr.ts";
import type { Kernel, Program, TensorDecl } from "../tile/program.ts";
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

interface Context {
  readonly kernel: Kernel;
  readonly tensors: readonly TensorDecl[];
  readonly scalars: ReadonlySet<string>;
}

const inside = (e: Expr, context: Context): Expr => {
  const mapped = mapChildren(e, (c) => inside(c, context));
  return mapped.kind === "load" ? clamped(mapped, context) : mapped;
};

const clamped = (load: Load, { kernel, tensors, scalars }: Context): Load => {
  const { axes } =
    tensors.find((t) => t.name === load.tensor) ?? unreachable("no tensor", load.tensor);
  const index = load.index.map(({ axis, value }, i) => {
    const extent = axes[i]?.extent ?? unreachable(`${load.tensor} has no axis ${axis}`);
    if (isPlace(value, axis, kernel)) return { axis, value };
    const { lo, hi } = rangeOf(value, scalars);
    const last = extent.kind === "const" ? extent.value - 1 : -1;
    const below = hi <= last ? value : min(value, sub(extent, i32(1)));
    return { axis, value: lo >= 0 ? below : max(below, i32(0)) };
  });
  return { ...load, index };
};

/** Needs nothing; must come before masks are written into maps. */
export const keepLoadsInside: Pass = (program: Program) => {
  const tensors = [...program.inputs, ...program.outputs, ...program.workspace];
  const scalars = new Set(program.scalars.map((s) => s.name));
  return editKernels(program, (kernel) =>
    mapBodies(kernel, (body) =>
      mapStatements(body, (s) => [
        mapExpressions(s, (e) => inside(e, { kernel, tensors, scalars })),
      ]),
    ),
  );
};
