// Printed expressions say what they mean, with the parentheses they need.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  binary,
  bool,
  constant,
  convert,
  f32,
  i32,
  load,
  select,
  unary,
  variable,
} from "../../../codegen/expr/expr.ts";
import type { BinaryOp, Expr, ScalarType } from "../../../codegen/expr/expr.ts";
import { printExpr } from "../../../codegen/expr/print.ts";
import { parseExpr } from "../../../codegen/tile/parse.ts";
import type { Scope } from "../../../codegen/tile/scope.ts";
import { anyExpr } from "./random.ts";

const [a, b, c] = ["a", "b", "c"].map((n) => variable("i32", n)) as [Expr, Expr, Expr];
const [u, w] = ["u", "w"].map((n) => variable("f32", n)) as [Expr, Expr];
const on = (op: BinaryOp, x: Expr, y: Expr): Expr => binary(op, x, y);
const less = on("lt", a, b);

test.each<[Expr, string]>([
  [on("sub", on("sub", a, b), c), "a - b - c"],
  [on("sub", a, on("sub", b, c)), "a - (b - c)"],
  [on("add", a, on("add", b, c)), "a + (b + c)"],
  [on("mul", on("add", a, b), c), "(a + b) * c"],
  [on("add", on("mul", a, b), c), "a * b + c"],
  [on("rem", on("mul", a, b), c), "a * b % c"],
  [on("div", on("add", a, i32(63)), i32(64)), "div(a + 63, 64)"],
  [on("mod", a, b), "mod(a, b)"],
  [on("div", u, w), "u / w"],
  [on("sub", u, convert("f32", on("sub", a, b))), "u - f32(a - b)"],
  [on("add", convert("i64", a), constant("i64", -5)), "i64(a) + -5L"],
  [on("le", a, on("add", b, c)), "a <= b + c"],
  [on("eq", less, on("ne", a, c)), "(a < b) == (a != c)"],
  [on("or", on("and", less, less), less), "a < b && a < b || a < b"],
  [on("and", less, on("or", less, less)), "a < b && (a < b || a < b)"],
  [select(less, a, select(less, b, c)), "a < b ? a : a < b ? b : c"],
  [select(less, select(less, a, b), c), "a < b ? (a < b ? a : b) : c"],
  [select(select(less, less, less), a, b), "(a < b ? a < b : a < b) ? a : b"],
  [on("add", select(less, a, b), c), "(a < b ? a : b) + c"],
  [unary("neg", a), "-a"],
  [unary("neg", unary("neg", a)), "-(-a)"],
  [unary("neg", on("mul", a, b)), "-(a * b)"],
  [on("mul", unary("neg", a), b), "-a * b"],
  [unary("neg", i32(3)), "-(3)"],
  [on("sub", a, i32(-3)), "a - -3"],
  [unary("not", unary("not", less)), "!!(a < b)"],
  [unary("tanhApprox", u), "tanh_approx(u)"],
  [unary("floorPow2", a), "floor_pow2(a)"],
  [on("min", a, on("max", b, c)), "min(a, max(b, c))"],
  [on("pow", u, f32(2)), "pow(u, 2.0)"],
  [
    load("f32", "bias", [
      { axis: "h", value: a },
      { axis: "q", value: on("add", b, c) },
    ]),
    "bias[a, b + c]",
  ],
  [load("f32", "alpha", []), "alpha[]"],
  [bool(true), "true"],
])("%# %j", (e, text) => {
  expect(printExpr(e)).toBe(text);
});

test("constants read back exactly and show their type", () => {
  const shown = (x: number): string => printExpr(f32(x));
  expect([1, -0, 0.1, 1e21, 1e-7, Infinity, -Infinity, NaN, 1 / Math.sqrt(128)].map(shown)).toEqual(
    ["1.0", "-0.0", "0.1", "1e+21", "1e-7", "inf", "-inf", "nan", "0.08838834764831843"],
  );
  expect([printExpr(i32(-4)), printExpr(constant("i64", 5))]).toEqual(["-4", "5L"]);
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      expect(shown(x)).toMatch(/^-?\d+(\.\d+(e[+-]?\d+)?|e[+-]?\d+)$/);
      expect(Number(shown(x))).toBe(x);
    }),
    { seed: 31 },
  );
});

/** All that text must tell, once the types of variables and tensors are known. */
const structure = (e: Expr): string =>
  JSON.stringify(e, (key, value: unknown) => {
    if (key === "span") return undefined;
    if (typeof value === "number")
      return Number.isFinite(value) && !Object.is(value, -0) ? value : printExpr(f32(value));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

const types: Readonly<Record<string, ScalarType>> = {
  ...{ x: "i32", y: "i32", z: "i32", u: "f32", v: "f32", p: "bool" },
};
const scope: Scope = {
  variable: (name) => types[name],
  tensor: (name) => (name === "table" ? { dtype: "f32", axes: [{ axis: "h" }] } : undefined),
  names: () => Object.keys(types),
};

test("text parses back to the same tree", () => {
  fc.assert(
    fc.property(anyExpr, (e) => {
      const text = printExpr(e);
      const [tree, again] = [structure(e), structure(parseExpr(text, scope))];
      if (again !== tree) throw new Error(`${text} is ${tree}, but parses to ${again}`);
    }),
    { seed: 32, numRuns: 3_000 },
  );
});
