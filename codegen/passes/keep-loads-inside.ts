// Keeps elements that score and mask read inside their tensors. Before: a tile spans its whole axis, and no
// element lies beyond it. After: tiles have sizes, so rows and columns beyond the extents are computed too;
// an index that moves with them stops at the first and last element. What is read there is never used.

import { unreachable } from "../base/diagnostic.ts";
import { bounds } from "../expr/bounds.ts";
import { type Expr, i32, type Load, mapChildren, max, min, sub, variables } from "../expr/expr.ts";
import { printExpr } from "../expr/print.ts";
import type { Kernel, Program, TensorDecl } from "../tile/program.ts";
import { mapBodies, mapExpressions, mapStatements } from "../tile/walk.ts";
import { editKernels } from "./edit.ts";
import type { Pass } from "./target.ts";

const movesWithElement = (e: Expr): boolean => {
  const names = variables(e);
  return names.has("row") || names.has("col");
};

/** Sizes and positions are not negative; differences of them may be. */
const neverNegative = (e: Expr): boolean => {
  const positions = [...variables(e)].map((name) => [name, { lo: 0, hi: 2 ** 31 - 1 }] as const);
  return bounds(e, new Map(positions)).lo >= 0;
};

const inside = (e: Expr, tensors: readonly TensorDecl[], kernel: Kernel): Expr => {
  const mapped = mapChildren(e, (c) => inside(c, tensors, kernel));
  return mapped.kind === "load" ? clamped(mapped, tensors, kernel) : mapped;
};

/** The columns of a tile that the grid shares out, where tiles fill the axis. */
const fillsAxis = ({ grid, axes }: Kernel, e: Expr): boolean => {
  if (grid.kind !== "space" || grid.columns === undefined) return false;
  const { axis, origin } = grid.columns;
  const { size, extent } = axes.find((a) => a.name === axis) ?? unreachable(axis);
  const isColumn = printExpr(e) === `${origin} + col`;
  return isColumn && size !== undefined && extent.kind === "const" && extent.value % size === 0;
};

const clamped = (load: Load, tensors: readonly TensorDecl[], kernel: Kernel): Load => {
  const { axes } =
    tensors.find((t) => t.name === load.tensor) ?? unreachable("no tensor", load.tensor);
  const index = load.index.map(({ axis, value }, i) => {
    const extent = axes[i]?.extent ?? unreachable(`${load.tensor} has no axis ${axis}`);
    if (!movesWithElement(value) || fillsAxis(kernel, value)) return { axis, value };
    const last = min(value, sub(extent, i32(1)));
    return { axis, value: neverNegative(value) ? last : max(last, i32(0)) };
  });
  return { ...load, index };
};

/** Needs nothing; must come before masks are written into maps. */
export const keepLoadsInside: Pass = (program: Program) =>
  editKernels(program, (kernel) =>
    mapBodies(kernel, (body) =>
      mapStatements(body, (s) => [
        mapExpressions(s, (e) => inside(e, [...program.inputs, ...program.workspace], kernel)),
      ]),
    ),
  );
