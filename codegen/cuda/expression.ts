// L1 expressions as C++ text, with no more parentheses than precedence asks for. What a variable is
// called, and whether it can be negative, is the scope's to say.

import {
  type Binary,
  type BitOp,
  computesBoth,
  type Constant,
  type Convert,
  type Expr,
  type Load,
  type ScalarType,
  type Unary,
} from "../expr/expr.ts";
import type { TensorDecl } from "../tile/program.ts";
import type { HelperName } from "./helpers.ts";
import { nonNegative } from "./sign.ts";
import { floatLiteral, intLiteral, longLiteral } from "./literal.ts";

export interface ExpressionScope {
  variable(name: string): string;
  nonNegative(name: string): boolean;
  /** A tensor, and the pointer and strides that stand for it. */
  tensor(name: string): {
    readonly decl: TensorDecl;
    readonly pointer: string;
    readonly strides: readonly string[];
  };
  /** The named constant of a recognised value. */
  named(value: number): string | undefined;
  /** Notes that a helper is used and gives its name. */
  helper(name: HelperName): string;
}

/** Binding strength, weakest first. `bits` stands for shifts and masks, which always take parentheses. */
const level = {
  select: 0,
  bits: 1,
  or: 2,
  and: 3,
  equal: 4,
  compare: 5,
  sum: 6,
  product: 7,
  prefix: 8,
  primary: 9,
} as const;
type Level = (typeof level)[keyof typeof level];

interface Text {
  readonly text: string;
  readonly level: Level;
}

const infix = {
  or: ["||", level.or],
  and: ["&&", level.and],
  eq: ["==", level.equal],
  ne: ["!=", level.equal],
  lt: ["<", level.compare],
  le: ["<=", level.compare],
  gt: [">", level.compare],
  ge: [">=", level.compare],
  add: ["+", level.sum],
  sub: ["-", level.sum],
  mul: ["*", level.product],
} as const;

export const scalarType = (type: ScalarType): string =>
  ({ i32: "int", i64: "i64", f32: "float", bool: "bool" })[type];

export const printExpression = (e: Expr, scope: ExpressionScope): string => print(e, scope).text;

/** `e` where an operand of that strength is wanted. */
export const printOperand = (e: Expr, scope: ExpressionScope): string =>
  operand(e, level.product, scope);

const primary = (text: string): Text => ({ text, level: level.primary });
const call = (name: string, ...args: readonly string[]): Text =>
  primary(`${name}(${args.join(", ")})`);

const operand = (e: Expr, atLeast: Level, scope: ExpressionScope): string => {
  const { text, level: own } = print(e, scope);
  return own >= atLeast ? text : `(${text})`;
};

const print = (e: Expr, scope: ExpressionScope): Text => {
  switch (e.kind) {
    case "const":
      return printConstant(e, scope);
    case "var":
      return primary(scope.variable(e.name));
    case "load":
      return printLoad(e, scope);
    case "convert":
      return printConvert(e, scope);
    case "unary":
      return printUnary(e, scope);
    case "binary":
      return printBinary(e, scope);
    case "select": {
      const condition = operand(e.condition, level.or, scope);
      const a = operand(e.a, level.bits, scope);
      return {
        text: `${condition} ? ${a} : ${operand(e.b, level.select, scope)}`,
        level: level.select,
      };
    }
  }
};

const printConstant = (e: Constant, scope: ExpressionScope): Text => {
  switch (e.type) {
    case "bool":
      return primary(e.value === 0 ? "false" : "true");
    case "i32":
      return signed(intLiteral(e.value));
    case "i64":
      return signed(longLiteral(e.value));
    case "f32":
      return signed(printFloat(e.value, scope));
  }
};

/** C++ has no literals for infinities and NaN. */
const printFloat = (value: number, scope: ExpressionScope): string => {
  if (Number.isNaN(value)) return `${scope.helper("not_a_number")}()`;
  if (Number.isFinite(Math.fround(value))) return scope.named(value) ?? floatLiteral(value);
  return `${value < 0 ? "-" : ""}${scope.helper("infinity")}()`;
};

const signed = (text: string): Text => ({
  text,
  level: text.startsWith("-") ? level.prefix : level.primary,
});

/** A tensor's element: 64-bit offsets before the multiplication, the last axis being dense. */
const printLoad = (e: Load, scope: ExpressionScope): Text => {
  const { decl, pointer, strides } = scope.tensor(e.tensor);
  const terms = e.index.map(({ value }, i) =>
    i === e.index.length - 1
      ? operand(value, level.sum, scope)
      : `${operand(value, level.product, scope)} * ${strides[i]}`,
  );
  scope.helper(`read_${decl.dtype}`);
  return call("read", [pointer, ...terms].join(" + "));
};

const printConvert = (e: Convert, scope: ExpressionScope): Text =>
  e.type === "bool"
    ? { text: `${operand(e.a, level.compare, scope)} != 0`, level: level.equal }
    : { text: `(${scalarType(e.type)})${operand(e.a, level.prefix, scope)}`, level: level.prefix };

