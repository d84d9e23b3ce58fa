// The global Math, and those functions of the DSL's math that have an operation of their own. Each computes
// on known numbers as JavaScript does.

import type { Span } from "../base/span.ts";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { binary, type BinaryOp, convert, type Expr, unary, type UnaryOp } from "../expr/expr.ts";
import type { Context } from "./context.ts";
import { toF32, toNumber } from "./convert.ts";
import type { Argument, Namespace, Native, Quotient, Value } from "./value.ts";

interface MathFunction {
  readonly least: number;
  readonly most: number;
  /** On known numbers; without it they become expressions too. */
  readonly compute?: (...x: readonly number[]) => number;
  readonly build: (args: readonly Argument[], name: string, span: Span) => Expr;
}

/** Of one float. */
const real = (op: UnaryOp, compute: (x: number) => number): MathFunction => ({
  least: 1,
  most: 1,
  compute: (x = Number.NaN) => compute(x),
  build: ([x], name, span) => unary(op, toF32(x?.value, x?.span ?? span, name), span),
});

/** Of one number; an integer stays one. */
const kept = (op: UnaryOp, compute: (x: number) => number): MathFunction => ({
  ...real(op, compute),
  build: ([x], name, span) => unary(op, toNumber(x?.value, x?.span ?? span, name), span),
});

/** To a whole number: integers are that already, and Math.floor(a / b) of integers divides them. */
const whole = (
  op: UnaryOp,
  compute: (x: number) => number,
  ofQuotient?: (q: Quotient, span: Span) => Expr,
): MathFunction => ({
  ...real(op, compute),
  build: ([x], name, span) => {
    const value = x?.value;
    if (ofQuotient && typeof value === "object" && value.kind === "quotient")
      return ofQuotient(value, span);
    const a = toNumber(value, x?.span ?? span, name);
    return a.type === "i32" ? a : unary(op, a, span);
  },
});

/** Of two numbers or more, from the left. */
const folded = (op: BinaryOp, compute: (...x: readonly number[]) => number): MathFunction => ({
  least: 1,
  most: Number.POSITIVE_INFINITY,
  compute,
  build: (args, name, span) =>
    args.map((x) => toNumber(x.value, x.span, name)).reduce((a, b) => binary(op, a, b, span)),
});

const pair = (
  op: BinaryOp,
  compute: (x: number, y: number) => number,
  argument: typeof toNumber,
): MathFunction => ({
  least: 2,
  most: 2,
  compute: (x = Number.NaN, y = Number.NaN) => compute(x, y),
  build: (args, name, span) => {
    const [a, b] = args.map((x) => argument(x.value, x.span, name));
    return a && b
      ? binary(op, a, b, span)
      : fail(codes.wrongArguments(span, name, "too few", "two"));
  },
});

const toInt: MathFunction = {
  ...real("trunc", Math.trunc),
  build: ([x], name, span) => convert("i32", toNumber(x?.value, x?.span ?? span, name), span),
};

/** A known number must become an expression here, or it would count as i32 again. */
const toFloat: MathFunction = {
  least: 1,
  most: 1,
  build: ([x], name, span) => toF32(x?.value, x?.span ?? span, name),
};

const floorOf = ({ a, b }: Quotient, span: Span): Expr => binary("div", a, b, span);
const ceilOf = ({ a, b }: Quotient, span: Span): Expr =>
  unary("neg", binary("div", unary("neg", a, span), b, span), span);

const functions: ReadonlyMap<string, MathFunction> = new Map([
  ["abs", kept("abs", Math.abs)],
  ["sign", kept("sign", Math.sign)],
  ["floor", whole("floor", Math.floor, floorOf)],
  ["ceil", whole("ceil", Math.ceil, ceilOf)],
  ["round", whole("round", Math.round)],
  ["trunc", whole("trunc", Math.trunc)],
  ["min", folded("min", Math.min)],
  ["max", folded("max", Math.max)],
  ["pow", pair("pow", Math.pow, toF32)],
  ["exp", real("exp", Math.exp)],
  ["log", real("log", Math.log)],
  ["log2", real("log2", Math.log2)],
  ["sqrt", real("sqrt", Math.sqrt)],
  ["tanh", real("tanh", Math.tanh)],
  ["sin", real("sin", Math.sin)],
  ["cos", real("cos", Math.cos)],
]);

const constants: ReadonlyMap<string, number> = new Map([
  ["E", Math.E],
  ["LN2", Math.LN2],
  ["LN10", Math.LN10],
  ["LOG2E", Math.LOG2E],
  ["LOG10E", Math.LOG10E],
  ["PI", Math.PI],
  ["SQRT1_2", Math.SQRT1_2],
  ["SQRT2", Math.SQRT2],
]);

/** What dsl/math.ts defines for numbers, as operations. */
const dsl: ReadonlyMap<string, MathFunction> = new Map([
  ["mod", pair("mod", (a, b) => a - b * Math.floor(a / b), toNumber)],
  ["float", toFloat],
  ["int", toInt],
  ["exp2", real("exp2", (x) => 2 ** x)],
  ["rsqrt", real("rsqrt", (x) => 1 / Math.sqrt(x))],
  ["tanhApprox", real("tanhApprox", Math.tanh)],
]);

const native = (name: string, f: MathFunction, c: Context): Native => ({
  kind: "native",
  name,
  call: (args, span): Value => {
    if (args.length < f.least || args.length > f.most)
      return fail(
        codes.wrongArguments(span, name, `${args.length} arguments`, `${f.least} of them`),
      );
    const known = args.flatMap(({ value }) => (typeof value === "number" ? [value] : []));
    if (f.compute && known.length === args.length) return f.compute(...known);
    return c.symbolic(f.build(args, name, span));
  },
});

export const mathNamespace = (c: Context): Namespace => ({
  kind: "namespace",
  name: "Math",
  get: (name, span) => {
    const f = functions.get(name);
    if (f) return native(`Math.${name}`, f, c);
    return constants.get(name) ?? fail(codes.noProperty(span, "Math", name));
  },
});

export const dslMath = (c: Context): ReadonlyMap<string, Native> =>
  new Map([...dsl].map(([name, f]) => [name, native(`math.${name}`, f, c)]));

/** For the documentation and its test. */
export const mathNames: readonly string[] = [...functions.keys(), ...constants.keys()];
