// Splitting affine expressions: the parts add up to the whole.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { affine } from "../../../codegen/expr/affine.ts";
import {
  add,
  binary,
  convert,
  floorDiv,
  i32,
  mul,
  sub,
  variable,
  variables,
} from "../../../codegen/expr/expr.ts";
import type { Expr } from "../../../codegen/expr/expr.ts";
import { printExpr } from "../../../codegen/expr/print.ts";
import { anyI32, anyValues, valueOf } from "./random.ts";

const [q, kv, s] = ["q", "kv", "s"].map((n) => variable("i32", n)) as [Expr, Expr, Expr];

const shown = (e: Expr, names: readonly string[]): Record<string, string> | undefined => {
  const parts = affine(e, names);
  return (
    parts &&
    Object.fromEntries([
      ...[...parts.coefficients].map(([n, c]) => [n, printExpr(c)]),
      ["rest", printExpr(parts.rest)],
    ])
  );
};

test("coefficients gather what multiplies a name", () => {
  expect(shown(sub(kv, q), ["kv", "q"])).toEqual({ kv: "1", q: "-1", rest: "0" });
  expect(shown(mul(add(kv, i32(3)), mul(s, i32(2))), ["kv"])).toEqual({
    kv: "s * 2",
    rest: "s * 6",
  });
  expect(shown(sub(add(kv, s), kv), ["kv"])).toEqual({ rest: "s" });
  expect(shown(convert("f32", sub(kv, q)), ["kv"])).toEqual({ kv: "1.0", rest: "f32(-q)" });
  expect(shown(variable("f32", "x"), ["kv"])).toEqual({ rest: "x" });
});

test("what is not affine is undefined", () => {
  expect(affine(mul(kv, kv), ["kv"])).toBeUndefined();
  expect(affine(floorDiv(kv, i32(2)), ["kv"])).toBeUndefined();
  expect(affine(binary("lt", kv, q), ["kv"])).toBeUndefined();
  expect(affine(mul(convert("f32", kv), variable("f32", "x")), ["kv"])).toBeUndefined();
});

test("the parts sum to the whole", () => {
  let found = 0;
  fc.assert(
    fc.property(anyI32, anyValues, (e, values) => {
      const names = ["x", "z"];
      const parts = affine(e, names);
      const whole = valueOf(e, values);
      fc.pre(parts !== undefined && whole !== undefined && Number.isSafeInteger(whole));
      for (const part of [...parts.coefficients.values(), parts.rest])
        for (const name of names) expect(variables(part)).not.toContain(name);
      const terms = [...parts.coefficients].map(([n, c]) => mul(c, variable("i32", n)));
      const sum = valueOf(terms.reduce<Expr>(add, parts.rest), values);
      if (sum !== whole)
        throw new Error(`${printExpr(e)} = ${whole}, not ${sum}, for ${JSON.stringify(values)}`);
      if (parts.coefficients.size > 0) found++;
    }),
    { seed: 41, numRuns: 1_500 },
  );
  expect(found).toBeGreaterThan(150);
});
