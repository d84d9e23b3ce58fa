// Integer expressions as sums of constant multiples: 2 * x - y + 3. Terms are told apart by their text.
// Knows sums, differences and constant factors; whatever else an expression is made of is one term.

import { add, binary, constant, convert, mul, sub, unary } from "./expr.ts";
import type { Expr, ScalarType } from "./expr.ts";
import { printExpr } from "./print.ts";

export interface Term {
  readonly coefficient: number;
  readonly expr: Expr;
}
export interface Linear {
  /** By the text of the term; no coefficient is zero. */
  readonly terms: ReadonlyMap<string, Term>;
  readonly constant: number;
}

export const isInteger = (type: ScalarType): boolean => type === "i32" || type === "i64";

export const number = (value: number): Linear => ({ terms: new Map(), constant: value });

/** i32 and i64 mix: a widening conversion does not change a value. */
export const linear = (e: Expr): Linear => {
  switch (e.kind) {
    case "const":
      return number(e.value);
    case "convert":
      if (e.type === "i64" && e.a.type === "i32") return linear(e.a);
      break;
    case "unary":
      if (e.op === "neg") return scale(linear(e.a), -1);
      break;
    case "binary":
      if (e.op === "add") return plus(linear(e.a), linear(e.b));
      if (e.op === "sub") return plus(linear(e.a), linear(e.b), -1);
      if (e.op === "mul" && e.b.kind === "const") return scale(linear(e.a), e.b.value);
      if (e.op === "mul" && e.a.kind === "const") return scale(linear(e.b), e.a.value);
      break;
    case "var":
    case "load":
    case "select":
      break;
  }
  return { terms: new Map([[keyOf(e), { coefficient: 1, expr: e }]]), constant: 0 };
};

const keys = new WeakMap<Expr, string>();

const keyOf = (e: Expr): string => {
  const key = keys.get(e) ?? printExpr(e);
  keys.set(e, key);
  return key;
};

/** a + factor * b */
export const plus = (a: Linear, b: Linear, factor = 1): Linear => {
  const terms = new Map(a.terms);
  for (const [key, { coefficient, expr }] of b.terms) {
    const sum = (terms.get(key)?.coefficient ?? 0) + factor * coefficient;
    if (sum === 0) terms.delete(key);
    else terms.set(key, { coefficient: sum, expr: terms.get(key)?.expr ?? expr });
  }
  return { terms, constant: a.constant + factor * b.constant };
};

export const minus = (a: Linear, b: Linear): Linear => plus(a, b, -1);

export const scale = (a: Linear, factor: number): Linear => plus(number(0), a, factor);

export const isConstant = (a: Linear): boolean => a.terms.size === 0;

/** The same for equal sums, whatever the order of their terms. */
export const textOf = (a: Linear): string =>
  [...a.terms]
    .map(([key, t]) => `${t.coefficient} ${key}`)
    .sort()
    .join(" + ") + ` + ${a.constant}`;

/** Without the term of that text. */
export const without = (a: Linear, key: string): Linear => {
  const terms = new Map(a.terms);
  terms.delete(key);
  return { terms, constant: a.constant };
};

/** As an expression that reads well: it begins with a positive term and ends with the constant. */
export const fromLinear = (a: Linear, type: ScalarType): Expr => {
  const terms = [...a.terms.values()];
  const first = terms.findIndex((t) => t.coefficient > 0);
  const ordered = first > 0 ? [terms[first]!, ...terms.toSpliced(first, 1)] : terms;
  const leading = first < 0 && a.constant > 0;
  const start = leading ? constant(type, a.constant) : undefined;
  const sum = ordered.reduce<Expr | undefined>((sofar, t) => addTerm(sofar, t, type), start);
  if (sum === undefined) return constant(type, a.constant);
  if (leading || a.constant === 0) return sum;
  const rest = constant(type, Math.abs(a.constant));
  return a.constant > 0 ? add(sum, rest) : sub(sum, rest);
};

const addTerm = (sum: Expr | undefined, { coefficient, expr }: Term, type: ScalarType): Expr => {
  const term = convert(type, expr);
  const size = Math.abs(coefficient);
  const product = size === 1 ? term : mul(term, constant(type, size));
  if (sum !== undefined) return coefficient > 0 ? add(sum, product) : sub(sum, product);
  return coefficient > 0 ? product : unary("neg", product);
};

/** The condition `a` >= 0 in i64, with each term on the side where it is positive. */
export const isNonNegative = (a: Linear): Expr => {
  const side = (sign: 1 | -1, constant: number): Expr => {
    const terms = [...scale(a, sign).terms].filter(([, t]) => t.coefficient > 0);
    return fromLinear({ terms: new Map(terms), constant }, "i64");
  };
  if (a.constant < 0) return binary("gt", side(1, 0), side(-1, -a.constant - 1));
  const [more, less] = [side(1, a.constant), side(-1, 0)];
  return more.kind === "const" ? binary("le", less, more) : binary("ge", more, less);
};
