// Intervals hold every value that an expression takes.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { always, bounds, maybe, never } from "../../../codegen/expr/bounds.ts";
import type { Interval } from "../../../codegen/expr/bounds.ts";
import {
  add,
  binary,
  convert,
  f32,
  floorDiv,
  i32,
  mul,
  select,
  sub,
  unary,
  variable,
} from "../../../codegen/expr/expr.ts";
import type { Expr } from "../../../codegen/expr/expr.ts";
import { printExpr } from "../../../codegen/expr/print.ts";
import { anyExpr, anyValues, valueOf } from "./random.ts";

const [q, kv] = [variable("i32", "q"), variable("i32", "kv")];
const tile = new Map<string, Interval>([
  ["q", { lo: 128, hi: 255 }],
  ["kv", { lo: 64, hi: 127 }],
]);
const within = (e: Expr): Interval => bounds(e, tile);

test("integers", () => {
  expect(within(sub(q, kv))).toEqual({ lo: 1, hi: 191 });
  expect(within(sub(add(q, kv), q))).toEqual({ lo: 64, hi: 127 });
  expect(within(floorDiv(sub(kv, q), i32(64)))).toEqual({ lo: -3, hi: -1 });
  expect(within(binary("mod", q, i32(16)))).toEqual({ lo: 0, hi: 15 });
  expect(within(binary("rem", sub(kv, q), i32(16)))).toEqual({ lo: -15, hi: 0 });
  expect(within(mul(sub(kv, i32(96)), sub(q, i32(200))))).toEqual({ lo: -2232, hi: 2304 });
  expect(within(unary("abs", sub(kv, i32(100))))).toEqual({ lo: 0, hi: 36 });
  expect(within(variable("i32", "unknown"))).toEqual({ lo: -Infinity, hi: Infinity });
});

test("predicates are always, never or maybe", () => {
  expect(within(binary("le", kv, q))).toEqual(always);
  expect(within(binary("gt", kv, q))).toEqual(never);
  expect(within(binary("lt", sub(q, kv), i32(64)))).toEqual(maybe);
  expect(within(binary("eq", q, q))).toEqual(always);
  expect(within(select(binary("lt", q, kv), q, kv))).toEqual({ lo: 64, hi: 127 });
});

test("a float that may be NaN decides no comparison in favour", () => {
  const x = variable("f32", "x");
  expect(within(binary("lt", x, f32(Infinity)))).toEqual(maybe);
  expect(bounds(binary("le", x, f32(1)), new Map([["x", { lo: 0, hi: 1, nan: true }]]))).toEqual(
    maybe,
  );
  expect(bounds(binary("le", x, f32(1)), new Map([["x", { lo: 0, hi: 1 }]]))).toEqual(always);
  expect(within(convert("f32", sub(kv, q)))).toEqual({ lo: -191, hi: -1 });
});

test("bounds contain every value", () => {
  const slack = fc.constantFrom(0, 0, 1, 7, 1000, Infinity);
  const slacks = fc.array(slack, { minLength: 10, maxLength: 10 });
  fc.assert(
    fc.property(anyExpr, anyValues, slacks, (e, values, by) => {
      const value = valueOf(e, values);
      fc.pre(value !== undefined);
      // A box around the values: tight, loose or open on each side; none around NaN and p.
      const around = ([name, at]: [string, number], i: number): [string, Interval][] => {
        const [lo, hi] = [at - by[2 * i]!, at + by[2 * i + 1]!];
        return name === "p" || Number.isNaN(lo) || Number.isNaN(hi) ? [] : [[name, { lo, hi }]];
      };
      const env = new Map(Object.entries(values).flatMap(around));
      const { lo, hi, nan } = bounds(e, env);
      if (!(Number.isNaN(value) ? nan : lo <= value && value <= hi))
        throw new Error(
          `${printExpr(e)} = ${value} is not in ${lo}..${hi}: ${JSON.stringify([...env])}`,
        );
    }),
    { seed: 12, numRuns: 8_000 },
  );
});
