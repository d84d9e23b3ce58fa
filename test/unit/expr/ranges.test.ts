// Ranges of keys: sound for any predicate, tight where they say so, short for common masks.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { largestSize } from "../../../codegen/base/size.ts";
import { evaluate } from "../../../codegen/expr/evaluate.ts";
import type { Env } from "../../../codegen/expr/evaluate.ts";
import {
  add,
  and,
  binary,
  children,
  floorDiv,
  i32,
  load,
  select,
  sub,
  unary,
} from "../../../codegen/expr/expr.ts";
import type { Expr } from "../../../codegen/expr/expr.ts";
import { printExpr } from "../../../codegen/expr/print.ts";
import type { KeyTiles } from "../../../codegen/expr/ranges.ts";
import {
  v,
  q,
  kv,
  Sq,
  Skv,
  conjunction,
  anyPredicate,
  anySizes,
  anyLaunches,
  solve,
  environment,
  valueAt,
  states,
  check,
  d,
  causal,
  within,
  sink,
  either,
} from "./predicates.ts";

test("ranges of any predicate are sound, and visit no tile in vain where they are exact", () => {
  let exact = 0;
  fc.assert(
    fc.property(anyPredicate, anySizes, anyLaunches, (predicate, sizes, launches) => {
      const tiles = solve(predicate, sizes);
      check(predicate, sizes, launches, tiles, false);
      if (tiles.exact) exact++;
    }),
    { seed: 21, numRuns: 250 },
  );
  expect(exact).toBeGreaterThan(60);
});

test("ranges of a conjunction of affine atoms mask no tile in vain either", () => {
  let exact = 0;
  fc.assert(
    fc.property(conjunction, anySizes, anyLaunches, (predicate, sizes, launches) => {
      const tiles = solve(predicate, sizes);
      check(predicate, sizes, launches, tiles, true);
      if (tiles.exact) exact++;
    }),
    { seed: 22, numRuns: 250 },
  );
  expect(exact).toBeGreaterThan(180);
});

test("the check notices ranges that are off by one", () => {
  const sizes = { rows: 3, keys: 4 };
  const tiles = solve(causal, sizes);
  const launches = [{ Sq: 7, Skv: 19, a: 0, b: 0 }];
  const moved = (bound: "lo" | "fullLo" | "fullHi" | "hi", by: number): KeyTiles => ({
    ...tiles,
    ranges: tiles.ranges.map((r) => ({ ...r, [bound]: add(r[bound], i32(by)) })),
  });
  const run = (planted: KeyTiles) => () => check(causal, sizes, launches, planted, true);
  expect(run(tiles)).not.toThrow();
  expect(run(moved("hi", -1))).toThrow("must not be skipped");
  expect(run(moved("fullHi", 1))).toThrow(/must be masked|out of order/);
  expect(run(moved("fullHi", -1))).toThrow("masked for nothing");
  expect(run(moved("lo", 1))).toThrow(/out of order/);
  expect(run(moved("hi", 1))).toThrow(/visited for nothing|out of order/);
});

const printed = (predicate: Expr | undefined, rows = 128): unknown => {
  const { ranges, exact, blame } = solve(predicate, { rows, keys: 64 });
  const text = ranges.map((r) => [r.lo, r.fullLo, r.fullHi, r.hi].map(printExpr));
  return { ranges: text, ...(!exact && { blame: blame.map(printExpr) }) };
};

