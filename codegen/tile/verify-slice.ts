// Boxes of tensors: do they fit the tensor, and the tile that they are read into or written from?

import { codes } from "../base/codes.ts";
import type { TensorDecl, TileDecl } from "./program.ts";
import type { Statement } from "./statement.ts";
import type { Slice, SliceIndex } from "./statement-parts.ts";
import { type At, everywhere, expr } from "./verify-at.ts";
import { placeOf } from "./verify-expression.ts";
import { axisUnknown } from "./verify-declarations.ts";

export const checkSlice = (
  at: At,
  s: Statement,
  slice: Slice,
  tile: TileDecl | undefined,
  verb: "read" | "written",
): void => {
  const { check } = at;
  const tensor = check.tensor(slice.tensor);
  if (tensor === undefined) {
    const { inputs, outputs } = check.program;
    const known = [...inputs, ...outputs].map((t) => t.name);
    return check.report(codes.unknownName(s.span, "tensor", slice.tensor, known));
  }
  if (!(verb === "read" ? check.readable(tensor.name) : check.writable(tensor.name)))
    check.report(codes.tensorAccess(s.span, tensor.name, verb));
  for (const index of slice.index) checkIndex(at, s, index);
  const axes = tensor.axes.map((a) => a.axis);
  if (slice.index.length !== axes.length)
    return check.report(codes.indexCount(s.span, tensor.name, axes, slice.index.length));
  if (tile === undefined) return;
  const problem = misfit(tensor, slice.index, tile) ?? inPieces(tensor, slice.index, tile);
  if (problem !== undefined)
    check.report(codes.sliceMisfit(s.span, tensor.name, tile.name, problem));
  checkDType(at, s, tensor, tile);
};

const checkIndex = (at: At, s: Statement, index: SliceIndex): void => {
  switch (index.kind) {
    case "point":
      return expr(at, s, index.at, everywhere(at, "an index"), "i32", "i64");
    case "tile":
      if (!at.kernel.axes.some((a) => a.name === index.axis))
        at.check.report(axisUnknown(at.kernel, index.axis, s.span));
      return expr(at, s, index.origin, everywhere(at, "an origin"), "i32", "i64");
    case "all":
      return;
  }
};

/** Registers round on their way out; everything else is moved as it is. */
const checkDType = ({ check }: At, s: Statement, tensor: TensorDecl, tile: TileDecl): void => {
  const rounds = s.kind === "store" && tile.place.kind !== "shared" && tile.dtype === "f32";
  if (tile.dtype !== tensor.dtype && !(rounds && tensor.dtype !== "i32"))
    check.report(codes.wrongDType(s.span, tile.name, tile.dtype, tensor.dtype));
};

/** The axes that a box spans must be the tile's, in order. */
const misfit = (
  tensor: TensorDecl,
  index: readonly SliceIndex[],
  tile: TileDecl,
): string | undefined => {
  const spans = index.flatMap((entry, i) => (entry.kind === "point" ? [] : [{ entry, i }]));
  if (spans.length !== tile.shape.length)
    return `it spans ${spans.length} axes, the tile has ${tile.shape.length}`;
  for (const [n, { entry, i }] of spans.entries()) {
    const side = tile.shape[n];
    if (entry.kind === "tile" && side !== entry.axis)
      return `a tile of ${entry.axis} stands where the tile has ${side}`;
    const extent = tensor.axes[i]?.extent;
    if (entry.kind === "all" && (extent?.kind !== "const" || typeof side !== "number"))
      return `the whole of axis ${tensor.axes[i]?.axis} needs a constant size on both sides`;
    if (extent?.kind === "const" && typeof side === "number" && side < extent.value)
      return `axis ${tensor.axes[i]?.axis} has ${extent.value} elements, the tile holds ${side}`;
  }
  return undefined;
};

/** Shared memory is filled and emptied, through chunks too, in pieces of 16 bytes along the last axis. */
const inPieces = (
  tensor: TensorDecl,
  index: readonly SliceIndex[],
  tile: TileDecl,
): string | undefined => {
  if (!["shared", "chunks"].includes(placeOf(tile))) return undefined;
  const extent = tensor.axes.at(-1)?.extent;
  const whole = index.at(-1)?.kind === "all" && extent?.kind === "const" && extent.value % 8 === 0;
  return whole ? undefined : "it must end in the whole of a last axis of 8 n elements";
};
