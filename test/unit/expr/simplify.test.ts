// Simplifying never changes a value, to the last bit.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  add,
  binary,
  bool,
  constant,
  convert,
  f32,
  floorDiv,
  i32,
  max,
  min,
  mul,
  select,
  sub,
  unary,
  variable,
} from "../../../codegen/expr/expr.ts";
import type { Expr } from "../../../codegen/expr/expr.ts";
import { printExpr } from "../../../codegen/expr/print.ts";
import { simplify } from "../../../codegen/expr/simplify.ts";
import { anyExpr, anyValues, valueOf } from "./random.ts";

const [x, y] = [variable("i32", "x"), variable("i32", "y")];
const [u, w] = [variable("f32", "u"), variable("f32", "w")];
const p = variable("bool", "p");
const n = (value: number): Expr => i32(value);
const less = binary("lt", u, w);

test.each<[string, Expr]>([
  ["x", add(x, n(0))],
  ["x + 5", add(n(2), add(x, n(3)))],
  ["x - 3", add(x, n(-3))],
  ["x * 64", mul(n(64), x)],
  ["0", mul(x, n(0))],
  ["127", sub(sub(add(x, n(128)), n(1)), x)],
  ["y - x", add(unary("neg", x), y)],
  ["x + div(y, 64)", floorDiv(add(mul(x, n(64)), y), n(64))],
  ["x", floorDiv(add(mul(x, n(64)), n(63)), n(64))],
  ["div(x, 12)", floorDiv(floorDiv(x, n(3)), n(4))],
  ["3", binary("mod", add(mul(x, n(4)), n(7)), n(4))],
  ["mod(x, 4)", binary("mod", binary("mod", x, n(4)), n(8))],
  ["div(x, 0)", floorDiv(x, n(0))],
  ["x", min(x, add(x, n(1)))],
  ["max(x, y)", max(max(x, y), sub(x, n(2)))],
  ["max(4, x)", max(n(4), max(x, n(3)))],
  ["true", binary("lt", x, add(x, n(1)))],
  ["x <= y", unary("not", binary("gt", x, y))],
  ["!(u < w)", unary("not", less)],
  ["u != w", unary("not", binary("eq", u, w))],
  ["p", unary("not", unary("not", p))],
  ["u < w", binary("and", bool(true), less)],
  ["true", binary("or", less, bool(true))],
  ["x", select(p, x, x)],
  ["p ? y : x", select(unary("not", p), x, y)],
  ["p && u < w", select(p, less, bool(false))],
  ["!p || u < w", select(p, less, bool(true))],
  ["f32(x)", convert("f32", convert("i64", x))],
  ["u", mul(u, f32(1))],
  ["u", sub(u, f32(0))],
  ["u + 0.0", add(u, f32(0))],
  ["u - u", sub(u, u)],
  ["u * 0.0", mul(u, f32(0))],
  ["u - w", add(u, unary("neg", w))],
  ["u + 1.0 + 2.0", add(add(u, f32(1)), f32(2))],
  [String(Math.fround(Math.fround(0.1) + Math.fround(0.2))), add(f32(0.1), f32(0.2))],
  ["2147483647 + 1", add(n(2 ** 31 - 1), n(1))],
])("%s", (text, e) => {
  expect(printExpr(simplify(e))).toBe(text);
});

test("constants are folded as f32 arithmetic rounds", () => {
  expect(simplify(add(f32(2 ** 24), f32(1)))).toEqual(f32(2 ** 24));
  expect(simplify(convert("i32", f32(0.9999999999)))).toEqual(i32(1));
  expect(simplify(unary("neg", f32(0)))).toEqual(f32(-0));
  expect(simplify(convert("i64", constant("i32", 3)))).toEqual(constant("i64", 3));
});

test("what replaces an expression keeps its span", () => {
  const span = { file: "kernels/a.ts", line: 3, column: 7, length: 5 };
  expect(simplify(binary("add", i32(1), i32(2), span))).toEqual({ ...i32(3), span });
});

test("simplify preserves every value bit for bit, and what it gives is simple", () => {
  fc.assert(
    fc.property(anyExpr, anyValues, (e, values) => {
      const before = valueOf(e, values);
      fc.pre(before !== undefined && (e.type === "f32" || Number.isSafeInteger(before)));
      const simple = simplify(e);
      const after = valueOf(simple, values);
      if (!Object.is(after, before) || simple.type !== e.type)
        throw new Error(
          `${printExpr(e)} = ${before} became ${printExpr(simple)} = ${after} for ${JSON.stringify(values)}`,
        );
      const twice = simplify(structuredClone(simple));
      if (printExpr(twice) !== printExpr(simple))
        throw new Error(`${printExpr(simple)} could be ${printExpr(twice)}`);
    }),
    { seed: 11, numRuns: 5_000 },
  );
});
