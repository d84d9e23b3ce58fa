// The meaning of L1: simplifier, simulator and emitters agree with this file or are wrong.
//
// Integers are exact (the compiler proves that i32 does not overflow, or solves in i64). With precision
// "f32" every constant and every operation of type f32 is rounded to the nearest f32, as a GPU without
// fast-math does; "f64" leaves them in double precision, for the oracle. A select evaluates one arm, `and`
// and `or` stop at the first operand that decides. Integers divided by zero have no value: a diagnostic.

import { codes } from "../base/codes.ts";
import { fail, unreachable } from "../base/diagnostic.ts";
import type { BinaryOp, BitOp, Expr, ScalarType, UnaryOp } from "./expr.ts";

export interface Env {
  variable(name: string): number;
  load(tensor: string, index: readonly number[]): number;
}

export type Precision = "f32" | "f64";

/** The value of `e`; a bool is 0 or 1. Values from `env` must already be of the variable's or tensor's type. */
export const evaluate = (e: Expr, env: Env, precision: Precision): number => {
  switch (e.kind) {
    case "const":
      return e.type === "f32" ? rounded(e.value, precision) : e.value;
    case "var":
      return env.variable(e.name);
    case "load":
      return env.load(
        e.tensor,
        e.index.map((i) => evaluate(i.value, env, precision)),
      );
    case "convert":
      return convertValue(e.type, evaluate(e.a, env, precision), precision);
    case "unary":
      return unaryValue(e.op, e.type, evaluate(e.a, env, precision), precision);
    case "binary": {
      const a = evaluate(e.a, env, precision);
      if (e.op === "and" && a === 0) return 0;
      if (e.op === "or" && a !== 0) return 1;
      const b = evaluate(e.b, env, precision);
      if (b === 0 && dividesIntegers(e.op, e.type))
        return fail(codes.integerDivisionByZero(e.span));
      return binaryValue(e.op, e.type, a, b, precision);
    }
    case "select":
      return evaluate(evaluate(e.condition, env, precision) !== 0 ? e.a : e.b, env, precision);
  }
};

const rounded = (x: number, precision: Precision): number =>
  precision === "f32" ? Math.fround(x) : x;

const divisions: ReadonlySet<BinaryOp> = new Set(["div", "mod", "rem"]);
export const dividesIntegers = (op: BinaryOp, type: ScalarType): boolean =>
  type !== "f32" && divisions.has(op);

/** Largest and smallest values of the integer types. A double holds i64 exactly up to 2^53 only. */
export const integerRange = {
  i32: { lo: -(2 ** 31), hi: 2 ** 31 - 1 },
  i64: { lo: -(2 ** 63), hi: 2 ** 63 },
} as const;

/** f32 to integer truncates, saturates, and takes NaN to 0 (PTX 9.7.9.21, cvt.rzi). */
export const convertValue = (to: ScalarType, x: number, precision: Precision): number => {
  switch (to) {
    case "f32":
      return rounded(x, precision);
    case "bool":
      return x !== 0 ? 1 : 0; // NaN is true
    case "i32":
    case "i64": {
      const { lo, hi } = integerRange[to];
      return Number.isNaN(x) ? 0 : positiveZero(Math.trunc(Math.min(Math.max(x, lo), hi)));
    }
  }
};

/** Integers have one zero. */
const positiveZero = (x: number): number => x + 0;

/** `op` on a value of type `type`, which is also the result's. */
export const unaryValue = (
  op: UnaryOp,
  type: ScalarType,
  x: number,
  precision: Precision,
): number =>
  type === "f32" ? rounded(unaryExact(op, x), precision) : positiveZero(unaryExact(op, x));

const unaryExact = (op: UnaryOp, x: number): number => {
  switch (op) {
    case "neg":
      return -x;
    case "not":
      return x === 0 ? 1 : 0;
    case "abs":
      return Math.abs(x);
    case "exp":
      return Math.exp(x);
    case "exp2":
      return 2 ** x;
    case "log":
      return Math.log(x);
    case "log2":
      return Math.log2(x);
    case "sqrt":
      return Math.sqrt(x);
    case "rsqrt":
      return 1 / Math.sqrt(x);
    case "tanh":
    case "tanhApprox": // its error bound is the instruction's, not this function's
      return Math.tanh(x);
    case "sin":
      return Math.sin(x);
    case "cos":
      return Math.cos(x);
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "round":
      return Math.round(x); // halves upwards, as in JavaScript
    case "trunc":
      return Math.trunc(x);
    case "sign":
      return Math.sign(x);
    case "floorPow2": {
      if (!(x > 1)) return 1;
      const power = 2 ** Math.floor(Math.log2(x)); // log2 may be off by a rounding next to a power
      return power > x ? power / 2 : power * 2 <= x ? power * 2 : power;
    }
  }
};

/** `op` on operands of one type. `type` is the result's; integer divisors are not zero. */
export const binaryValue = (
  op: BinaryOp,
  type: ScalarType,
  a: number,
  b: number,
  precision: Precision,
): number => {
  switch (op) {
    case "lt":
      return a < b ? 1 : 0;
    case "le":
      return a <= b ? 1 : 0;
    case "gt":
      return a > b ? 1 : 0;
    case "ge":
      return a >= b ? 1 : 0;
    case "eq":
      return a === b ? 1 : 0;
    case "ne":
      return a !== b ? 1 : 0;
    case "and":
      return a !== 0 && b !== 0 ? 1 : 0;
    case "or":
      return a !== 0 || b !== 0 ? 1 : 0;
    case "bitAnd":
    case "bitOr":
    case "bitXor":
    case "shl":
    case "shr":
      return bits(op, a, b);
    default:
      return type === "f32"
        ? rounded(floatExact(op, a, b), precision)
        : positiveZero(integerExact(op, a, b));
  }
};

const bits = (op: BitOp, a: number, b: number): number => {
  switch (op) {
    case "bitAnd":
      return a & b;
    case "bitOr":
      return a | b;
    case "bitXor":
      return a ^ b;
    case "shl":
      return a << b;
    case "shr":
      return a >> b;
  }
};

type Arithmetic = Exclude<BinaryOp, "lt" | "le" | "gt" | "ge" | "eq" | "ne" | "and" | "or" | BitOp>;

const floatExact = (op: Arithmetic, a: number, b: number): number => {
  switch (op) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "div":
      return a / b;
    case "rem":
      return a % b;
    case "mod":
      return floorMod(a, b);
    case "pow":
      return a ** b;
    case "min":
      return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b);
    case "max":
      return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.max(a, b);
  }
};

const integerExact = (op: Arithmetic, a: number, b: number): number => {
  switch (op) {
    case "div":
      return (a - floorMod(a, b)) / b; // not floor(a / b): that quotient may round up
    case "pow":
      return unreachable("pow of integers: capture converts them to f32");
    default:
      return floatExact(op, a, b);
  }
};

/** The remainder with the divisor's sign. */
const floorMod = (a: number, b: number): number => {
  const remainder = a % b;
  return remainder !== 0 && remainder < 0 !== b < 0 ? remainder + b : remainder;
};
