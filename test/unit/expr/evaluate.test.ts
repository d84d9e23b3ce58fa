// What each operation means, spelled out in numbers.

import { expect, test } from "vitest";
import { evaluate } from "../../../codegen/expr/evaluate.ts";
import type { Precision } from "../../../codegen/expr/evaluate.ts";
import {
  binary,
  bool,
  constant,
  convert,
  f32,
  floorDiv,
  i32,
  load,
  select,
  unary,
  variable,
} from "../../../codegen/expr/expr.ts";
import type { BinaryOp, Expr } from "../../../codegen/expr/expr.ts";

const env = {
  variable: (name: string) => (name === "q" ? 7 : 0),
  load: (tensor: string, index: readonly number[]) =>
    tensor === "bias" ? index[0]! * 10 + index[1]! : NaN,
};
const value = (e: Expr, precision: Precision = "f32"): number => evaluate(e, env, precision);
const ints = (op: BinaryOp, a: number, b: number): number => value(binary(op, i32(a), i32(b)));
const floats = (op: BinaryOp, a: number, b: number): number => value(binary(op, f32(a), f32(b)));

test("integer division and mod round towards minus infinity, rem towards zero", () => {
  const all = (a: number, b: number): number[] =>
    (["div", "mod", "rem"] as const).map((op) => ints(op, a, b));
  expect(all(7, 2)).toEqual([3, 1, 1]);
  expect(all(-7, 2)).toEqual([-4, 1, -1]);
  expect(all(7, -2)).toEqual([-4, -1, 1]);
  expect(all(-7, -2)).toEqual([3, -1, -1]);
  expect(all(-6, 2)).toEqual([-3, 0, 0]); // and no -0
  expect(value(floorDiv(constant("i64", 2 ** 53 - 1), constant("i64", 2 ** 53)))).toBe(0);
});

test("an integer divided by zero is a diagnostic, unless nobody asks for it", () => {
  const quotient = floorDiv(variable("i32", "q"), i32(0));
  expect(() => value(quotient)).toThrow("A5040");
  const positive = binary("gt", i32(0), i32(0));
  expect(value(binary("and", positive, binary("gt", quotient, i32(1))))).toBe(0);
  expect(value(binary("or", unary("not", positive), binary("gt", quotient, i32(1))))).toBe(1);
  expect(value(select(positive, quotient, i32(5)))).toBe(5);
  expect(floats("div", 1, 0)).toBe(Infinity);
});

test("f32 rounds constants and every operation, f64 rounds nothing", () => {
  const sum = binary("add", binary("mul", f32(0.1), f32(3)), f32(1e-9));
  expect(value(sum)).toBe(Math.fround(Math.fround(0.1) * 3));
  expect(value(sum, "f64")).toBe(0.1 * 3 + 1e-9);
  expect(value(convert("f32", variable("i32", "q")))).toBe(7);
  expect(value({ kind: "convert", type: "f32", a: i32(2 ** 24 + 1) })).toBe(2 ** 24);
  expect(value({ kind: "convert", type: "f32", a: i32(2 ** 24 + 1) }, "f64")).toBe(2 ** 24 + 1);
});

test("conversions to integers truncate, saturate, and take NaN to 0", () => {
  const to = (type: "i32" | "i64" | "bool", x: number): number =>
    value({ kind: "convert", type, a: f32(x) });
  expect([to("i32", -1.9), to("i32", 1.9), to("i32", -0.5)]).toEqual([-1, 1, 0]);
  expect([to("i32", 3e9), to("i32", -Infinity), to("i32", NaN)]).toEqual([
    2 ** 31 - 1,
    -(2 ** 31),
    0,
  ]);
  expect(to("i64", 3e9)).toBe(3e9);
  expect([to("bool", 0), to("bool", NaN), to("bool", 0.1)]).toEqual([0, 1, 1]);
});

test("min and max pass over a NaN; comparisons with it fail", () => {
  expect([floats("min", NaN, 2), floats("max", 2, NaN), floats("min", NaN, NaN)]).toEqual([
    2,
    2,
    NaN,
  ]);
  expect((["lt", "le", "gt", "ge", "eq", "ne"] as const).map((op) => floats(op, NaN, NaN))).toEqual(
    [0, 0, 0, 0, 0, 1],
  );
});

test("floorPow2 is the largest power of two that is at most max(x, 1)", () => {
  const powers = [-3, 0, 1, 2, 3, 4, 2 ** 29 - 1, 2 ** 29, 2 ** 31 - 1].map((x) =>
    value(unary("floorPow2", i32(x))),
  );
  expect(powers).toEqual([1, 1, 1, 2, 2, 4, 2 ** 28, 2 ** 29, 2 ** 30]);
  for (let bit = 0; bit < 31; bit++) {
    expect(value(unary("floorPow2", i32(2 ** bit)))).toBe(2 ** bit);
    if (bit > 1) expect(value(unary("floorPow2", i32(2 ** bit - 1)))).toBe(2 ** (bit - 1));
  }
});

test("round takes halves upwards, as JavaScript does", () => {
  expect([-1.5, -0.5, 0.5, 1.5].map((x) => value(unary("round", f32(x))))).toEqual([-1, -0, 1, 2]);
});

test("loads and bools", () => {
  const bias = load("f32", "bias", [
    { axis: "h", value: i32(3) },
    { axis: "q", value: variable("i32", "q") },
  ]);
  expect(value(bias)).toBe(37);
  expect(value(unary("not", bool(true)))).toBe(0);
});
