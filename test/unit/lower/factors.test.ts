// Factors of scores that the exponent takes along: which ones, and that rounding shows nowhere else.

import { expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import {
  type Expr,
  binary,
  f32,
  mul,
  select,
  unary,
  variable,
} from "../../../codegen/expr/expr.ts";
import { printExpr } from "../../../codegen/expr/print.ts";
import { simplify } from "../../../codegen/expr/simplify.ts";
import { factorsOf } from "../../../codegen/lower/factors.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { printProgram } from "../../../codegen/tile/print.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { dense } from "../../support/descriptions.ts";

const s = variable("f32", "s");
const t = variable("f32", "tau");
const div = (a: Expr, b: Expr): Expr => binary("div", a, b);
const add = (a: Expr, b: Expr): Expr => binary("add", a, b);

const cases: readonly (readonly [Expr, string, string | undefined, number])[] = [
  [
    mul(f32(50), unary("tanh", div(mul(s, f32(0.125)), f32(50)))),
    "tanh(s * 0.0025)",
    undefined,
    50,
  ],
  [mul(t, unary("tanh", div(s, t))), "tanh(s * (1.0 / tau))", "tau", 1],
  [unary("neg", div(s, f32(5))), "s", undefined, -0.2],
  [add(div(s, f32(5)), t), "s * 0.2 + tau", undefined, 1],
  [unary("floor", div(s, f32(5))), "floor(s / 5.0)", undefined, 1],
  [
    mul(f32(3), select(binary("lt", div(s, f32(5)), t), div(s, f32(5)), t)),
    "s / 5.0 < tau ? s * 0.2 : tau",
    undefined,
    3,
  ],
  [div(s, f32(1e-42)), "s / 1e-42", undefined, 1],
  [mul(s, f32(0)), "s * 0.0", undefined, 1],
  [f32(4), "4.0", undefined, 1],
];

test.each(cases)("%#", (score, rest, scalars, constant) => {
  const found = factorsOf(score, new Set(["tau"]));
  expect(printExpr(simplify(found.rest))).toBe(rest);
  expect(found.scalars && printExpr(found.scalars)).toBe(scalars);
  expect(found.constant).toBeCloseTo(constant, 12);
});

test("a division by a power of two is a product, by others not", () => {
  expect(printExpr(simplify(div(s, f32(-8))))).toBe("s * -0.125");
  expect(printExpr(simplify(div(s, f32(2 ** -126))))).toBe(`s * ${printExpr(f32(2 ** 126))}`);
  for (const c of [3, 2 ** 127, 2 ** -127])
    expect(simplify(div(s, f32(c)))).toMatchObject({ op: "div" });
});

const launched = dense({ headDim: 16, scale: t, scalars: [{ name: "tau", type: "f32" }] });

test("a scale known at launch costs no pass over the scores where it is positive", () => {
  const text = printProgram(lower(launched));
  expect(text).toContain(
    "let score_factor: f32 = tau > 0.0 ? tau * 1.4426950216293335 : 1.4426950216293335",
  );
  expect(text).toMatch(/if !\(tau > 0\.0\) \{.*\n\s*map s = s \* tau/);
});

test.each([0.375, -0.375, 0, 1e-30, Infinity])(
  "a scale of %d agrees with the reference",
  async (value) => {
    const sizes = { B: 1, Sq: 5, Skv: 37, Hkv: 1, G: 2 };
    const inputs = randomInputs(launched, sizes, 5);
    const scalars = { tau: value };
    const program = schedule(lower(launched), archs.sm_80);
    const outputs = await simulateProgram(program, { sizes, inputs, scalars });
    const judged = judge(launched, reference(launched, sizes, inputs, scalars), outputs);
    expect(judged.filter((j) => !j.accuracy.pass)).toEqual([]);
  },
);
