// Instructions of one warp for one value of an expression: what nvcc makes of each operator without fast
// mathematics, as its SASS shows. Roughly, where it is a sequence: such operators are rare in hot loops.

import type { Binary, BinaryOp, Expr, Unary, UnaryOp } from "../expr/expr.ts";
import { type Work, times, work } from "./work.ts";

const floatUnary: Readonly<Record<UnaryOp, Partial<Work>>> = {
  // Signs are operand modifiers.
  neg: {},
  abs: {},
  not: { alu: 1 },
  exp: { fma: 1, special: 1 },
  exp2: { special: 1 },
  log: { fma: 12, alu: 6 },
  log2: { special: 1 },
  sqrt: { special: 1, fma: 5, alu: 3 },
  rsqrt: { special: 1, fma: 2, alu: 1 },
  tanh: { special: 2, fma: 9, alu: 3 },
  tanhApprox: { special: 1 },
  sin: { fma: 12, alu: 10, special: 1 },
  cos: { fma: 12, alu: 10, special: 1 },
  floor: { special: 1 },
  ceil: { special: 1 },
  trunc: { special: 1 },
  round: { special: 1, fma: 2, alu: 2 },
  sign: { alu: 4 },
  floorPow2: { alu: 3, special: 1 },
};

const floatBinary: Readonly<Record<BinaryOp, Partial<Work>>> = {
  add: { fma: 1 },
  sub: { fma: 1 },
  mul: { fma: 1 },
  min: { alu: 1 },
  max: { alu: 1 },
  div: { special: 1, fma: 7, alu: 2 },
  mod: { special: 1, fma: 12, alu: 10 },
  rem: { special: 1, fma: 12, alu: 8 },
  pow: { special: 2, fma: 22, alu: 10 },
  lt: { alu: 1 },
  le: { alu: 1 },
  gt: { alu: 1 },
  ge: { alu: 1 },
  eq: { alu: 1 },
  ne: { alu: 1 },
  and: { alu: 1 },
  or: { alu: 1 },
  bitAnd: { alu: 1 },
  bitOr: { alu: 1 },
  bitXor: { alu: 1 },
  shl: { alu: 1 },
  shr: { alu: 1 },
};

/** A quotient of integers goes through a float reciprocal; of a power of two it is a shift. */
const quotient: Partial<Work> = { special: 3, fma: 4, alu: 8 };

const integerBinary: Readonly<Record<BinaryOp, Partial<Work>>> = {
  ...floatBinary,
  add: { alu: 1 },
  sub: { alu: 1 },
  div: quotient,
  mod: quotient,
  rem: quotient,
};

const isPowerOfTwo = (e: Expr): boolean =>
  e.kind === "const" && e.value > 0 && Number.isInteger(Math.log2(e.value));

const isProduct = (e: Expr): boolean => e.kind === "binary" && e.op === "mul" && e.type === "f32";

/** Of the node itself; its operands are there. */
export const instructionsOf = (e: Expr): Work => {
  switch (e.kind) {
    case "const":
    case "var":
      return work({});
    case "select":
      return work({ alu: 1 });
    case "convert":
      return work((e.type === "f32") === (e.a.type === "f32") ? { alu: 1 } : { special: 1 });
    case "load":
      return work({ other: 1, alu: 2 * e.index.length, shared: 32 * 4, waits: 1 });
    case "unary":
      return ofUnary(e);
    case "binary":
      return ofBinary(e);
  }
};

const ofUnary = (e: Unary): Work => {
  if (e.type === "f32" || e.op === "not") return work(floatUnary[e.op]);
  return work({ alu: e.op === "sign" || e.op === "floorPow2" ? 3 : 1 });
};

const ofBinary = (e: Binary): Work => {
  const { a, b, op } = e;
  if (a.type === "f32") {
    const fused = (op === "add" || op === "sub") && (isProduct(a) || isProduct(b));
    return work(fused ? {} : floatBinary[op]);
  }
  if ((op === "div" || op === "mod") && isPowerOfTwo(b)) return work({ alu: 1 });
  return times(work(integerBinary[op]), a.type === "i64" ? 2 : 1);
};
