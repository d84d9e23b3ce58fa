// Expressions as the launcher computes them: over sizes that are 64 bits wide, so that nothing overflows
// before it has been checked.

import { type Expr, mapChildren } from "../expr/expr.ts";
import type { Program, TensorDecl } from "../tile/program.ts";
import { multiprocessors } from "../tile/scope.ts";
import { type Arguments, fieldOf } from "./abi.ts";
import { printExpression } from "./expression.ts";
import { Identifiers } from "./names.ts";
import { Scope } from "./scope.ts";
import type { Used } from "./used.ts";

/** The same value in 64 bits. */
export const widen = (e: Expr): Expr => {
  const wide = mapChildren(e, widen);
  if (wide.kind === "convert" && wide.type === wide.a.type) return wide.a;
  if (wide.type !== "i32") return wide;
  const same = { ...wide, type: "i64" } as const;
  return same.kind === "convert" && same.a.type === "i64" ? same.a : same;
};

export interface HostScope {
  readonly scope: Scope;
  readonly names: Identifiers;
  /** An integer expression over sizes, in 64 bits. */
  text(e: Expr): string;
  /** The same where more names are known. */
  textIn(scope: Scope, e: Expr): string;
}

/** Dims and the program's host values are locals of the launcher, scalars fields of its argument. */
export const hostScope = (program: Program, args: Arguments, used: Used): HostScope => {
  const names = new Identifiers("locals");
  const scalars = program.scalars.map(({ name }) => {
    const field = fieldOf(args, (r) => r.kind === "scalar" && r.scalar === name);
    return [name, `a.${field.name}`] as const;
  });
  const dims = program.dims.map((dim) => [dim, names.of(dim)] as const);
  const values = program.host.map((h) => [h.name, names.of(h.name)] as const);
  const scope = new Scope(
    { values: new Map(), tensors: new Map(), boxes: new Map() },
    used,
    [...dims, ...scalars, [multiprocessors, "multiprocessors()"], ...values],
    [...program.dims, multiprocessors],
  );
  const textIn = (where: Scope, e: Expr): string => printExpression(widen(e), where);
  return { scope, names, textIn, text: (e) => textIn(scope, e) };
};

/** Conditions that hold together where a tensor has elements. */
export const notEmpty = (t: TensorDecl, host: HostScope): readonly string[] => [
  ...new Set(
    t.axes.flatMap(({ extent }) =>
      extent.kind === "const" ? (extent.value > 0 ? [] : ["false"]) : [`${host.text(extent)} > 0`],
    ),
  ),
];
