// Integer sums and divisions in their shortest form. The laws of a ring, and of floor division by a positive
// constant; what is no integer is simplify.ts's.

import { bounds } from "./bounds.ts";
import { integerRange } from "./evaluate.ts";
import { binary, children, constant, floorDiv } from "./expr.ts";
import type { Binary, Expr, ScalarType } from "./expr.ts";
import { fromLinear, isConstant, linear, minus } from "./linear.ts";
import type { Linear } from "./linear.ts";

/** Not for integers outside their type: those would not mean the same in C++. */
export const fits = (type: ScalarType, value: number): boolean => {
  if (type === "i64") return Number.isSafeInteger(value);
  return type !== "i32" || (value >= integerRange.i32.lo && value <= integerRange.i32.hi);
};

/** The sum of e's terms, where that is shorter than e. */
export const shorterSum = (e: Expr): Expr => {
  const form = linear(e);
  if (!presentable(form, e.type)) return e;
  const sum = fromLinear(form, e.type);
  return cost(sum) < cost(e) ? sum : e;
};

const presentable = (form: Linear, type: ScalarType): boolean =>
  fits(type, Math.abs(form.constant)) &&
  [...form.terms.values()].every((t) => fits(type, Math.abs(t.coefficient)));

/** Nodes; a constant that is negative, or first in a sum or product, reads worse and costs one more. */
const cost = (e: Expr): number => {
  const own = e.kind === "const" && e.value < 0 ? 2 : 1;
  const first =
    e.kind === "binary" && (e.op === "add" || e.op === "mul") && e.a.kind === "const" ? 1 : 0;
  return children(e).reduce((sum, c) => sum + cost(c), own + first);
};

/** Multiples of a positive constant divisor leave the division: div(64 * x + r, 64) = x + div(r, 64). */
export const shorterDivision = (e: Binary, op: "div" | "mod"): Expr => {
  const { a, b, type } = e;
  if (b.kind !== "const" || b.value <= 0) return e;
  const divisor = b.value;
  const whole = linear(a);
  if (!presentable(whole, type)) return e;
  const quotient = quotientOf(whole, divisor);
  const rest = minus(whole, {
    terms: scaled(quotient.terms, divisor),
    constant: quotient.constant * divisor,
  });
  const inside = remainder(rest, divisor, type, op);
  const better = op === "mod" ? inside : binary("add", fromLinear(quotient, type), inside);
  if (cost(withShorterSum(better)) < cost(e)) return better;
  return op === "div" ? (reduced(whole, divisor, type) ?? nested(e, divisor)) : e;
};

/** div(g x + c, g n) = div(x + div(c, g), n) for the greatest common divisor g of all factors. */
const reduced = (whole: Linear, divisor: number, type: ScalarType): Expr | undefined => {
  const common = [...whole.terms.values()].reduce(
    (g, t) => gcd(Math.abs(t.coefficient), g),
    divisor,
  );
  if (common === 1 || isConstant(whole)) return undefined;
  return floorDiv(fromLinear(quotientOf(whole, common), type), constant(type, divisor / common));
};

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

const withShorterSum = (e: Expr): Expr => (e.kind === "binary" ? shorterSum(e) : e);

const scaled = (terms: Linear["terms"], factor: number): Linear["terms"] =>
  new Map([...terms].map(([key, t]) => [key, { ...t, coefficient: t.coefficient * factor }]));

/** The part of a sum that the divisor divides, divided. */
const quotientOf = (form: Linear, divisor: number): Linear => ({
  terms: new Map(
    [...form.terms]
      .filter(([, t]) => t.coefficient % divisor === 0)
      .map(([key, t]) => [key, { ...t, coefficient: t.coefficient / divisor }]),
  ),
  constant: Math.floor(form.constant / divisor),
});

const remainder = (rest: Linear, divisor: number, type: ScalarType, op: "div" | "mod"): Expr => {
  const left = fromLinear(rest, type);
  if (isConstant(rest)) return constant(type, op === "mod" ? rest.constant : 0);
  const { lo, hi } = bounds(left, new Map());
  if (lo >= 0 && hi < divisor) return op === "mod" ? left : constant(type, 0);
  return binary(op, left, constant(type, divisor));
};

/** div(div(x, m), n) = div(x, m * n) for positive m and n. */
const nested = (e: Binary, divisor: number): Expr => {
  const { a, type } = e;
  const by = a.kind === "binary" && a.op === "div" ? a.b : undefined;
  if (
    a.kind !== "binary" ||
    by?.kind !== "const" ||
    by.value <= 0 ||
    !fits(type, by.value * divisor)
  )
    return e;
  return floorDiv(a.a, constant(type, by.value * divisor));
};