test("common masks have short bounds", () => {
  expect(printed(undefined)).toEqual({
    ranges: [["0", "0", "div(Skv, 64)", "div(Skv + 63, 64)"]],
  });
  const hi = "div(max(Skv - Sq + min(q0 + 128, Sq), 0) + 63, 64)";
  expect(printed(causal)).toEqual({
    ranges: [["0", "0", "div(max(Skv - Sq + q0 + 1, 0), 64)", hi]],
  });
  expect(printed(and(causal, within(i32(1024))))).toMatchInlineSnapshot(`
    {
      "ranges": [
        [
          "div(max(q0 - Sq + Skv - 1023, 0), 64)",
          "div(max(Skv - Sq + min(q0 + 128, Sq) - 1024, 0) + 63, 64)",
          "max(div(max(Skv - Sq + q0 + 1, 0), 64), div(max(Skv - Sq + min(q0 + 128, Sq) - 1024, 0) + 63, 64))",
          "div(max(Skv - Sq + min(q0 + 128, Sq), 0) + 63, 64)",
        ],
      ],
    }
  `);
  expect(printed(and(causal, either(sink, within(i32(1024)))))).toMatchInlineSnapshot(`
    {
      "ranges": [
        [
          "0",
          "0",
          "0",
          "div(max(min(4, Skv - Sq + min(q0 + 128, Sq)), 0) + 63, 64)",
        ],
        [
          "max(div(max(q0 - Sq + Skv - 1023, 0), 64), div(max(min(4, Skv - Sq + min(q0 + 128, Sq)), 0) + 63, 64))",
          "max(div(max(Skv - Sq + min(q0 + 128, Sq) - 1024, 0) + 63, 64), div(max(min(4, Skv - Sq + min(q0 + 128, Sq)), 0) + 63, 64))",
          "max(max(div(max(Skv - Sq + q0 + 1, 0), 64), div(max(Skv - Sq + min(q0 + 128, Sq) - 1024, 0) + 63, 64)), div(max(min(4, Skv - Sq + min(q0 + 128, Sq)), 0) + 63, 64))",
          "div(max(Skv - Sq + min(q0 + 128, Sq), 0) + 63, 64)",
        ],
      ],
    }
  `);
  expect(printed(either(causal, binary("lt", kv, v("prefix"))))).toMatchInlineSnapshot(`
    {
      "ranges": [
        [
          "0",
          "0",
          "max(div(max(Skv - Sq + q0 + 1, 0), 64), div(max(min(Skv, prefix), 0), 64))",
          "max(div(max(Skv - Sq + min(q0 + 128, Sq), 0) + 63, 64), div(max(min(Skv, prefix), 0) + 63, 64))",
        ],
      ],
    }
  `);
  expect(printed(binary("ge", floorDiv(q, i32(64)), floorDiv(kv, i32(64))))).toMatchInlineSnapshot(`
    {
      "ranges": [
        [
          "0",
          "0",
          "div(min(Skv, div(q0, 64) * 64 + 64), 64)",
          "div(min(Skv, div(min(q0 + 128, Sq) - 1, 64) * 64 + 64) + 63, 64)",
        ],
      ],
    }
  `);
});

test("equivalent predicates are solved alike, however they are written", () => {
  const others = [
    unary("not", binary("gt", kv, add(q, d))),
    binary("ge", sub(q, kv), sub(Sq, Skv)),
    binary("lt", sub(sub(kv, q), i32(1)), d),
    select(binary("gt", sub(kv, d), q), binary("lt", i32(1), i32(0)), binary("eq", q, q)),
  ];
  const hi = (e: Expr): unknown => (printed(e, 1) as { ranges: unknown }).ranges;
  const reference = states(solve(causal, { rows: 3, keys: 2 }), 8, {
    Sq: 9,
    Skv: 15,
    a: 0,
    b: 0,
    q0: 3,
  });
  for (const other of others) {
    expect(solve(other, { rows: 3, keys: 2 })).toMatchObject({ exact: true, blame: [] });
    expect(
      states(solve(other, { rows: 3, keys: 2 }), 8, { Sq: 9, Skv: 15, a: 0, b: 0, q0: 3 }),
    ).toEqual(reference);
  }
  expect(hi(others[0]!)).toEqual(hi(causal));
});

test("what cannot be solved is blamed, visited, and never taken for full", () => {
  const document = binary(
    "eq",
    load("i32", "doc", [{ axis: "kv", value: q }]),
    load("i32", "doc", [{ axis: "kv", value: kv }]),
  );
  const tiles = solve(and(causal, document), { rows: 4, keys: 4 });
  expect(tiles.exact).toBe(false);
  expect(tiles.blame.map(printExpr)).toEqual(["doc[q] == doc[kv]"]);
  expect(states(tiles, 5, { Sq: 20, Skv: 20, a: 0, b: 0, q0: 4 })).toEqual([
    ...["partial", "partial", "skipped", "skipped", "skipped"],
  ]);
});

