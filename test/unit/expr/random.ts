// Random well-typed expressions and environments for them, for the property tests of L1.

import * as fc from "fast-check";
import { evaluate } from "../../../codegen/expr/evaluate.ts";
import type { Env, Precision } from "../../../codegen/expr/evaluate.ts";
import {
  binary,
  bool,
  constant,
  convert,
  f32,
  load,
  select,
  unary,
  variable,
} from "../../../codegen/expr/expr.ts";
import type { BinaryOp, Expr, ScalarType, UnaryOp } from "../../../codegen/expr/expr.ts";

export const integerNames = ["x", "y", "z"] as const;
export const floatNames = ["u", "v"] as const;

const comparisons: readonly BinaryOp[] = ["lt", "le", "gt", "ge", "eq", "ne"];
const integerOps: readonly BinaryOp[] = ["add", "sub", "mul", "div", "mod", "rem", "min", "max"];
const bitOps: readonly BinaryOp[] = ["bitAnd", "bitOr", "bitXor", "shl", "shr"];
const floatOps: readonly BinaryOp[] = [...integerOps, "pow"];
const integerUnary: readonly UnaryOp[] = ["neg", "abs", "sign", "floorPow2"];
const floatUnary: readonly UnaryOp[] = [
  ...["neg", "abs", "exp", "exp2", "log", "log2", "sqrt", "rsqrt", "tanh", "sin", "cos"],
  ...["tanhApprox", "floor", "ceil", "round", "trunc", "sign", "floorPow2"],
] as UnaryOp[];

export const anyFloat: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 0.5, 2, Infinity, -Infinity, NaN, 1e-7, 3.4e38, 2 ** 24 + 2),
  fc.float(),
);
const smallInteger = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(64, -64, 128));

const of = (op: fc.Arbitrary<BinaryOp>, a: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> =>
  fc.tuple(op, a, a).map(([o, x, y]) => binary(o, x, y));

/** Of numbers that fit: beyond 32 bits integers have no bits. */
const bitsOf = (a: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> => {
  const small = a.map((x) => binary("rem", x, constant("i32", 1 << 20)));
  return of(fc.constantFrom(...bitOps), small);
};

/** All types at once, since they are made of each other. */
export const {
  i32: anyI32,
  i64: anyI64,
  f32: anyF32,
  bool: anyBool,
} = fc.letrec<Record<ScalarType, Expr>>((tie) => {
  const integer = (type: "i32" | "i64"): fc.Arbitrary<Expr> =>
    fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom(...integerNames).map((n) => convert(type, variable("i32", n))),
      smallInteger.map((n) => constant(type, n)),
      { arbitrary: of(fc.constantFrom(...integerOps), tie(type)), weight: 5 },
      ...(type === "i32" ? [bitsOf(tie("i32"))] : []),
      fc.tuple(fc.constantFrom(...integerUnary), tie(type)).map(([o, x]) => unary(o, x)),
      fc.tuple(tie("bool"), tie(type), tie(type)).map(([c, x, y]) => select(c, x, y)),
      fc
        .oneof(tie("f32"), tie("bool"), tie(type === "i32" ? "i64" : "i32"))
        .map((x) => convert(type, x)),
    );
  return {
    i32: integer("i32"),
    i64: integer("i64"),
    f32: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom(...floatNames).map((n) => variable("f32", n)),
      anyFloat.map((x) => f32(x)),
      { arbitrary: of(fc.constantFrom(...floatOps), tie("f32")), weight: 5 },
      fc.tuple(fc.constantFrom(...floatUnary), tie("f32")).map(([o, x]) => unary(o, x)),
      fc.tuple(tie("bool"), tie("f32"), tie("f32")).map(([c, x, y]) => select(c, x, y)),
      fc.oneof(tie("i32"), tie("bool"), tie("i64")).map((x) => convert("f32", x)),
      tie("i32").map((x) => load("f32", "table", [{ axis: "h", value: x }])),
    ),
    bool: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant(variable("bool", "p")),
      fc.boolean().map((b) => bool(b)),
      of(fc.constantFrom("and", "or"), tie("bool")),
      tie("bool").map((x) => unary("not", x)),
      { arbitrary: of(fc.constantFrom(...comparisons), tie("i32")), weight: 3 },
      of(fc.constantFrom(...comparisons), tie("i64")),
      of(fc.constantFrom(...comparisons), tie("f32")),
      fc.tuple(tie("bool"), tie("bool"), tie("bool")).map(([c, x, y]) => select(c, x, y)),
      fc.oneof(tie("i32"), tie("f32")).map((x) => convert("bool", x)),
    ),
  };
});

export const anyExpr: fc.Arbitrary<Expr> = fc.oneof(anyI32, anyI64, anyF32, anyBool);

export type Values = Readonly<Record<string, number>>;

export const anyValues: fc.Arbitrary<Values> = fc.record({
  x: fc.integer({ min: -100, max: 100 }),
  y: fc.integer({ min: -5, max: 300 }),
  z: fc.integer({ min: 0, max: 3 }),
  u: anyFloat.map(Math.fround),
  v: fc.float({ noNaN: true, min: -10, max: 10 }),
  p: fc.integer({ min: 0, max: 1 }),
});

/** A table that answers every index. */
export const environment = (values: Values): Env => ({
  variable: (name) => values[name]!,
  load: (_, index) => Math.fround(Math.sin(index[0]! % 7)),
});

/** The value, or undefined where an integer is divided by zero. */
export const valueOf = (
  e: Expr,
  values: Values,
  precision: Precision = "f32",
): number | undefined => {
  try {
    return evaluate(e, environment(values), precision);
  } catch {
    return undefined;
  }
};
