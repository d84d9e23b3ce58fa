// A box of a tensor as the tile helpers take it: a pointer to the rows of one head, the stride from row to
// row, the first row and the extent.

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, variables } from "../expr/expr.ts";
import type { Slice } from "../tile/statement-parts.ts";
import { printExpression, printOperand } from "./expression.ts";
import type { Scope } from "./scope.ts";

/** Where the rows begin: the tensor, moved to the slice's points. */
export const pointerText = (slice: Slice, scope: Scope): string => {
  const { pointer, strides } = scope.tensor(slice.tensor);
  const points = slice.index.flatMap((index, i) => {
    if (index.kind !== "point") return [];
    const at = printOperand(index.at, scope);
    return [strides[i] === undefined ? at : `${at} * ${strides[i]}`];
  });
  return [pointer, ...points].join(" + ");
};

/** "origin, extent" of the columns. */
export const columnArguments = (slice: Slice, scope: Scope): string => {
  const extent = scope.tensor(slice.tensor).decl.axes.at(-1)?.extent;
  const index = slice.index.at(-1);
  if (extent === undefined || index === undefined || index.kind === "point")
    return unreachable(`no columns in a slice of ${slice.tensor}`);
  const origin = index.kind === "tile" ? printExpression(index.origin, scope) : "0";
  return `${origin}, ${printExpression(extent, scope)}`;
};

export const pointExpressions = (slice: Slice): readonly Expr[] =>
  slice.index.flatMap((index) => (index.kind === "point" ? [index.at] : []));

/** Whether the pointer can be formed where only these names exist. */
export const pointsUseOnly = (slice: Slice, names: ReadonlySet<string>): boolean =>
  pointExpressions(slice).every((e) => [...variables(e)].every((n) => names.has(n)));

/** "stride, origin, extent": the arguments that say which rows. */
export const rowArguments = (slice: Slice, scope: Scope): string => {
  const { decl, strides } = scope.tensor(slice.tensor);
  const at = slice.index.findIndex((index) => index.kind === "tile");
  const index = slice.index[at];
  const axis = decl.axes[at];
  if (index?.kind !== "tile" || !axis) return unreachable(`no rows in a slice of ${slice.tensor}`);
  const extent = printExpression(axis.extent, scope);
  return `${strides[at] ?? "1"}, ${printExpression(index.origin, scope)}, ${extent}`;
};

/** Columns of a tile that the tensor has not: it is padded to what the instructions want. */
export const padding = (slice: Slice, tileColumns: number, scope: Scope): number => {
  const last = scope.tensor(slice.tensor).decl.axes.at(-1);
  const index = slice.index.at(-1);
  return index?.kind === "all" && last?.extent.kind === "const"
    ? tileColumns - last.extent.value
    : unreachable(`the columns of ${slice.tensor} have no constant extent`);
};
