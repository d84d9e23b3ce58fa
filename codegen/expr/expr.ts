// L1: scalar expressions. They say what one score, one mask bit or one index is; the tile
// program's `map` applies them to whole tiles. evaluate.ts is their meaning.
// This file knows nothing of tiles, architectures or TypeScript syntax.

import type { Span } from "../base/span.ts";

/** i64 appears only where the compiler solves ranges and addresses; authors see the other three. */
export type ScalarType = "i32" | "i64" | "f32" | "bool";

/**
 * Integer `div` and `mod` round towards minus infinity (`Math.floor(a / b)`); `rem` is JavaScript's and
 * C++'s `%`. Float `div` is IEEE division. `min`/`max` of floats ignore a NaN operand when the other is
 * a number, as CUDA's fminf/fmaxf do.
 */
export type BinaryOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "mod"
  | "rem"
  | "min"
  | "max"
  | "pow"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "eq"
  | "ne"
  | "and"
  | "or"
  | BitOp;

/** On i32, as JavaScript's & | ^ << >>: two's complement, and of a count the last five bits. */
export type BitOp = "bitAnd" | "bitOr" | "bitXor" | "shl" | "shr";

/** `floorPow2(x)`: the largest power of two that is at most max(x, 1). `tanhApprox`: tanh.approx.f32. */
export type UnaryOp =
  | "neg"
  | "not"
  | "abs"
  | "exp"
  | "exp2"
  | "log"
  | "log2"
  | "sqrt"
  | "rsqrt"
  | "tanh"
  | "tanhApprox"
  | "sin"
  | "cos"
  | "floor"
  | "ceil"
  | "round"
  | "trunc"
  | "sign"
  | "floorPow2";

interface Node {
  readonly type: ScalarType;
  readonly span?: Span;
}

export interface Constant extends Node {
  readonly kind: "const";
  /** For bool: 0 or 1. May be an infinity or NaN for f32. */
  readonly value: number;
}
/** A coordinate, a size, a launch scalar, a local of the tile program, or the element of a tile. */
export interface Variable extends Node {
  readonly kind: "var";
  readonly name: string;
}
export interface Unary extends Node {
  readonly kind: "unary";
  readonly op: UnaryOp;
  readonly a: Expr;
}
export interface Binary extends Node {
  readonly kind: "binary";
  readonly op: BinaryOp;
  readonly a: Expr;
  readonly b: Expr;
}
export interface Select extends Node {
  readonly kind: "select";
  readonly condition: Expr;
  readonly a: Expr;
  readonly b: Expr;
}
/** One element of an input tensor; the index is in the tensor's axis order. */
export interface Load extends Node {
  readonly kind: "load";
  readonly tensor: string;
  readonly index: readonly { readonly axis: string; readonly value: Expr }[];
}
/** Numeric conversion to `type`; f32 to integers truncates. */
export interface Convert extends Node {
  readonly kind: "convert";
  readonly a: Expr;
}

export type Expr = Constant | Variable | Unary | Binary | Select | Load | Convert;

const at = (span?: Span) => (span === undefined ? {} : { span });

export const constant = (type: ScalarType, value: number, span?: Span): Constant => ({
  kind: "const",
  type,
  value,
  ...at(span),
});
export const i32 = (value: number, span?: Span): Constant => constant("i32", value, span);
export const f32 = (value: number, span?: Span): Constant => constant("f32", value, span);
export const bool = (value: boolean, span?: Span): Constant =>
  constant("bool", value ? 1 : 0, span);

export const variable = (type: ScalarType, name: string, span?: Span): Variable => ({
  kind: "var",
  type,
  name,
  ...at(span),
});

const resultOfUnary = (op: UnaryOp, a: Expr): ScalarType => (op === "not" ? "bool" : a.type);

export const unary = (op: UnaryOp, a: Expr, span?: Span): Unary => ({
  kind: "unary",
  op,
  type: resultOfUnary(op, a),
  a,
  ...at(span),
});

const comparisons: ReadonlySet<BinaryOp> = new Set([
  "lt",
  "le",
  "gt",
  "ge",
  "eq",
  "ne",
  "and",
  "or",
]);
export const isComparison = (op: BinaryOp): boolean => comparisons.has(op);

const rank: Readonly<Record<ScalarType, number>> = { bool: 0, i32: 1, i64: 2, f32: 3 };
const wider = (a: ScalarType, b: ScalarType): ScalarType => (rank[a] >= rank[b] ? a : b);

