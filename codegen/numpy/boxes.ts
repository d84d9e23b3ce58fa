// Boxes of tensors as NumPy slices: views, padded where a tile reaches beyond its tensor.

import type { StoreTile } from "../tile/statement.ts";
import type { Slice, SliceIndex } from "../tile/statement-parts.ts";
import { printScalar } from "./expression.ts";
import { printRef, rounded, type Scope, tensorOf, tileOf } from "./scope.ts";
import { axisSize, type PythonTile } from "./tiles.ts";

export const isAtom = (text: string): boolean => /^-?[\w.]+$/.test(text);

const printIndex = (i: SliceIndex, scope: Scope): string => {
  switch (i.kind) {
    case "point":
      return printScalar(i.at, scope.place);
    case "all":
      return ":";
    case "tile": {
      const origin = printScalar(i.origin, scope.place);
      const size = axisSize(scope.kernel, i.axis, scope.place);
      return isAtom(origin)
        ? `${origin} : ${origin} + ${size}`
        : `${scope.place.use("span")}(${origin}, ${size})`;
    }
  }
};

/** A view of the tensor with the tile's rows first. */
const printView = (slice: Slice, tile: PythonTile, scope: Scope): string => {
  const ranges = slice.index.filter((i) => i.kind !== "point");
  const [first] = tile.decl.shape;
  const crossed = ranges.length === 2 && !(ranges[0]!.kind === "tile" && ranges[0]!.axis === first);
  const index = slice.index.map((i) => printIndex(i, scope));
  const view = `${scope.place.names.of("tensor", slice.tensor)}[${index.join(", ")}]`;
  if (tile.form !== "matrix") return `${view}[:, None]`;
  return crossed ? `${view}.T` : view;
};

export const printBox = (
  slice: Slice,
  tile: PythonTile,
  guarded: boolean,
  scope: Scope,
): string => {
  const view = printView(slice, tile, scope);
  const tensor = tensorOf(scope, slice.tensor);
  // A tile that is wider than the tensor holds zeros there, guarded or not.
  const padded = slice.index.some((i, n) => {
    const extent = tensor.axes[n]?.extent;
    return i.kind === "all" && !(extent?.kind === "const" && String(extent.value) === tile.cols);
  });
  return guarded || padded
    ? `${scope.place.use("pad")}(${view}, ${tile.rows}, ${tile.cols})`
    : view;
};

export const printStore = (s: StoreTile, scope: Scope): void => {
  const tile = tileOf(scope, s.from.tile);
  const { dtype } = tensorOf(scope, s.to.tensor);
  const view = printView(s.to, tile, scope);
  const source = printRef(s.from, scope);
  const value = tile.decl.dtype === dtype ? source : rounded(scope, dtype, source);
  const { use } = scope.place;
  const kept = (): string =>
    `np.where(${scope.taken}, ${value}, ${use("pad")}(${view}, ${tile.rows}, ${tile.cols}))`;
  scope.out.noted(
    `${use("store")}(${view}, ${scope.taken === undefined ? value : kept()})`,
    s.note,
  );
};
