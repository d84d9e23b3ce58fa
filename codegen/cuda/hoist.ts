// Finds the parts of an element's value that are the same along its row, or in the whole tile, so that they are
// printed outside the loops. Pure expressions only; what a condition guards stays behind it.

import {
  type Expr,
  children,
  computesBoth,
  mapChildren,
  variable,
  variables,
} from "../expr/expr.ts";

export interface HoistedValue {
  readonly name: string;
  readonly value: Expr;
  /** Whether it differs from row to row. */
  readonly perRow: boolean;
}

/** Worth a name: reads memory or the row's number, or takes more than an instruction or two. */
const costly = (e: Expr): boolean => {
  switch (e.kind) {
    case "load":
      return true;
    case "var":
      return e.name === "row";
    case "unary":
      return !["neg", "not", "abs"].includes(e.op) || costly(e.a);
    case "binary":
      return ["div", "mod", "rem", "pow"].includes(e.op) || children(e).some(costly);
    default:
      return children(e).some(costly);
  }
};

/** `perColumn`, `perRow`: the variables that differ between the columns of a row, and between rows. */
export const hoistValues = (
  value: Expr,
  perColumn: ReadonlySet<string>,
  perRow: ReadonlySet<string>,
): { readonly inner: Expr; readonly hoisted: readonly HoistedValue[] } => {
  const hoisted: HoistedValue[] = [];
  const reads = (e: Expr, names: ReadonlySet<string>): boolean =>
    [...variables(e)].some((n) => names.has(n));
  const name = (stem: string): string => {
    const before = hoisted.filter((h) => h.name.startsWith(stem)).length;
    return before === 0 ? stem : `${stem}_${before + 1}`;
  };
  const hoist = (e: Expr): Expr => {
    if (e.kind === "const" || e.kind === "var") return e;
    if (!reads(e, perColumn)) {
      if (!costly(e)) return e;
      const inRow = reads(e, perRow);
      const h = { name: name(inRow ? "in_row" : "in_tile"), value: e, perRow: inRow };
      hoisted.push(h);
      return variable(e.type, h.name);
    }
    if (e.kind === "select") return { ...e, condition: hoist(e.condition) };
    if (e.kind === "binary" && (e.op === "and" || e.op === "or") && !computesBoth(e))
      return { ...e, a: hoist(e.a) };
    return mapChildren(e, hoist);
  };
  return { inner: hoist(value), hoisted };
};
