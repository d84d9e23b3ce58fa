// Values as scalar expressions. A whole number that fits is an i32 until it meets an f32.

import type { Span } from "../base/span.ts";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { bool, convert, type Expr, f32, i32 } from "../expr/expr.ts";
import { describeValue, type Value } from "./value.ts";

const fitsI32 = (x: number): boolean => Number.isInteger(x) && x === (x | 0) && !Object.is(x, -0);

export const literal = (x: number, span?: Span): Expr => (fitsI32(x) ? i32(x, span) : f32(x, span));

/** The expression of a number or truth value; anything else is an error of `operation`. */
export const toExpr = (value: Value, span: Span, operation: string): Expr => {
  if (typeof value === "number") return literal(value, span);
  if (typeof value === "boolean") return bool(value, span);
  if (typeof value === "object" && value.kind === "symbolic") return value.expr;
  if (typeof value === "object" && value.kind === "quotient")
    return fail(codes.integerDivision(value.span));
  return fail(codes.wrongOperand(span, operation, describeValue(value), "a number"));
};

export const toNumber = (value: Value, span: Span, operation: string): Expr => {
  const expr = toExpr(value, span, operation);
  return expr.type === "bool"
    ? fail(codes.wrongOperand(span, operation, "a truth value", "a number"))
    : expr;
};

export const toBool = (value: Value, span: Span, operation: string): Expr => {
  const expr = toExpr(value, span, operation);
  return expr.type === "bool"
    ? expr
    : fail(codes.wrongOperand(span, operation, "a number", "a truth value, such as x !== 0"));
};

export const toF32 = (value: Value, span: Span, operation: string): Expr =>
  convert("f32", toNumber(value, span, operation));
