// L1 as C++: precedence, integer division, constants, conversions, and what is printed outside the loops.

import { expect, test } from "vitest";
import { type ExpressionScope, printExpression } from "../../../codegen/cuda/expression.ts";
import { hoistValues } from "../../../codegen/cuda/hoist.ts";
import {
  floatLiteral,
  intLiteral,
  longLiteral,
  stringLiteral,
} from "../../../codegen/cuda/literal.ts";
import {
  add,
  binary,
  bool,
  constant,
  convert,
  type Expr,
  f32,
  i32,
  load,
  mul,
  select,
  sub,
  unary,
  type UnaryOp,
  variable,
} from "../../../codegen/expr/expr.ts";

const used: string[] = [];
const scope: ExpressionScope = {
  variable: (name) => name,
  nonNegative: (name) => name === "n" || name === "m",
  named: (value) => (value === Math.fround(Math.LN2) ? "LN2" : undefined),
  helper: (name) => {
    used.push(name);
    return name;
  },
  tensor: () => ({
    decl: { name: "bias", dtype: "f32", axes: [] },
    pointer: "params.bias",
    strides: ["params.bias_stride_b", "params.bias_stride_h"],
  }),
};
const text = (e: Expr): string => printExpression(e, scope);
const i = (name: string): Expr => variable("i32", name);
const f = (name: string): Expr => variable("f32", name);
const b = (name: string): Expr => variable("bool", name);

test("parentheses stand only where precedence asks for them", () => {
  expect(text(sub(sub(i("a"), i("b")), i("c")))).toBe("a - b - c");
  expect(text(sub(i("a"), sub(i("b"), i("c"))))).toBe("a - (b - c)");
  expect(text(add(f("a"), add(f("b"), f("c"))))).toBe("a + (b + c)");
  expect(text(mul(add(i("a"), i("b")), i("c")))).toBe("(a + b) * c");
  expect(text(add(mul(i("a"), i("b")), i("c")))).toBe("a * b + c");
  expect(text(binary("lt", add(i("a"), i("b")), i("c")))).toBe("a + b < c");
  expect(text(binary("and", binary("or", b("x"), b("y")), b("z")))).toBe("(x || y) && z");
  expect(text(binary("or", binary("and", b("x"), b("y")), b("z")))).toBe("x && y || z");
  expect(text(unary("not", binary("eq", i("a"), i("b"))))).toBe("!(a == b)");
  expect(text(binary("eq", binary("lt", i("a"), i("b")), bool(true)))).toBe("a < b == true");
});