/** Converts constants at once; other nodes by a Convert node; nothing where the type is right already. */
export const convert = (type: ScalarType, a: Expr, span?: Span): Expr => {
  if (a.type === type) return a;
  const value = a.kind === "const" ? convertedConstant(type, a) : undefined;
  if (value !== undefined) return constant(type, value, span ?? a.span);
  return { kind: "convert", type, a, ...at(span ?? a.span) };
};

/** Undefined for what rounds or saturates in a way that evaluate.ts has to say. */
const convertedConstant = (
  type: ScalarType,
  { type: from, value }: Constant,
): number | undefined => {
  if (type === "bool") return undefined;
  if (from !== "f32") return value;
  return Math.abs(value) < 2 ** 24 ? Math.trunc(Math.fround(value)) + 0 : undefined;
};

/** Operands of unlike type are converted to the wider: i32 < i64 < f32. */
export const binary = (op: BinaryOp, a: Expr, b: Expr, span?: Span): Binary => {
  const type = wider(a.type, b.type);
  return {
    kind: "binary",
    op,
    type: isComparison(op) ? "bool" : type,
    a: convert(type, a),
    b: convert(type, b),
    ...at(span),
  };
};

export const select = (condition: Expr, a: Expr, b: Expr, span?: Span): Select => {
  const type = wider(a.type, b.type);
  return { kind: "select", type, condition, a: convert(type, a), b: convert(type, b), ...at(span) };
};

export const load = (
  type: ScalarType,
  tensor: string,
  index: Load["index"],
  span?: Span,
): Load => ({ kind: "load", type, tensor, index, ...at(span) });

export const add = (a: Expr, b: Expr): Expr => binary("add", a, b);
export const sub = (a: Expr, b: Expr): Expr => binary("sub", a, b);
export const mul = (a: Expr, b: Expr): Expr => binary("mul", a, b);
export const floorDiv = (a: Expr, b: Expr): Expr => binary("div", a, b);
export const ceilDiv = (a: Expr, b: Expr): Expr => floorDiv(add(a, sub(b, i32(1))), b);
export const min = (a: Expr, b: Expr): Expr => binary("min", a, b);
export const max = (a: Expr, b: Expr): Expr => binary("max", a, b);
export const and = (a: Expr, b: Expr): Expr => binary("and", a, b);

export const children = (e: Expr): readonly Expr[] => {
  switch (e.kind) {
    case "const":
    case "var":
      return [];
    case "unary":
    case "convert":
      return [e.a];
    case "binary":
      return [e.a, e.b];
    case "select":
      return [e.condition, e.a, e.b];
    case "load":
      return e.index.map((i) => i.value);
  }
};

/** Rebuilds a node with `f` applied to each child. */
export const mapChildren = (e: Expr, f: (child: Expr) => Expr): Expr => {
  switch (e.kind) {
    case "const":
    case "var":
      return e;
    case "unary":
    case "convert":
      return { ...e, a: f(e.a) };
    case "binary":
      return { ...e, a: f(e.a), b: f(e.b) };
    case "select":
      return { ...e, condition: f(e.condition), a: f(e.a), b: f(e.b) };
    case "load":
      return { ...e, index: e.index.map((i) => ({ axis: i.axis, value: f(i.value) })) };
  }
};

/** Replaces variables by expressions of the same type. */
export const substitute = (e: Expr, values: ReadonlyMap<string, Expr>): Expr =>
  e.kind === "var" ? (values.get(e.name) ?? e) : mapChildren(e, (c) => substitute(c, values));

/** The same expression, wherever it was written. */
export const sameExpr = (a: Expr, b: Expr): boolean => key(a) === key(b);
const key = (e: Expr): string =>
  JSON.stringify(e, (name, value: unknown) => (name === "span" ? undefined : value));

/**
 * Whether both sides of an `and` or `or` are computed: the second reads memory, and a branch around that costs more than
 * reading anyway. What would be an error there, is one also where the first side decides; so no division is computed.
 */
export const computesBoth = ({ op, b }: Binary): boolean => {
  const holds = (e: Expr, what: (e: Expr) => boolean): boolean =>
    what(e) || children(e).some((c) => holds(c, what));
  const divides = (e: Expr): boolean =>
    e.kind === "binary" && e.type !== "f32" && ["div", "mod", "rem"].includes(e.op);
  return (op === "and" || op === "or") && holds(b, (e) => e.kind === "load") && !holds(b, divides);
};

export const variables = (e: Expr, into: Set<string> = new Set()): ReadonlySet<string> => {
  if (e.kind === "var") into.add(e.name);
  for (const c of children(e)) variables(c, into);
  return into;
};
