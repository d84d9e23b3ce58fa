// Which operand types each operator of an expression takes. Asked by the parser for the text's sake and
// by the verifier for trees that a pass has built.

import {
  type Constant,
  type Expr,
  isComparison,
  type ScalarType,
  type UnaryOp,
} from "../expr/expr.ts";
import { infix } from "../expr/print.ts";

const integer = (t: ScalarType): boolean => t === "i32" || t === "i64";
const numeric = (t: ScalarType): boolean => t !== "bool";

const unaryTakes = (op: UnaryOp, t: ScalarType): boolean => {
  switch (op) {
    case "not":
      return t === "bool";
    case "neg":
    case "abs":
    case "sign":
    case "floorPow2":
      return numeric(t);
    default:
      return t === "f32";
  }
};

const binaryTakes = (op: (Expr & { kind: "binary" })["op"], t: ScalarType): boolean => {
  switch (op) {
    case "and":
    case "or":
      return t === "bool";
    case "eq":
    case "ne":
      return true;
    case "pow":
      return t === "f32";
    case "bitAnd":
    case "bitOr":
    case "bitXor":
    case "shl":
    case "shr":
      return t === "i32";
    default:
      return numeric(t);
  }
};

const name = (op: string): string => (op in infix ? infix[op as keyof typeof infix] : op);

/** Is the constant a value of its type? */
export const representable = ({ type, value }: Constant): boolean => {
  switch (type) {
    case "bool":
      return value === 0 || value === 1;
    case "i32":
      return Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31;
    case "i64":
      return Number.isSafeInteger(value);
    case "f32":
      return true;
  }
};

/** What is wrong with a node, given that its children are right; undefined: nothing. */
export const typeProblem = (e: Expr): string | undefined => {
  switch (e.kind) {
    case "const":
    case "var":
    case "convert":
      return undefined;
    case "unary":
      if (!unaryTakes(e.op, e.a.type)) return `${name(e.op)} does not take ${e.a.type}`;
      return e.type === e.a.type ? undefined : `${name(e.op)} of ${e.a.type} is not ${e.type}`;
    case "binary": {
      if (e.a.type !== e.b.type) return `${name(e.op)} takes ${e.a.type} and ${e.b.type}`;
      if (!binaryTakes(e.op, e.a.type)) return `${name(e.op)} does not take ${e.a.type}`;
      const type = isComparison(e.op) ? "bool" : e.a.type;
      return e.type === type ? undefined : `${name(e.op)} of ${e.a.type} is not ${e.type}`;
    }
    case "select":
      if (e.condition.type !== "bool") return `the condition before ? is ${e.condition.type}`;
      return e.a.type === e.type && e.b.type === e.type
        ? undefined
        : `? and : choose between ${e.a.type} and ${e.b.type}`;
    case "load":
      return e.index.every((i) => integer(i.value.type))
        ? undefined
        : `an index of ${e.tensor} is no integer`;
  }
};
