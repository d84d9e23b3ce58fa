// Closures against the interpreter that defines L1, on random expressions.

import { expect, test } from "vitest";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { evaluate } from "../../../codegen/expr/evaluate.ts";
import * as e from "../../../codegen/expr/expr.ts";
import { closure, Frame } from "../../../codegen/sim/closure.ts";
import { from } from "../../../codegen/sim/ndarray.ts";
import { generator } from "../../../codegen/sim/random.ts";

const random = generator(99);
const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)]!;

const arithmetic = ["add", "sub", "mul", "div", "mod", "rem", "min", "max"] as const;
const comparisons = ["lt", "le", "gt", "ge", "eq", "ne"] as const;
const floatUnary = [
  "neg",
  "abs",
  "exp",
  "exp2",
  "log2",
  "sqrt",
  "tanh",
  "floor",
  "sign",
  "round",
] as const;

const integer = (depth: number): e.Expr => {
  if (depth === 0)
    return pick([e.i32(random.integer(9) - 4), e.variable("i32", "i"), e.variable("i32", "j")]);
  return pick([
    () => e.binary(pick(arithmetic), integer(depth - 1), integer(depth - 1)),
    () => e.unary(pick(["neg", "abs", "floorPow2"]), integer(depth - 1)),
    () => e.select(condition(depth - 1), integer(depth - 1), integer(depth - 1)),
    () => e.convert("i32", float(depth - 1)),
  ])();
};
const float = (depth: number): e.Expr => {
  if (depth === 0) return pick([e.f32(random.normal()), e.variable("f32", "x")]);
  return pick([
    () => e.binary(pick([...arithmetic, "pow"] as const), float(depth - 1), float(depth - 1)),
    () => e.unary(pick(floatUnary), float(depth - 1)),
    () => e.select(condition(depth - 1), float(depth - 1), float(depth - 1)),
    () => e.convert("f32", integer(depth - 1)),
    () =>
      e.load("f32", "t", [{ axis: "h", value: e.binary("mod", e.variable("i32", "i"), e.i32(3)) }]),
  ])();
};
const condition = (depth: number): e.Expr =>
  depth === 0
    ? e.bool(random.integer(2) === 0)
    : pick([
        () => e.binary(pick(comparisons), integer(depth - 1), integer(depth - 1)),
        () => e.binary(pick(comparisons), float(depth - 1), float(depth - 1)),
        () => e.binary(pick(["and", "or"] as const), condition(depth - 1), condition(depth - 1)),
        () => e.unary("not", condition(depth - 1)),
      ])();

const attempt = (run: () => number): number | string => {
  try {
    return run();
  } catch (error) {
    if (error instanceof DiagnosticError) return error.message;
    throw error;
  }
};

test("20,000 random expressions have the interpreter's value, or its diagnostic", () => {
  const t = from("f32", [0.25, -1.5, 3]);
  let numbers = 0;
  for (let n = 0; n < 20000; n++) {
    const expression = pick([integer, float, condition])(random.integer(5));
    const frame = new Frame(["i", "j", "x"], { t });
    const variables = { i: random.integer(9) - 4, j: random.integer(100), x: random.normal() };
    for (const [name, value] of Object.entries(variables)) frame.set(name, value);
    const variable = (name: string): number => variables[name as "i" | "j" | "x"];
    const env = { variable, load: (_: string, [i]: readonly number[]) => t.at([i!]) };
    const expected = attempt(() => evaluate(expression, env, "f64"));
    const found = attempt(closure(expression, frame));
    if (!Object.is(found, expected))
      throw new Error(`${found} is not ${expected}: ${JSON.stringify({ variables, expression })}`);
    if (typeof expected === "number") numbers++;
  }
  expect(numbers).toBeGreaterThan(10000);
});

test("a division by a zero that turns up is a diagnostic (A5040)", () => {
  const frame = new Frame(["i"], {});
  const divide = closure(e.floorDiv(e.i32(7), e.variable("i32", "i")), frame);
  expect(divide).toThrow("A5040");
  frame.set("i", -2);
  expect(divide()).toBe(-4);
});

test("a load outside its tensor says where (A5103)", () => {
  const t = from("f32", [1, 2, 3]);
  const frame = new Frame(["i"], { t });
  const read = closure(e.load("f32", "t", [{ axis: "h", value: e.variable("i32", "i") }]), frame);
  frame.set("i", 3);
  expect(read).toThrow("A5103: index 3 is outside axis h of t, which has 3 elements");
});
