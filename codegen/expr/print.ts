// Expressions as text, in the syntax of `.tile` files. The text says everything but spans and the
// names of a load's axes: given the types of variables and tensors, it parses back to the same tree.
//
//   expression := or [ "?" or ":" expression ]                    select; the middle is no bare select
//   or         := and { "||" and }                                left associative
//   and        := comparison { "&&" comparison }                  left associative
//   comparison := sum [ ("<" | "<=" | ">" | ">=" | "==" | "!=") sum ]     does not associate
//   sum        := product { ("+" | "-") product }                 left associative
//   product    := prefix { ("*" | "/" | "%") prefix }             left associative
//   prefix     := "-" number | "-" primary | "!" prefix | primary
//   primary    := number | "true" | "false" | "(" expression ")"
//               | name                                            variable
//               | name "[" [ expression { "," expression } ] "]"  load, the tensor's axes in order
//               | name "(" expression { "," expression } ")"      see `functions` and `conversions`
//   number     := digits | digits "L" | float | "inf" | "nan"
//   float      := digits "." digits [ exponent ] | digits exponent     exponent := "e" ["+"|"-"] digits
//   name       := [A-Za-z_][A-Za-z0-9_]*, none of: true false inf nan
//
// Types. Digits alone are i32, with `L` i64; a float, inf and nan are f32; true and false are bool. "-"
// before a number token (inf and nan included) makes a negative constant: the operation neg of a constant
// is written `-(3)`, of a negation `-(-x)`. `/` divides f32; integers divide by `div(a, b)` (floor),
// `mod(a, b)` and `%` (rem); bits are `bit_and(a, b)` and its like. Both operands of an operator, both arms of a select and the arguments of
// `min`, `max`, `pow`, `div`, `mod` have one type: conversions are written out. That type is also the
// result's, except that comparisons, `&&`, `||` and `!` give bool.

import type { Binary, BinaryOp, Constant, Expr, ScalarType, Unary, UnaryOp } from "./expr.ts";

/** Binding strength, weakest first; an operand that binds less tightly than its place is parenthesised. */
const level = { select: 0, or: 1, and: 2, compare: 3, sum: 4, product: 5, prefix: 6, primary: 7 };

/** Operators between operands. `div` is here for f32 only. */
export const infix = {
  or: "||",
  and: "&&",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
  eq: "==",
  ne: "!=",
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  rem: "%",
} as const satisfies Partial<Record<BinaryOp, string>>;

/** Operations written as calls. `div` is here for integers only. */
export const functions = {
  div: "div",
  mod: "mod",
  min: "min",
  max: "max",
  pow: "pow",
  abs: "abs",
  exp: "exp",
  exp2: "exp2",
  log: "log",
  log2: "log2",
  sqrt: "sqrt",
  rsqrt: "rsqrt",
  tanh: "tanh",
  tanhApprox: "tanh_approx",
  sin: "sin",
  cos: "cos",
  floor: "floor",
  ceil: "ceil",
  round: "round",
  trunc: "trunc",
  sign: "sign",
  floorPow2: "floor_pow2",
  bitAnd: "bit_and",
  bitOr: "bit_or",
  bitXor: "bit_xor",
  shl: "shl",
  shr: "shr",
} as const satisfies Record<Exclude<UnaryOp, "neg" | "not">, string> &
  Partial<Record<BinaryOp, string>>;

/** `f32(x)` and its like convert. */
export const conversions: readonly ScalarType[] = ["i32", "i64", "f32", "bool"];

interface Text {
  readonly text: string;
  readonly level: number;
}

export const printExpr = (e: Expr): string => print(e).text;

const print = (e: Expr): Text => {
  switch (e.kind) {
    case "const":
      return printConstant(e);
    case "var":
      return primary(e.name);
    case "load":
      return primary(`${e.tensor}[${e.index.map((i) => printExpr(i.value)).join(", ")}]`);
    case "convert":
      return call(e.type, [e.a]);
    case "unary":
      return printUnary(e);
    case "binary":
      return printBinary(e);
    case "select": {
      const [condition, a] = [at(e.condition, level.or), at(e.a, level.or)];
      return { text: `${condition} ? ${a} : ${at(e.b, level.select)}`, level: level.select };
    }
  }
};

const primary = (text: string): Text => ({ text, level: level.primary });

const call = (name: string, operands: readonly Expr[]): Text =>
  primary(`${name}(${operands.map(printExpr).join(", ")})`);

/** `e` where only expressions of at least that level may stand. */
const at = (e: Expr, least: number): string => {
  const { text, level } = print(e);
  return level < least ? `(${text})` : text;
};

const printConstant = ({ type, value }: Constant): Text => {
  const negative = value < 0 || Object.is(value, -0);
  const digits = printMagnitude(type, Math.abs(value));
  return negative
    ? { text: `-${digits}`, level: level.prefix }
    : { text: digits, level: level.primary };
};

const printMagnitude = (type: ScalarType, value: number): string => {
  switch (type) {
    case "bool":
      return value === 0 ? "false" : "true";
    case "i32":
      return String(value);
    case "i64":
      return `${value}L`;
    case "f32": {
      if (Number.isNaN(value)) return "nan";
      if (value === Infinity) return "inf";
      const shortest = String(value); // JavaScript prints the shortest text that reads back the same
      return /[.e]/.test(shortest) ? shortest : `${shortest}.0`;
    }
  }
};

const printUnary = ({ op, a }: Unary): Text => {
  switch (op) {
    case "neg": {
      const operand = a.kind === "const" ? `(${printExpr(a)})` : at(a, level.primary);
      return { text: `-${operand}`, level: level.prefix };
    }
    case "not":
      return { text: `!${at(a, level.prefix)}`, level: level.prefix };
    default:
      return call(functions[op], [a]);
  }
};

const printBinary = (e: Binary): Text => {
  switch (e.op) {
    case "or":
      return chain(e, infix[e.op], level.or);
    case "and":
      return chain(e, infix[e.op], level.and);
    case "lt":
    case "le":
    case "gt":
    case "ge":
    case "eq":
    case "ne":
      return between(e, infix[e.op], level.compare, level.sum);
    case "add":
    case "sub":
      return chain(e, infix[e.op], level.sum);
    case "mul":
    case "rem":
      return chain(e, infix[e.op], level.product);
    case "div":
      return e.type === "f32"
        ? chain(e, infix.div, level.product)
        : call(functions.div, [e.a, e.b]);
    case "mod":
    case "min":
    case "max":
    case "pow":
    case "bitAnd":
    case "bitOr":
    case "bitXor":
    case "shl":
    case "shr":
      return call(functions[e.op], [e.a, e.b]);
  }
};

/** Left associative: the left operand may be of the operator's own level. */
const chain = (e: Binary, operator: string, own: number): Text => ({
  text: `${at(e.a, own)} ${operator} ${at(e.b, own + 1)}`,
  level: own,
});

const between = (e: Binary, operator: string, own: number, operands: number): Text => ({
  text: `${at(e.a, operands)} ${operator} ${at(e.b, operands)}`,
  level: own,
});
