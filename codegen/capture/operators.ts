// Operators: known operands are computed as JavaScript computes them, others become expressions.

import { ts } from "ts-morph";
import type { Span } from "../base/span.ts";
import { codes } from "../base/codes.ts";
import { fail, unreachable } from "../base/diagnostic.ts";
import { binary, type BinaryOp, convert, type Expr, i32, select, unary } from "../expr/expr.ts";
import type { Context } from "./context.ts";
import { toBool, toExpr, toNumber } from "./convert.ts";
import type { Scope } from "./scope.ts";
import { describeValue, type Value } from "./value.ts";

const K = ts.SyntaxKind;

type Bits = "&" | "|" | "^" | "<<" | ">>";
type Arithmetic =
  "+" | "-" | "*" | "/" | "%" | "**" | "<" | "<=" | ">" | ">=" | "===" | "!==" | Bits;

const arithmetic: ReadonlyMap<ts.SyntaxKind, Arithmetic> = new Map([
  [K.PlusToken, "+"],
  [K.MinusToken, "-"],
  [K.AsteriskToken, "*"],
  [K.SlashToken, "/"],
  [K.PercentToken, "%"],
  [K.AsteriskAsteriskToken, "**"],
  [K.LessThanToken, "<"],
  [K.LessThanEqualsToken, "<="],
  [K.GreaterThanToken, ">"],
  [K.GreaterThanEqualsToken, ">="],
  [K.EqualsEqualsEqualsToken, "==="],
  [K.ExclamationEqualsEqualsToken, "!=="],
  [K.AmpersandToken, "&"],
  [K.BarToken, "|"],
  [K.CaretToken, "^"],
  [K.LessThanLessThanToken, "<<"],
  [K.GreaterThanGreaterThanToken, ">>"],
]);

export const binaryOperators: readonly ts.SyntaxKind[] = [
  ...arithmetic.keys(),
  K.AmpersandAmpersandToken,
  K.BarBarToken,
];

export const binaryExpression = (node: ts.BinaryExpression, scope: Scope, c: Context): Value => {
  const token = node.operatorToken.kind;
  if (token === K.AmpersandAmpersandToken || token === K.BarBarToken)
    return logical(node, token === K.AmpersandAmpersandToken, scope, c);
  const op = arithmetic.get(token) ?? unreachable("operator", K[token]);
  const a = c.evaluate(node.left, scope);
  const b = c.evaluate(node.right, scope);
  if (isKnown(a) && isKnown(b)) return compute(op, a, b);
  return build(
    op,
    { value: a, span: c.span(node.left) },
    { value: b, span: c.span(node.right) },
    c.span(node),
    c,
  );
};

type Known = number | boolean | string | undefined;
const isKnown = (value: Value): value is Known => typeof value !== "object";

/** What JavaScript says; TypeScript has checked that the types fit. */
const compute = (op: Arithmetic, left: Known, right: Known): Value => {
  if (typeof left === "string" && typeof right === "string" && op === "+") return left + right;
  if (op === "===") return left === right;
  if (op === "!==") return left !== right;
  const a = Number(left);
  const b = Number(right);
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
    case "**":
      return a ** b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "<<":
      return a << b;
    case ">>":
      return a >> b;
  }
};

const ops = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "%": "rem",
  "**": "pow",
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
  "===": "eq",
  "!==": "ne",
  "&": "bitAnd",
  "|": "bitOr",
  "^": "bitXor",
  "<<": "shl",
  ">>": "shr",
} as const satisfies Record<Arithmetic, BinaryOp>;

interface Operand {
  readonly value: Value;
  readonly span: Span;
}

