// Smaller expressions of the same value: evaluate(simplify(e), env, "f32") is evaluate(e, env, "f32") bit for
// bit wherever the latter has a value (what divides by zero may lose the division). In f64 it may differ by the
// f32 rounding of folded constants, so the oracle evaluates what capture wrote.
//
// Integers obey the laws of a ring. Floats do not: x + 0.0 stays (-0.0 + 0.0 is +0.0), x - x and x * 0.0 stay
// (NaN, infinities), sums are not reassociated. What is used: x * 1, x / 1, x - 0.0, x * -1 = -x, x + (-y) = x - y, and
// x / 2^n = x * 2^-n.

import { bounds } from "./bounds.ts";
import { binaryValue, convertValue, dividesIntegers, unaryValue } from "./evaluate.ts";
import { binary, bool, constant, mapChildren, select, unary } from "./expr.ts";
import type { Binary, BinaryOp, Convert, Expr, Select, Unary } from "./expr.ts";
import { isInteger } from "./linear.ts";
import { printExpr } from "./print.ts";
import { fits, shorterDivision, shorterSum } from "./shorten.ts";

/** Keeps the span of every expression that it keeps, and gives a new one the span of what it replaces. */
export const simplify = (e: Expr): Expr => {
  if (simple.has(e)) return e;
  const inner = mapChildren(e, simplify);
  const better = step(inner);
  const next = e.span && !better.span ? { ...better, span: e.span } : better;
  const last = better === inner || sameText(next, inner) ? inner : simplify(next);
  simple.add(last);
  return last;
};

/** What simplify() returned before. */
const simple = new WeakSet<Expr>();

const sameText = (a: Expr, b: Expr): boolean => a.type === b.type && printExpr(a) === printExpr(b);

const step = (e: Expr): Expr => {
  switch (e.kind) {
    case "const":
    case "var":
    case "load":
      return e;
    case "convert":
      return simplifyConvert(e);
    case "unary":
      return simplifyUnary(e);
    case "binary":
      return simplifyBinary(e);
    case "select":
      return simplifySelect(e);
  }
};

const folded = (original: Expr, value: number): Expr =>
  fits(original.type, value) ? constant(original.type, value) : original;

const isValue = (e: Expr, value: number): boolean =>
  e.kind === "const" && Object.is(e.value, value);

const simplifyConvert = (e: Convert): Expr => {
  const { a, type } = e;
  if (a.type === type) return a;
  if (a.kind === "const") {
    const exact = a.type === "f32" ? Math.fround(a.value) : a.value;
    return folded(e, convertValue(type, exact, "f32"));
  }
  const widening =
    a.kind === "convert" && (a.a.type === "bool" || (a.a.type === "i32" && a.type === "i64"));
  return widening ? { ...e, a: a.a } : e;
};

const simplifyUnary = (e: Unary): Expr => {
  const { op, a, type } = e;
  if (a.kind === "const") {
    const exact = a.type === "f32" ? Math.fround(a.value) : a.value;
    return folded(e, unaryValue(op, type, exact, "f32"));
  }
  if (op === "not") return negated(a) ?? e;
  if (op === "neg" && a.kind === "unary" && a.op === "neg") return a.a;
  return op === "neg" && isInteger(type) ? shorterSum(e) : e;
};

const opposite = {
  lt: "ge",
  ge: "lt",
  gt: "le",
  le: "gt",
  eq: "ne",
  ne: "eq",
} as const satisfies Partial<Record<BinaryOp, BinaryOp>>;

/** `not a` without the not. An f32 comparison other than == and != has no opposite: NaN fails both. */
const negated = (a: Expr): Expr | undefined => {
  if (a.kind === "unary" && a.op === "not") return a.a;
  if (a.kind !== "binary" || !(a.op in opposite)) return undefined;
  const op = opposite[a.op as keyof typeof opposite];
  return a.a.type !== "f32" || a.op === "eq" || a.op === "ne" ? binary(op, a.a, a.b) : undefined;
};

const simplifySelect = (e: Select): Expr => {
  const { condition, a, b } = e;
  if (condition.kind === "const") return condition.value !== 0 ? a : b;
  if (sameText(a, b)) return a;
  if (condition.kind === "unary" && condition.op === "not") return select(condition.a, b, a);
  if (e.type !== "bool") return e;
  if (a.kind === "const")
    return a.value !== 0 ? binary("or", condition, b) : binary("and", unary("not", condition), b);
  if (b.kind === "const")
    return b.value !== 0 ? binary("or", unary("not", condition), a) : binary("and", condition, a);
  return e;
};

