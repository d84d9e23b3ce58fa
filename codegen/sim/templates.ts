// One JavaScript template per kind of L1 node, and the functions that they call. evaluate.ts defines what they
// compute. They hold fixed text and numbers only.

import { binaryValue, convertValue, unaryValue } from "../expr/evaluate.ts";
import {
  type Binary,
  computesBoth,
  type Constant,
  type Convert,
  type ScalarType,
  type Unary,
} from "../expr/expr.ts";
import { exp2 } from "./exponential.ts";

export const literal = ({ type, value }: Constant): string => {
  if (type === "bool") return value === 0 ? "false" : "true";
  const number = type === "f32" ? Math.fround(value) : value;
  return Object.is(number, -0) ? "(-0)" : `(${number})`;
};

export const conversion = (e: Convert, a: string): string => {
  const number = e.a.type === "bool" ? `(${a} ? 1 : 0)` : a;
  switch (e.type) {
    case "bool":
      return `(${number} !== 0)`;
    case "f32":
      return `fround(${number})`;
    case "i32":
    case "i64":
      return e.a.type === "f32" ? `helpers.toInteger["${e.type}"](${number})` : number;
  }
};

export const unaryText = (e: Unary, a: string): string => {
  switch (e.op) {
    case "not":
      return `!${a}`;
    case "neg":
      return e.type === "f32" ? `(-${a})` : `(0 - ${a})`;
    case "abs":
      return `Math.abs(${a})`;
    case "exp2":
      return `fround(helpers.exp2(${a}))`;
    default:
      return `helpers.unary["${e.type === "f32" ? "f32" : "i32"}"]["${e.op}"](${a})`;
  }
};

const operators = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
  eq: "===",
  ne: "!==",
  bitAnd: "&",
  bitOr: "|",
  bitXor: "^",
  shl: "<<",
  shr: ">>",
} as const;

export const binaryText = (e: Binary, a: string, b: string): string => {
  switch (e.op) {
    case "add":
    case "sub":
    case "mul":
    case "div": {
      const text = `(${a} ${operators[e.op]} ${b})`;
      return e.type === "f32" ? `fround${text}` : text;
    }
    case "lt":
    case "le":
    case "gt":
    case "ge":
    case "eq":
    case "ne":
      return `(${a} ${operators[e.op]} ${b})`;
    case "and":
      return computesBoth(e) ? `((${a} & ${b}) !== 0)` : `(${a} && ${b})`;
    case "or":
      return computesBoth(e) ? `((${a} | ${b}) !== 0)` : `(${a} || ${b})`;
    case "bitAnd":
    case "bitOr":
    case "bitXor":
    case "shl":
    case "shr":
      return `(${a} ${operators[e.op]} ${b})`;
    case "min":
    case "max":
      return `helpers.${e.op}(${a}, ${b})`;
    case "mod":
    case "rem":
    case "pow":
      return `helpers.binary["${e.op}"](${a}, ${b})`;
  }
};

const unaryOps = [
  "exp",
  "log",
  "log2",
  "sqrt",
  "rsqrt",
  "tanh",
  "tanhApprox",
  "sin",
  "cos",
  "floor",
  "ceil",
  "round",
  "trunc",
  "sign",
  "floorPow2",
] as const;
const defined = (type: ScalarType) =>
  Object.fromEntries(unaryOps.map((op) => [op, (x: number) => unaryValue(op, type, x, "f32")]));
const viaBinary = (op: Binary["op"]) => (a: number, b: number) =>
  binaryValue(op, "f32", a, b, "f32");

/** What the templates call: rare operations go straight to their definition. */
export const helpers = {
  exp2,
  min: (a: number, b: number): number => (a < b || b !== b ? a : b),
  max: (a: number, b: number): number => (a > b || b !== b ? a : b),
  toInteger: {
    i32: (x: number) => convertValue("i32", x, "f32"),
    i64: (x: number) => convertValue("i64", x, "f32"),
  },
  unary: { f32: defined("f32"), i32: defined("i32") },
  binary: { mod: viaBinary("mod"), rem: viaBinary("rem"), pow: viaBinary("pow") },
};
