// Parsed expressions as typed nodes: resolves names, checks operand types. Operands of unlike numeric
// types are converted to the wider, as expr.ts does; printed text has all conversions written out.

import type { IToken } from "chevrotain";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import {
  binary,
  type BinaryOp,
  type Constant,
  constant,
  type Expr,
  load,
  type ScalarType,
  select,
  unary,
  type UnaryOp,
  variable,
} from "../expr/expr.ts";
import { conversions, functions, infix } from "../expr/print.ts";
import { elementType, type Scope } from "./scope.ts";
import { representable, typeProblem } from "./types.ts";

/** Makes the node once the names are known. */
export type BuildExpr = (scope: Scope) => Expr;

export const spanOf = (file: string, start: IToken, end: IToken): Span => {
  const last = end.startLine === start.startLine ? (end.endOffset ?? NaN) : NaN;
  const length = (Number.isNaN(last) ? (start.endOffset ?? 0) : last) - start.startOffset + 1;
  return { file, line: start.startLine ?? 1, column: start.startColumn ?? 1, length };
};

const binaryOps: readonly string[] = [
  "div",
  "mod",
  "min",
  "max",
  "pow",
  "bitAnd",
  "bitOr",
  "bitXor",
  "shl",
  "shr",
] satisfies BinaryOp[];
const operators: ReadonlyMap<string, BinaryOp> = new Map(
  Object.entries(infix).map(([op, sign]) => [sign, op as BinaryOp]),
);
const calls = new Map(
  Object.entries(functions).map(([op, name]) => [name as string, op as UnaryOp | BinaryOp]),
);

const checked = (e: Expr): Expr => {
  const problem = typeProblem(e);
  return problem === undefined ? e : fail(codes.operandTypes(e.span, problem));
};

/** Numbers widen to one another; a truth value stays what it is. */
const sameKind = (span: Span, sign: string, a: Expr, b: Expr): void => {
  if ((a.type === "bool") !== (b.type === "bool"))
    fail(codes.operandTypes(span, `${sign} takes ${a.type} and ${b.type}`));
};

export const infixOf =
  (span: Span, sign: string, left: BuildExpr, right: BuildExpr): BuildExpr =>
  (scope) => {
    const [a, b] = [left(scope), right(scope)];
    sameKind(span, sign, a, b);
    const op = operators.get(sign) ?? "add";
    const node = binary(op, a, b, span);
    if (op === "div" && node.type !== "f32")
      fail(codes.operandTypes(span, `/ does not take ${node.type}; integers divide by div(a, b)`));
    return checked(node);
  };

export const selectOf =
  (span: Span, condition: BuildExpr, left: BuildExpr, right: BuildExpr): BuildExpr =>
  (scope) => {
    const [a, b] = [left(scope), right(scope)];
    sameKind(span, "? :", a, b);
    return checked(select(condition(scope), a, b, span));
  };

export const unaryOf =
  (span: Span, op: UnaryOp, operand: BuildExpr): BuildExpr =>
  (scope) =>
    checked(unary(op, operand(scope), span));

const inRange = (e: Constant): Expr =>
  representable(e) ? e : fail(codes.numberOutOfRange(e.span, e.value, e.type));

/** `sign`: -1 where `-` stands before a number, which makes it a negative constant. */
export const literalOf =
  (span: Span, image: string, sign: 1 | -1 = 1): BuildExpr =>
  () => {
    const number = (type: ScalarType, value: number): Expr =>
      inRange(constant(type, sign * value, span));
    if (image === "true" || image === "false") return number("bool", image === "true" ? 1 : 0);
    if (image === "inf") return number("f32", Infinity);
    if (image === "nan") return number("f32", NaN);
    if (image.endsWith("L")) return number("i64", Number(image.slice(0, -1)));
    return number(/^\d+$/.test(image) ? "i32" : "f32", Number(image));
  };

export const variableOf =
  (span: Span, name: string): BuildExpr =>
  (scope) => {
    const type = scope.variable(name);
    return type === undefined
      ? fail(codes.unknownName(span, "value", name, scope.names()))
      : variable(type, name, span);
  };

export const loadOf =
  (span: Span, name: string, index: readonly BuildExpr[]): BuildExpr =>
  (scope) => {
    const tensor = scope.tensor(name) ?? fail(codes.unknownName(span, "tensor", name, []));
    if (index.length !== tensor.axes.length)
      fail(
        codes.indexCount(
          span,
          name,
          tensor.axes.map((a) => a.axis),
          index.length,
        ),
      );
    const at = tensor.axes.map(({ axis }, i) => ({ axis, value: index[i]?.(scope) as Expr }));
    return checked(load(elementType(tensor.dtype), name, at, span));
  };

const isConversion = (name: string): name is ScalarType =>
  (conversions as readonly string[]).includes(name);

export const callOf =
  (span: Span, name: string, args: readonly BuildExpr[]): BuildExpr =>
  (scope) => {
    const [a, b, ...more] = args.map((arg) => arg(scope));
    const op = calls.get(name);
    const two = op !== undefined && binaryOps.includes(op);
    if (op === undefined && !isConversion(name))
      return fail(codes.unknownName(span, "function", name, [...calls.keys(), ...conversions]));
    if (a === undefined || (b !== undefined) !== two || more.length > 0)
      return fail(codes.argumentCount(span, name, two ? 2 : 1, args.length));
    if (op === undefined) return { kind: "convert", type: name as ScalarType, a, span };
    if (b === undefined) return checked(unary(op as UnaryOp, a, span));
    sameKind(span, name, a, b);
    const node = binary(op as BinaryOp, a, b, span);
    if (op === "div" && node.type === "f32")
      fail(codes.operandTypes(span, "div does not take f32; floats divide by a / b"));
    return checked(node);
  };