const printUnary = (e: Unary, scope: ExpressionScope): Text => {
  const a = (): string => print(e.a, scope).text;
  const float = e.type === "f32";
  switch (e.op) {
    case "neg": {
      const text = operand(e.a, level.prefix, scope);
      return { text: text.startsWith("-") ? `-(${text})` : `-${text}`, level: level.prefix };
    }
    case "not":
      return { text: `!${operand(e.a, level.prefix, scope)}`, level: level.prefix };
    case "abs":
      return float
        ? call("fabsf", a())
        : call("max", a(), `-${operand(e.a, level.primary, scope)}`);
    case "exp":
    case "exp2":
    case "log2":
    case "tanh":
    case "tanhApprox":
    case "round":
    case "floorPow2":
      return call(scope.helper(helperOf[e.op]), a());
    case "sign":
      return call(scope.helper("sign_of"), a());
    case "log":
    case "sqrt":
    case "rsqrt":
    case "sin":
    case "cos":
    case "floor":
    case "ceil":
    case "trunc":
      return float ? call(`${e.op}f`, a()) : print(e.a, scope);
  }
};

const helperOf = {
  exp: "exp_approx",
  exp2: "exp2_approx",
  log2: "log2_approx",
  tanh: "tanh_f32",
  tanhApprox: "tanh_approx",
  round: "round_half_up",
  floorPow2: "floor_pow2",
} as const;

const printBinary = (e: Binary, scope: ExpressionScope): Text => {
  const a = (): string => print(e.a, scope).text;
  const b = (): string => print(e.b, scope).text;
  switch (e.op) {
    case "min":
    case "max":
      return call(e.type === "f32" ? `f${e.op}f` : e.op, a(), b());
    case "pow":
      return call("powf", a(), b());
    case "bitAnd":
    case "bitOr":
    case "bitXor":
    case "shl":
    case "shr":
      return printBits(e, e.op, scope);
    case "div":
    case "mod":
    case "rem":
      return e.type === "f32" ? printFloatQuotient(e, scope) : printQuotient(e, scope);
    default: {
      if (computesBoth(e)) return bits(e, e.op === "and" ? "&" : "|", scope);
      const [sign, own] = infix[e.op];
      const right = (own + 1) as Level;
      return {
        text: `${operand(e.a, own, scope)} ${sign} ${operand(e.b, right, scope)}`,
        level: own,
      };
    }
  }
};

const bits = (e: Binary, sign: "&" | "|", scope: ExpressionScope): Text => ({
  text: `${operand(e.a, level.prefix, scope)} ${sign} ${operand(e.b, level.prefix, scope)}`,
  level: level.bits,
});

const bitSigns = { bitAnd: "&", bitOr: "|", bitXor: "^", shl: "<<", shr: ">>" } as const;

/** C++ leaves counts beyond 31 undefined, and a sign that is shifted out. */
const printBits = (e: Binary, op: BitOp, scope: ExpressionScope): Text => {
  const [a, b] = [operand(e.a, level.prefix, scope), operand(e.b, level.prefix, scope)];
  const count = e.b.kind === "const" && e.b.value >= 0 && e.b.value < 32 ? b : `(${b} & 31)`;
  if (op === "shl") return { text: `(int)((u32)${a} << ${count})`, level: level.prefix };
  return { text: `${a} ${bitSigns[op]} ${op === "shr" ? count : b}`, level: level.bits };
};

const quotient = (sign: "/" | "%", e: Binary, scope: ExpressionScope): Text => ({
  text: `${operand(e.a, level.product, scope)} ${sign} ${operand(e.b, level.prefix, scope)}`,
  level: level.product,
});

const printFloatQuotient = (e: Binary, scope: ExpressionScope): Text => {
  const [a, b] = [print(e.a, scope).text, print(e.b, scope).text];
  if (e.op === "div") return quotient("/", e, scope);
  return call(e.op === "rem" ? "fmodf" : scope.helper("float_mod"), a, b);
};

/** C++ truncates; `div` and `mod` round down. They agree where nothing is negative. */
const printQuotient = (e: Binary, scope: ExpressionScope): Text => {
  if (e.op === "rem") return quotient("%", e, scope);
  if (nonNegative(e.a, scope) && nonNegative(e.b, scope))
    return quotient(e.op === "div" ? "/" : "%", e, scope);
  const power = e.b.kind === "const" ? Math.log2(e.b.value) : Number.NaN;
  if (Number.isInteger(power) && power >= 0 && e.b.kind === "const") {
    const a = operand(e.a, level.prefix, scope);
    const text = e.op === "div" ? `${a} >> ${power}` : `${a} & ${e.b.value - 1}`;
    return { text, level: level.bits };
  }
  return call(
    scope.helper(e.op === "div" ? "floor_div" : "floor_mod"),
    print(e.a, scope).text,
    print(e.b, scope).text,
  );
};
