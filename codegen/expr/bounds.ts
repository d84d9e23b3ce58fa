// Interval arithmetic on numbers: between which values an expression lies when its variables lie in given
// intervals. Symbolic corners are symbolic.ts's. Bools are intervals within 0 and 1.

import { binaryValue, integerRange, unaryValue } from "./evaluate.ts";
import type { Binary, BinaryOp, Convert, Expr, ScalarType, Unary } from "./expr.ts";
import { isInteger, linear, minus } from "./linear.ts";
import type { Linear } from "./linear.ts";

/** All values from lo to hi, both included and possibly infinite; and NaN, where `nan` says so. */
export interface Interval {
  readonly lo: number;
  readonly hi: number;
  readonly nan?: boolean;
}

export type Bounds = ReadonlyMap<string, Interval>;

export const never: Interval = { lo: 0, hi: 0 };
export const always: Interval = { lo: 1, hi: 1 };
export const maybe: Interval = { lo: 0, hi: 1 };

/** Contains every value of evaluate(e, env, "f32") with variables in their intervals; others may be anything. */
export const bounds = (e: Expr, env: Bounds): Interval => {
  switch (e.kind) {
    case "const":
      return Number.isNaN(e.value)
        ? anything("f32")
        : point(e.type === "f32" ? Math.fround(e.value) : e.value);
    case "var":
      return env.get(e.name) ?? anything(e.type);
    case "load":
      return anything(e.type);
    case "convert":
      return convertBounds(e, bounds(e.a, env));
    case "unary":
      return isInteger(e.type) && e.op === "neg"
        ? sumBounds(linear(e), env)
        : unaryBounds(e, bounds(e.a, env));
    case "binary":
      return binaryBounds(e, env);
    case "select": {
      const { lo, hi } = bounds(e.condition, env);
      if (lo === 1) return bounds(e.a, env);
      return hi === 0 ? bounds(e.b, env) : hull(bounds(e.a, env), bounds(e.b, env));
    }
  }
};

const point = (value: number): Interval => ({ lo: value, hi: value });

const anything = (type: ScalarType): Interval => {
  if (type === "bool") return maybe;
  return type === "f32"
    ? { lo: -Infinity, hi: Infinity, nan: true }
    : { lo: -Infinity, hi: Infinity };
};

const hull = (a: Interval, b: Interval): Interval => ({
  lo: Math.min(a.lo, b.lo),
  hi: Math.max(a.hi, b.hi),
  ...((a.nan || b.nan) && { nan: true }),
});

const unbounded = (a: Interval): boolean => !Number.isFinite(a.lo) || !Number.isFinite(a.hi);

const convertBounds = (e: Convert, a: Interval): Interval => {
  switch (e.type) {
    case "bool":
      if (a.lo > 0 || a.hi < 0) return always;
      return a.lo === 0 && a.hi === 0 && !a.nan ? never : maybe;
    case "f32":
      return { lo: Math.fround(a.lo), hi: Math.fround(a.hi) };
    case "i32":
    case "i64": {
      if (isInteger(e.a.type) && e.type === "i64") return a;
      const { lo, hi } = integerRange[e.type];
      const clamp = (x: number): number => Math.trunc(Math.min(Math.max(x, lo), hi)) + 0;
      const range = { lo: clamp(a.lo), hi: clamp(a.hi) };
      return a.nan ? hull(range, point(0)) : range;
    }
  }
};

/** A sum knows each of its terms once: q - (q + 1) is -1 whatever q is. */
export const sumBounds = (form: Linear, env: Bounds): Interval => {
  let { lo, hi } = point(form.constant);
  for (const { coefficient, expr } of form.terms.values()) {
    const term = expr.kind === "binary" ? productBounds(expr, env) : bounds(expr, env);
    lo += coefficient * (coefficient > 0 ? term.lo : term.hi);
    hi += coefficient * (coefficient > 0 ? term.hi : term.lo);
  }
  return { lo, hi };
};

const unaryBounds = ({ op, type }: Unary, a: Interval): Interval => {
  const at = (x: number): number => unaryValue(op, type, x, "f32");
  const nan = a.nan ? { nan: true } : {};
  switch (op) {
    case "not":
      return { lo: 1 - a.hi, hi: 1 - a.lo };
    case "neg":
      return { lo: at(a.hi), hi: at(a.lo), ...nan };
    case "abs": {
      const [x, y] = [at(a.lo), at(a.hi)];
      return { lo: a.lo <= 0 && a.hi >= 0 ? 0 : Math.min(x, y), hi: Math.max(x, y), ...nan };
    }
    case "sin":
    case "cos":
      return { lo: -1, hi: 1, ...(a.nan || unbounded(a) ? { nan: true } : {}) };
    case "log":
    case "log2":
    case "sqrt":
    case "rsqrt": {
      if (a.hi < 0) return anything(type);
      const [x, y] = [at(Math.max(a.lo, 0)), at(a.hi)];
      // rsqrt(-0.0) is -inf
      if (op === "rsqrt" && a.lo <= 0) return anything(type);
      return { lo: Math.min(x, y), hi: Math.max(x, y), ...(a.lo < 0 ? { nan: true } : nan) };
    }
    case "floorPow2": // of NaN: 1
      return hull(
        { lo: at(a.lo), hi: at(a.hi) },
        a.nan ? point(1) : { lo: at(a.lo), hi: at(a.hi) },
      );
    case "exp":
    case "exp2":
    case "tanh":
    case "tanhApprox":
    case "floor":
    case "ceil":
    case "round":
    case "trunc":
    case "sign":
      return { lo: at(a.lo), hi: at(a.hi), ...nan };
  }
};