test("a guard keeps what it guards from being read", () => {
  const previous = load("i32", "ends", [{ axis: "b", value: sub(v("a"), i32(1)) }]);
  const guarded = and(binary("gt", v("a"), i32(0)), binary("lt", kv, previous));
  const [range] = solve(guarded, { rows: 4, keys: 4 }).ranges;
  const env: Env = {
    variable: (name) => ({ a: 0, Sq: 8, Skv: 8, q0: 4 })[name]!,
    load: () => {
      throw new Error("read ends[-1]");
    },
  };
  expect(evaluate(range!.hi, env, "f32")).toBe(0);
});

/** Every i32 that evaluating `e` computes lies within i32. */
const staysInI32 = (e: Expr, env: Env): boolean => {
  const value = evaluate(e, env, "f32");
  if (e.type === "i32" && (value < -(2 ** 31) || value >= 2 ** 31)) return false;
  if (e.kind === "select") {
    const taken = evaluate(e.condition, env, "f32") !== 0 ? e.a : e.b;
    return staysInI32(e.condition, env) && staysInI32(taken, env);
  }
  return children(e).every((c) => staysInI32(c, env));
};

test("nothing overflows, and corners stay sound, at the largest sizes", () => {
  const most = largestSize;
  const big = fc.oneof(
    fc.integer({ min: most - 300, max: most }),
    fc.integer({ min: 1, max: most }),
  );
  const wide = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const launch = fc.record({
    Sq: big,
    Skv: big,
    a: wide,
    b: wide,
    at: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const mask = fc.constantFrom(
    causal,
    and(causal, within(i32(1024))),
    and(causal, within(v("a"))),
    and(causal, either(sink, within(v("b")))),
    either(causal, binary("lt", kv, v("a"))),
    binary("lt", unary("abs", sub(q, kv)), v("a")),
    binary("eq", floorDiv(q, i32(96)), floorDiv(kv, i32(96))),
    either(binary("le", kv, sub(q, v("a"))), binary("ge", kv, add(q, v("b")))),
  );
  const sizes = { rows: 128, keys: 64 };
  fc.assert(
    fc.property(mask, fc.array(launch, { minLength: 8, maxLength: 8 }), (predicate, launches) => {
      const tiles = solve(predicate, sizes);
      for (const { at, ...launch } of launches) {
        const q0 = Math.floor((at * (launch.Sq - 1)) / 128) * 128;
        const values = { ...launch, q0 };
        const where = `${printExpr(predicate)}; ${JSON.stringify(values)}`;
        for (const e of tiles.ranges.flatMap((r) => [r.lo, r.fullLo, r.fullHi, r.hi]))
          if (!staysInI32(e, environment(values)))
            throw new Error(`${printExpr(e)} overflows: ${where}`);
        const ends = tiles.ranges.map((r) =>
          [r.lo, r.fullLo, r.fullHi, r.hi].map((e) => valueAt(e, values)),
        );
        const last = Math.ceil(launch.Skv / 64) - 1;
        for (const t of new Set(ends.flat().flatMap((end) => [end - 1, end])).add(0).add(last)) {
          if (t < 0 || t > last) continue;
          const range = ends.find(([lo, , , hi]) => t >= lo! && t < hi!);
          for (const q of [q0, Math.min(q0 + 127, launch.Sq - 1)])
            for (const kv of [t * 64, t * 64 + 63]) {
              const seen = kv < launch.Skv && valueAt(predicate, { ...values, q, kv }) !== 0;
              if (seen && !range) throw new Error(`tile ${t} must not be skipped: ${where}`);
              if (!seen && range && t >= range[1]! && t < range[2]!)
                throw new Error(`tile ${t} must be masked: ${where}`);
            }
        }
      }
    }),
    { seed: 23, numRuns: 80 },
  );
});
