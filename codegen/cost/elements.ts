// Work of a warp that evaluates an expression for every element of a register tile. What does not depend on
// the column is evaluated once a row, what depends on neither once: nvcc moves it out of unrolled loops.

import { type Expr, children } from "../expr/expr.ts";
import { instructionsOf } from "./instructions.ts";
import { type Work, nothing, sum, times } from "./work.ts";

/** Elements of one lane: rows x columns, or rows alone in a row vector. */
export interface Part {
  readonly rows: number;
  readonly columns: number;
}

export type TileRank = "vector" | "matrix";

interface Dependence {
  readonly row: boolean;
  readonly column: boolean;
  /** Known once the loops are unrolled. */
  readonly constant: boolean;
}

/** `rankOf`: undefined where the name is no tile's. */
export const workOfElements = (
  value: Expr,
  part: Part,
  rankOf: (name: string) => TileRank | undefined,
): Work => {
  const visit = (e: Expr): Dependence & { readonly work: Work } => {
    const parts = children(e).map(visit);
    const own = e.kind === "var" ? dependenceOf(e.name, rankOf(e.name)) : undefined;
    const row = own?.row ?? parts.some((p) => p.row);
    const column = own?.column ?? parts.some((p) => p.column);
    const constant = own?.constant ?? parts.every((p) => p.constant);
    const values = constant ? 0 : (row ? part.rows : 1) * (column ? part.columns : 1);
    const here = times(instructionsOf(e), values);
    // What a warp waits for does not grow with the number of independent elements.
    const waits = values > 0 && (here.special > 0 || here.waits > 0) ? 1 : 0;
    return { row, column, constant, work: sum([...parts.map((p) => p.work), { ...here, waits }]) };
  };
  return value.kind === "const" ? nothing : visit(value).work;
};

const dependenceOf = (name: string, rank: TileRank | undefined): Dependence => ({
  row: rank !== undefined || name === "row",
  column: rank === "matrix" || name === "col" || name === "fixed_col",
  constant: name === "fixed_col",
});