const binaryBounds = (e: Binary, env: Bounds): Interval => {
  const { op, a, b } = e;
  switch (op) {
    case "and":
    case "or": {
      const [x, y] = [bounds(a, env), bounds(b, env)];
      const f = op === "and" ? Math.min : Math.max;
      return { lo: f(x.lo, y.lo), hi: f(x.hi, y.hi) };
    }
    case "lt":
    case "le":
    case "gt":
    case "ge":
    case "eq":
    case "ne":
      if (isInteger(a.type)) return signBounds(op, sumBounds(minus(linear(a), linear(b)), env));
      return compareBounds(op, bounds(a, env), bounds(b, env));
    case "add":
    case "sub":
      return isInteger(e.type) ? sumBounds(linear(e), env) : productBounds(e, env);
    case "mul":
      if (isInteger(e.type) && (a.kind === "const" || b.kind === "const"))
        return sumBounds(linear(e), env);
      return productBounds(e, env);
    default:
      return productBounds(e, env);
  }
};

/** A comparison of two integers, from the bounds of their difference. */
const signBounds = (op: BinaryOp, difference: Interval): Interval =>
  compareBounds(op, difference, point(0));

const compareBounds = (op: BinaryOp, a: Interval, b: Interval): Interval => {
  const nan = (a.nan ?? false) || (b.nan ?? false);
  const decide = (holds: boolean, fails: boolean): Interval =>
    fails ? never : holds && !nan ? always : maybe;
  switch (op) {
    case "lt":
      return decide(a.hi < b.lo, a.lo >= b.hi);
    case "le":
      return decide(a.hi <= b.lo, a.lo > b.hi);
    case "gt":
      return compareBounds("lt", b, a);
    case "ge":
      return compareBounds("le", b, a);
    case "eq":
      return decide(a.lo === a.hi && b.lo === b.hi && a.lo === b.lo, a.hi < b.lo || b.hi < a.lo);
    default: {
      const { lo, hi } = compareBounds("eq", a, b);
      return { lo: 1 - hi, hi: 1 - lo };
    }
  }
};

/** The operations whose extremes lie at corners, and the divisions. */
const productBounds = (e: Binary, env: Bounds): Interval => {
  const { op, type } = e;
  const [a, b] = [bounds(e.a, env), bounds(e.b, env)];
  const zero = b.lo <= 0 && b.hi >= 0;
  const nan = a.nan || b.nan ? { nan: true } : {};
  switch (op) {
    case "min":
    case "max": {
      const f = op === "min" ? Math.min : Math.max;
      const range = { lo: f(a.lo, b.lo), hi: f(a.hi, b.hi) };
      // a NaN gives way to the other operand
      const wider = a.nan ? hull(range, { lo: b.lo, hi: b.hi }) : range;
      const widest = b.nan ? hull(wider, { lo: a.lo, hi: a.hi }) : wider;
      return a.nan && b.nan ? { ...widest, nan: true } : widest;
    }
    case "add":
    case "sub":
    case "mul":
      if (type === "f32" && (unbounded(a) || unbounded(b))) return anything(type);
      return { ...corners(op, type, a, b), ...nan };
    case "div":
      if (zero || (type === "f32" && (unbounded(a) || unbounded(b)))) return anything(type);
      return { ...corners(op, type, a, b), ...nan };
    case "mod":
      if (zero || type === "f32") return anything(type);
      if (b.lo > 0) return a.lo >= 0 && a.hi < b.lo ? a : { lo: 0, hi: b.hi - 1 };
      return { lo: b.lo + 1, hi: 0 };
    case "rem": {
      if (zero || type === "f32") return anything(type);
      const largest = Math.max(Math.abs(b.lo), Math.abs(b.hi)) - 1;
      return {
        lo: a.lo >= 0 ? 0 : Math.max(a.lo, -largest),
        hi: a.hi <= 0 ? 0 : Math.min(a.hi, largest),
      };
    }
    case "bitAnd": {
      // A number that is not negative has no bits above its own.
      const tops = [a, b].flatMap(({ lo, hi }) => (lo >= 0 ? [hi] : []));
      return tops.length > 0 ? { lo: 0, hi: Math.min(...tops) } : anything(type);
    }
    default:
      return anything(type);
  }
};

const corners = (op: BinaryOp, type: ScalarType, a: Interval, b: Interval): Interval => {
  const values = [a.lo, a.hi].flatMap((x) => [b.lo, b.hi].map((y) => corner(op, type, x, y)));
  return { lo: Math.min(...values), hi: Math.max(...values) };
};

/** Limits of integer operations at infinity: 0 * inf is 0, x / inf is 0 or -1, inf / inf covered by the others. */
const corner = (op: BinaryOp, type: ScalarType, x: number, y: number): number => {
  if (op === "mul" && (x === 0 || y === 0)) return 0;
  if (op !== "div" || type === "f32") return binaryValue(op, type, x, y, "f32");
  if (Number.isFinite(y))
    return Number.isFinite(x) ? binaryValue(op, type, x, y, "f32") : x * Math.sign(y);
  return x === 0 ? 0 : x * y > 0 ? 0 : -1;
};