const build = (op: Arithmetic, left: Operand, right: Operand, span: Span, c: Context): Value => {
  const name = `'${op}'`;
  const equality = op === "===" || op === "!==";
  const a = (equality ? toExpr : toNumber)(left.value, left.span, name);
  const b = (equality ? toExpr : toNumber)(right.value, right.span, name);
  if ((a.type === "bool") !== (b.type === "bool"))
    return fail(
      codes.wrongOperand(right.span, name, "a number and a truth value", "two of a kind"),
    );
  if (isBits(op))
    for (const [x, at] of [
      [a, left.span],
      [b, right.span],
    ] as const)
      wholeOnly(x, at, name);
  if (op === "/" && a.type === "i32" && b.type === "i32") return { kind: "quotient", a, b, span };
  if (op === "**") return c.symbolic(binary("pow", convert("f32", a), convert("f32", b), span));
  return c.symbolic(binary(ops[op], a, b, span));
};

const bitOperators: readonly string[] = ["&", "|", "^", "<<", ">>"] satisfies Bits[];
const isBits = (op: string): op is Bits => bitOperators.includes(op);

const wholeOnly = (e: Expr, span: Span, operation: string): void => {
  if (e.type !== "i32")
    fail(codes.wrongOperand(span, operation, "a float", "32-bit whole numbers"));
};

/** `&&` and `||`: a known left operand decides, or leaves the right one. */
const logical = (node: ts.BinaryExpression, isAnd: boolean, scope: Scope, c: Context): Value => {
  const name = isAnd ? "'&&'" : "'||'";
  const a = toBool(c.evaluate(node.left, scope), c.span(node.left), name);
  if (a.kind === "const" && (a.value !== 0) !== isAnd) return !isAnd;
  const b = toBool(c.evaluate(node.right, scope), c.span(node.right), name);
  if (a.kind === "const") return b.kind === "const" ? b.value !== 0 : c.symbolic(b);
  if (b.kind === "const") return (b.value !== 0) === isAnd ? c.symbolic(a) : !isAnd;
  return c.symbolic(binary(isAnd ? "and" : "or", a, b, c.span(node)));
};

export const prefixOperators: readonly ts.SyntaxKind[] = [
  K.MinusToken,
  K.PlusToken,
  K.ExclamationToken,
  K.TildeToken,
];

export const prefixUnary = (node: ts.PrefixUnaryExpression, scope: Scope, c: Context): Value => {
  const value = c.evaluate(node.operand, scope);
  const span = c.span(node.operand);
  switch (node.operator) {
    case K.MinusToken:
      if (typeof value === "number") return -value;
      return c.symbolic(unary("neg", toNumber(value, span, "'-'"), c.span(node)));
    case K.TildeToken: {
      if (typeof value === "number") return ~value;
      const operand = toNumber(value, span, "'~'");
      wholeOnly(operand, span, "'~'");
      return c.symbolic(binary("bitXor", operand, i32(-1), c.span(node)));
    }
    case K.PlusToken:
      if (typeof value === "number") return value;
      return c.symbolic(toNumber(value, span, "'+'"));
    default: {
      const operand = toBool(value, span, "'!'");
      if (operand.kind === "const") return operand.value === 0;
      return c.symbolic(unary("not", operand, c.span(node)));
    }
  }
};

/** A known condition chooses now; the other arm is not looked at. */
export const conditional = (node: ts.ConditionalExpression, scope: Scope, c: Context): Value => {
  const condition = toBool(c.evaluate(node.condition, scope), c.span(node.condition), "'?:'");
  if (condition.kind === "const")
    return c.evaluate(condition.value !== 0 ? node.whenTrue : node.whenFalse, scope);
  const left = c.evaluate(node.whenTrue, scope);
  const right = c.evaluate(node.whenFalse, scope);
  const differ = (): never =>
    fail(codes.armsDiffer(c.span(node), describeValue(left), describeValue(right)));
  if (!isScalar(left) || !isScalar(right)) return differ();
  const a = toExpr(left, c.span(node.whenTrue), "'?:'");
  const b = toExpr(right, c.span(node.whenFalse), "'?:'");
  if ((a.type === "bool") !== (b.type === "bool")) return differ();
  return c.symbolic(select(condition, a, b, c.span(node)));
};

const isScalar = (value: Value): boolean =>
  typeof value === "number" ||
  typeof value === "boolean" ||
  (typeof value === "object" && (value.kind === "symbolic" || value.kind === "quotient"));