const simplifyBinary = (e: Binary): Expr => {
  const { op, a, b } = e;
  if (a.kind === "const" && b.kind === "const" && !(dividesIntegers(op, e.type) && b.value === 0)) {
    const [x, y] =
      a.type === "f32" ? [Math.fround(a.value), Math.fround(b.value)] : [a.value, b.value];
    return folded(e, binaryValue(op, e.type, x, y, "f32"));
  }
  switch (op) {
    case "and":
    case "or":
      return simplifyLogic(e, op);
    case "lt":
    case "le":
    case "gt":
    case "ge":
    case "eq":
    case "ne":
      return simplifyComparison(e);
    case "min":
    case "max":
      return simplifyExtremum(e, op);
    case "add":
    case "sub":
    case "mul":
      return isInteger(e.type) ? shorterSum(e) : simplifyFloat(e);
    case "div":
    case "mod":
      return isInteger(e.type) ? shorterDivision(e, op) : simplifyFloat(e);
    case "rem":
      return isInteger(e.type) && isValue(b, 1) ? constant(e.type, 0) : e;
    case "bitAnd":
    case "shr":
      return divided(e, op) ?? e;
    case "pow":
    case "bitOr":
    case "bitXor":
    case "shl":
      return e;
  }
};

/** x >> n is div(x, 2^n), and x & (2^n - 1) mod(x, 2^n): of those, more is known. */
const divided = ({ a, b }: Binary, op: "bitAnd" | "shr"): Expr | undefined => {
  if (b.kind !== "const" || b.value < 0 || (op === "shr" && b.value > 30)) return undefined;
  const divisor = op === "shr" ? 2 ** b.value : b.value + 1;
  if (!Number.isInteger(Math.log2(divisor)) || divisor > 2 ** 30) return undefined;
  return simplify(binary(op === "shr" ? "div" : "mod", a, constant("i32", divisor)));
};

const simplifyLogic = (e: Binary, op: "and" | "or"): Expr => {
  const { a, b } = e;
  const decides = op === "or" ? 1 : 0;
  if (a.kind === "const") return a.value === decides ? a : b;
  if (b.kind === "const") return b.value === decides ? b : a;
  return sameText(a, b) ? a : e;
};

/** The difference of two integers may be constant, or at least of known sign, where they are not. */
const simplifyComparison = (e: Binary): Expr => {
  if (!isInteger(e.a.type)) return e;
  const { lo, hi } = bounds(e, new Map());
  return lo === hi ? bool(lo === 1) : (apart(e) ?? e);
};

/** (c ? x : 3) < 5 is !c || x < 5. */
const apart = ({ op, a, b }: Binary): Expr | undefined => {
  if (b.kind === "const" && a.kind === "select" && (a.a.kind === "const" || a.b.kind === "const"))
    return select(a.condition, binary(op, a.a, b), binary(op, a.b, b));
  if (a.kind === "const" && b.kind === "select" && (b.a.kind === "const" || b.b.kind === "const"))
    return select(b.condition, binary(op, a, b.a), binary(op, a, b.b));
  return undefined;
};

const simplifyExtremum = (e: Binary, op: "min" | "max"): Expr => {
  const operands = [...chainOf(e.a, op), ...chainOf(e.b, op)];
  const kept = operands.reduce<readonly Expr[]>((sofar, next) => join(sofar, next, op), []);
  return kept.length === operands.length ? e : kept.reduce((x, y) => binary(op, x, y));
};

/** The operands of min(min(x, y), z), from the left. */
const chainOf = (e: Expr, op: "min" | "max"): readonly Expr[] =>
  e.kind === "binary" && e.op === op ? [...chainOf(e.a, op), ...chainOf(e.b, op)] : [e];

const join = (kept: readonly Expr[], next: Expr, op: "min" | "max"): readonly Expr[] => {
  for (const [i, other] of kept.entries()) {
    const winner = decided(other, next, op);
    if (winner) return kept.with(i, winner);
  }
  return [...kept, next];
};

/** min or max of the two where one is known to win. */
const decided = (a: Expr, b: Expr, op: "min" | "max"): Expr | undefined => {
  if (sameText(a, b)) return a;
  if (a.kind === "const" && b.kind === "const")
    return constant(
      a.type,
      binaryValue(op, a.type, Math.fround(a.value), Math.fround(b.value), "f32"),
    );
  if (!isInteger(a.type)) return undefined;
  const { lo, hi } = bounds(binary("sub", a, b), new Map());
  if (lo >= 0) return op === "max" ? a : b;
  if (hi <= 0) return op === "max" ? b : a;
  return undefined;
};

const simplifyFloat = (e: Binary): Expr => {
  const { op, a, b } = e;
  const one = op === "mul" || op === "div";
  if (one && isValue(b, 1)) return a;
  if (op === "mul" && isValue(a, 1)) return b;
  if (op === "div" && b.kind === "const" && isPowerOf2(b.value))
    return binary("mul", a, constant("f32", 1 / b.value));
  if (op === "mul" && isValue(b, -1)) return unary("neg", a);
  if (op === "mul" && isValue(a, -1)) return unary("neg", b);
  if (op === "sub" && isValue(b, 0)) return a;
  if (op === "add" && isValue(b, -0)) return a;
  if (op === "add" && isValue(a, -0)) return b;
  if ((op === "add" || op === "sub") && b.kind === "unary" && b.op === "neg")
    return binary(op === "add" ? "sub" : "add", a, b.a);
  return e;
};

/** With a reciprocal that f32 holds. */
const isPowerOf2 = (x: number): boolean =>
  Number.isInteger(Math.log2(Math.abs(x))) && Math.abs(Math.log2(Math.abs(x))) <= 126;
