// Splits an expression into what depends on given variables, as constant multiples or multiples by
// something that does not mention them, and the rest. Knows nothing of what the variables stand for.

import { constant, convert, mul, variables } from "./expr.ts";
import type { Expr } from "./expr.ts";
import { fromLinear, isInteger, linear, number, plus } from "./linear.ts";
import type { Linear, Term } from "./linear.ts";
import { simplify } from "./simplify.ts";

export interface Affine {
  /** Without names whose coefficient is zero. */
  readonly coefficients: ReadonlyMap<string, Expr>;
  readonly rest: Expr;
}

/**
 * `e` as the sum of coefficient * variable over `names`, plus rest; coefficients and rest do not mention the names.
 * Undefined where `e` is not of that form. Integers, or the f32 of an integer: then coefficients and rest are f32
 * and the sum is exact as long as each of them and each partial sum stays within 2^24.
 */
export const affine = (e: Expr, names: readonly string[]): Affine | undefined => {
  if (e.kind === "convert" && e.type === "f32" && isInteger(e.a.type)) {
    const inner = affine(e.a, names);
    return (
      inner && {
        coefficients: new Map([...inner.coefficients].map(([n, c]) => [n, convert("f32", c)])),
        rest: convert("f32", inner.rest),
      }
    );
  }
  if (!isInteger(e.type))
    return mentions(e, names) ? undefined : { coefficients: new Map(), rest: e };
  const parts = split(linear(e), names);
  if (parts === undefined) return undefined;
  const coefficients = new Map<string, Expr>();
  for (const [name, form] of parts.coefficients) {
    const coefficient = simplify(fromLinear(form, e.type));
    if (coefficient.kind !== "const" || coefficient.value !== 0)
      coefficients.set(name, coefficient);
  }
  return { coefficients, rest: simplify(fromLinear(parts.rest, e.type)) };
};

interface Parts {
  readonly coefficients: ReadonlyMap<string, Linear>;
  readonly rest: Linear;
}

const mentions = (e: Expr, names: readonly string[]): boolean => {
  const inside = variables(e);
  return names.some((n) => inside.has(n));
};

const split = (form: Linear, names: readonly string[]): Parts | undefined => {
  const coefficients = new Map<string, Linear>();
  let rest: Linear = number(form.constant);
  const gather = (name: string, by: Linear, factor: number): void => {
    coefficients.set(name, plus(coefficients.get(name) ?? number(0), by, factor));
  };
  for (const [key, term] of form.terms) {
    if (!mentions(term.expr, names)) {
      rest = plus(rest, { terms: new Map([[key, term]]), constant: 0 });
    } else if (term.expr.kind === "var") {
      gather(term.expr.name, number(1), term.coefficient);
    } else {
      const product = splitProduct(term, names);
      if (product === undefined) return undefined;
      for (const [name, by] of product.coefficients) gather(name, by, 1);
      rest = plus(rest, product.rest);
    }
  }
  return { coefficients, rest };
};

/** A product of which one factor does not mention the names. */
const splitProduct = ({ coefficient, expr }: Term, names: readonly string[]): Parts | undefined => {
  if (expr.kind !== "binary" || expr.op !== "mul") return undefined;
  const [fixed, moving] = mentions(expr.a, names) ? [expr.b, expr.a] : [expr.a, expr.b];
  if (mentions(fixed, names)) return undefined;
  const inner = split(linear(moving), names);
  if (inner === undefined) return undefined;
  const times = (by: Linear): Linear =>
    linear(mul(mul(fromLinear(by, expr.type), fixed), constant(expr.type, coefficient)));
  return {
    coefficients: new Map([...inner.coefficients].map(([name, by]) => [name, times(by)])),
    rest: times(inner.rest),
  };
};