test("what reads memory beside a condition is read without a branch, and outside the loops", () => {
  const at = (name: string): Expr =>
    load("f32", "bias", [
      { axis: "b", value: i(name) },
      { axis: "h", value: i("h") },
    ]);
  const same = (index: string): Expr => binary("eq", at(index), f("x"));
  const both = binary("and", binary("lt", i("col"), i("n")), same("b"));
  expect(text(both)).toMatch(/^\(col < n\) & \(read\(.*\) == x\)$/);
  expect(text(binary("or", both, b("y")))).toMatch(/^\(\(col < n\) & .*\) \|\| y$/);
  const hoisted = hoistValues(both, new Set(["col"]), new Set(["b"]));
  expect(hoisted.hoisted.map((h) => [h.perRow, h.value])).toEqual([[true, same("b")]]);
  const quotient = binary("div", i("a"), i("n"));
  const divided = binary("and", b("y"), binary("eq", at("b"), convert("f32", quotient)));
  expect(text(divided)).toMatch(/^y && read\(/);
});

test("a select binds weakest, and nests to the right without parentheses", () => {
  const inner = select(b("y"), f("p"), f("q"));
  expect(text(select(b("x"), f("a"), inner))).toBe("x ? a : y ? p : q");
  expect(text(select(b("x"), inner, f("a")))).toBe("x ? (y ? p : q) : a");
  expect(text(mul(select(b("x"), f("a"), f("b")), f("c")))).toBe("(x ? a : b) * c");
  expect(text(select(binary("lt", f("a"), f("b")), f("a"), f("b")))).toBe("a < b ? a : b");
});

test("minus signs never meet", () => {
  expect(text(unary("neg", unary("neg", i("a"))))).toBe("-(-a)");
  expect(text(unary("neg", i32(-3)))).toBe("-(-3)");
  expect(text(sub(i("a"), i32(-3)))).toBe("a - -3");
  expect(text(unary("neg", add(i("a"), i("b"))))).toBe("-(a + b)");
});

test("division rounds down, and is plain where nothing can be negative", () => {
  expect(text(binary("div", i("n"), i32(64)))).toBe("n / 64");
  expect(text(binary("mod", add(i("n"), i("m")), i32(3)))).toBe("(n + m) % 3");
  expect(text(binary("div", i("a"), i32(64)))).toBe("a >> 6");
  expect(text(binary("mod", i("a"), i32(2)))).toBe("a & 1");
  expect(text(binary("div", sub(i("a"), i32(1)), i32(2)))).toBe("(a - 1) >> 1");
  expect(text(binary("mod", binary("div", i("a"), i32(2)), i32(2)))).toBe("(a >> 1) & 1");
  expect(text(add(binary("div", i("a"), i32(2)), i32(1)))).toBe("(a >> 1) + 1");
  expect(text(binary("div", i("a"), i32(3)))).toBe("floor_div(a, 3)");
  expect(text(binary("mod", i("a"), i("n")))).toBe("floor_mod(a, n)");
  expect(text(binary("rem", i("a"), i32(4)))).toBe("a % 4");
  expect(text(binary("div", mul(i("n"), i("m")), mul(i("n"), i("m"))))).toBe("n * m / (n * m)");
});

test("functions", () => {
  const of = (op: UnaryOp): string => text(unary(op, f("x")));
  expect(of("exp2")).toBe("exp2_approx(x)");
  expect(of("exp")).toBe("exp_approx(x)");
  expect(of("log")).toBe("logf(x)");
  expect(of("tanh")).toBe("tanh_f32(x)");
  expect(of("tanhApprox")).toBe("tanh_approx(x)");
  expect(of("round")).toBe("round_half_up(x)");
  expect(text(unary("abs", i("a")))).toBe("max(a, -a)");
  expect(text(unary("abs", f("x")))).toBe("fabsf(x)");
  expect(text(binary("max", f("x"), f("y")))).toBe("fmaxf(x, y)");
  expect(text(binary("min", i("a"), i("c")))).toBe("min(a, c)");
  expect(text(binary("pow", f("x"), f("y")))).toBe("powf(x, y)");
  expect(text(binary("rem", f("x"), f("y")))).toBe("fmodf(x, y)");
  expect(text(binary("mod", f("x"), f("y")))).toBe("float_mod(x, y)");
});

test("conversions and loads", () => {
  expect(text(convert("f32", sub(i("a"), i("b"))))).toBe("(float)(a - b)");
  expect(text(mul(convert("i64", i("a")), convert("i64", i("b"))))).toBe("(i64)a * (i64)b");
  expect(text(convert("bool", i("a")))).toBe("a != 0");
  const element = load("f32", "bias", [
    { axis: "b", value: i("b") },
    { axis: "h", value: add(i("h"), i32(1)) },
    { axis: "kv", value: sub(i("kv"), i("q")) },
  ]);
  expect(text(element)).toBe(
    "read(params.bias + b * params.bias_stride_b + (h + 1) * params.bias_stride_h + kv - q)",
  );
  expect(used).toContain("read_f32");
});

test("constants", () => {
  expect(text(f32(Math.fround(Math.LN2)))).toBe("LN2");
  expect(text(f32(-Infinity))).toBe("-infinity()");
  expect(text(f32(Number.NaN))).toBe("not_a_number()");
  expect(text(constant("i64", 2 ** 40))).toBe("1099511627776ll");
  expect(intLiteral(-(2 ** 31))).toBe("(-2147483647 - 1)");
  expect(longLiteral(1e21 / 1e6)).toBe("1000000000000000ll");
  expect(floatLiteral(0)).toBe("0.0f");
  expect(floatLiteral(-0)).toBe("-0.0f");
  expect(floatLiteral(-1e30)).toBe("-1e30f");
  expect(floatLiteral(8)).toBe("8.0f");
  expect(floatLiteral(1e-45)).toBe("1e-45f");
  expect(floatLiteral(16777216)).toBe("16777216.0f");
});

test("a float's decimal is the shortest that reads back as the same float", () => {
  let seed = 12345;
  const words = new Uint32Array(1);
  const floats = new Float32Array(words.buffer);
  for (let n = 0; n < 20_000; n++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    words[0] = seed;
    const x = floats[0]!;
    if (!Number.isFinite(x)) continue;
    const printed = floatLiteral(x);
    expect(Math.fround(Number(printed.slice(0, -1))), `seed ${seed}`).toBe(x);
  }
});

test("strings", () => {
  expect(stringLiteral('a "b" \\ ?')).toBe('"a \\"b\\" \\\\ \\?"');
  expect(stringLiteral("a\nb\u202e")).toBe('"a?b?"');
});

test("what is the same along a row, or in the tile, is named once; guarded reads stay guarded", () => {
  const slope = load("f32", "slopes", [{ axis: "h", value: i("h") }]);
  const byRow = unary("exp", mul(slope, convert("f32", i("row"))));
  const value = add(mul(f("s"), slope), mul(byRow, convert("f32", i("fixed_col"))));
  const columns = new Set(["s", "fixed_col"]);
  const { inner, hoisted } = hoistValues(value, columns, new Set(["row"]));
  expect(text(inner)).toBe("s * in_tile + in_row * (float)fixed_col");
  expect(hoisted.map((h) => [h.name, h.perRow])).toEqual([
    ["in_tile", false],
    ["in_row", true],
  ]);
  const guarded = select(binary("lt", i("fixed_col"), i("n")), slope, f32(0));
  expect(hoistValues(guarded, columns, new Set()).hoisted).toEqual([]);
});
