// Extents of the description as expressions over launch sizes. Knows nothing of tiles.

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, floorDiv, i32, mul, variable } from "../expr/expr.ts";
import type { Axis, Description, Extent, TensorSpec } from "../spec/description.ts";
import type { TensorDecl } from "../tile/program.ts";

export const extentExpr = (extent: Extent): Expr =>
  typeof extent === "number"
    ? i32(extent)
    : extent
        .map((name): Expr => variable("i32", name))
        .reduceRight((product, factor) => mul(factor, product));

export const tensor = (d: Description, name: string): TensorSpec =>
  [...d.inputs, ...d.outputs].find((t) => t.name === name) ?? unreachable(`no tensor ${name}`);

export const extentOfAxis = (t: TensorSpec, axis: Axis): Extent =>
  t.axes.find((a) => a.axis === axis)?.extent ?? unreachable(`${t.name} has no axis ${axis}`);

export const constantExtent = (t: TensorSpec, axis: Axis): number => {
  const extent = extentOfAxis(t, axis);
  return typeof extent === "number" ? extent : unreachable(`${t.name}.${axis} is not constant`);
};

export const declare = (t: TensorSpec): TensorDecl => ({
  name: t.name,
  dtype: t.dtype,
  axes: t.axes.map((a) => ({ axis: a.axis, extent: extentExpr(a.extent) })),
});

/** G: how many query heads share one KV head. Capture has checked that Hq is G times Hkv. */
export const groupSize = (heads: Extent, kvHeads: Extent): Expr => {
  if (typeof heads === "number" && typeof kvHeads === "number") return i32(heads / kvHeads);
  const left = typeof heads === "number" ? [] : [...heads];
  for (const factor of typeof kvHeads === "number" ? [] : kvHeads) {
    const at = left.indexOf(factor);
    if (at < 0) return floorDiv(extentExpr(heads), extentExpr(kvHeads));
    left.splice(at, 1);
  }
  return left.length === 0 ? i32(1) : extentExpr(left);
};
