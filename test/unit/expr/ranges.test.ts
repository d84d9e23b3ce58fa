import * as fc from "fast-check";
import { expect, test } from "vitest";
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
  mul,
  select,
  sub,
  unary,
  variable,
} from "../../../codegen/expr/expr.ts";
import type { BinaryOp, Expr } from "../../../codegen/expr/expr.ts";
import { printExpr } from "../../../codegen/expr/print.ts";
import { classify } from "../../../codegen/expr/corners.ts";
import { keyTiles } from "../../../codegen/expr/ranges.ts";
import type { KeyTiles } from "../../../codegen/expr/ranges.ts";

const v = (name: string): Expr => variable("i32", name);
const [q, kv, Sq, Skv] = [v("q"), v("kv"), v("Sq"), v("Skv")];

const small = fc.integer({ min: -12, max: 12 });
const comparison = fc.constantFrom<BinaryOp>("lt", "le", "gt", "ge", "eq");
const offset = fc.oneof(
  small.map((c) => i32(c)),
  fc.constant(sub(Skv, Sq)),
  fc.tuple(fc.constantFrom("a", "b"), small).map(([n, c]) => add(v(n), i32(c))),
  small.map((c) => add(sub(Skv, Sq), i32(c))),
);
const rowLine = fc
  .tuple(fc.constantFrom(-1, 0, 1, 1, 1, 2, 3), offset)
  .map(([a, c]) => add(mul(q, i32(a)), c));
const quotient = (e: Expr): fc.Arbitrary<Expr> =>
  fc.tuple(fc.integer({ min: 1, max: 6 }), small).map(([d, c]) => floorDiv(add(e, i32(c)), i32(d)));

const compare = (a: fc.Arbitrary<Expr>, b: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> =>
  fc.tuple(comparison, a, b).map(([op, x, y]) => binary(op, x, y));

const line = compare(fc.constant(kv), rowLine);
const uniform = compare(
  fc.constantFrom(v("a"), v("b")),
  small.map((c) => i32(c)),
);
const rowsOnly = compare(fc.constant(q), offset);
const affineAtom = fc.oneof({ arbitrary: line, weight: 5 }, uniform, rowsOnly);
const anyAtom = fc.oneof(
  { arbitrary: affineAtom, weight: 6 },
  compare(quotient(kv), fc.oneof(quotient(q), offset, rowLine)),
  compare(fc.constant(kv), quotient(q)),
  compare(
    small.map((c) => unary("abs", add(sub(q, kv), i32(c)))),
    offset,
  ),
  compare(
    fc.constantFrom<Expr>(kv, q).map((x) => binary("mod", x, i32(3))),
    small.map((c) => i32(c)),
  ),
  compare(
    rowLine.map((r) => binary("min", kv, r)),
    offset,
  ),
  compare(
    rowLine.map((r) => select(binary("lt", q, i32(5)), kv, r)),
    offset,
  ),
  compare(
    fc.constantFrom(q, kv).map((at) => load("i32", "doc", [{ axis: "kv", value: at }])),
    small.map((c) => i32(c)),
  ),
  compare(fc.constant(mul(kv, v("a"))), rowLine),
  fc.tuple(offset, line).map(([r, l]) => binary("ne", sub(kv, r), sub(q, i32(l === r ? 1 : 0)))),
);

const conjunction = fc
  .array(affineAtom, { minLength: 1, maxLength: 4 })
  .map((atoms) => atoms.reduce((x, y) => binary("and", x, y)));
const anyPredicate = fc.letrec<{ p: Expr }>((tie) => ({
  p: fc.oneof(
    { depthSize: "small" },
    anyAtom,
    fc
      .tuple(fc.constantFrom<BinaryOp>("and", "or"), tie("p"), tie("p"))
      .map(([op, x, y]) => binary(op, x, y)),
    tie("p").map((x) => unary("not", x)),
    fc.tuple(tie("p"), tie("p"), tie("p")).map(([c, x, y]) => select(c, x, y)),
  ),
})).p;

/** Tile sizes, and the launches to try them with. */
const anySizes = fc.record({
  rows: fc.integer({ min: 1, max: 8 }),
  keys: fc.integer({ min: 1, max: 8 }),
});
const anyLaunch = fc.record({
  Sq: fc.integer({ min: 1, max: 20 }),
  Skv: fc.integer({ min: 0, max: 20 }),
  a: small,
  b: small,
});
const anyLaunches = fc.array(anyLaunch, { minLength: 30, maxLength: 30 });
type Sizes = typeof anySizes extends fc.Arbitrary<infer T> ? T : never;
type Launch = typeof anyLaunch extends fc.Arbitrary<infer T> ? T : never;

const solve = (predicate: Expr | undefined, sizes: Sizes): KeyTiles =>
  keyTiles(
    predicate,
    { name: "q", origin: v("q0"), size: sizes.rows, extent: Sq },
    { name: "kv", size: sizes.keys, extent: Skv },
  );

const environment = (values: Readonly<Record<string, number>>): Env => ({
  variable: (name) => values[name]!,
  load: (_, [at]) => ((at! * 7) % 5) - 2,
});
const valueAt = (e: Expr, values: Readonly<Record<string, number>>): number =>
  evaluate(e, environment(values), "f32");

type State = "skipped" | "partial" | "full";

/** How the ranges class each tile; throws where they are out of order or out of bounds. */
const states = (
  { ranges }: KeyTiles,
  tiles: number,
  values: Launch & { q0: number },
): readonly State[] => {
  const state = Array.from({ length: tiles }, (): State => "skipped");
  let end = 0;
  for (const range of ranges) {
    const [lo, fullLo, fullHi, hi] = [range.lo, range.fullLo, range.fullHi, range.hi].map((e) =>
      valueAt(e, values),
    ) as [number, number, number, number];
    const ordered = end <= lo && lo <= fullLo && fullLo <= fullHi && fullHi <= hi && hi <= tiles;
    if (!ordered)
      throw new Error(`out of order: ${end}; ${lo} ${fullLo} ${fullHi} ${hi}; ${tiles}`);
    for (let t = lo; t < hi; t++) state[t] = t >= fullLo && t < fullHi ? "full" : "partial";
    end = hi;
  }
  return state;
};

/** What is wrong with the class of tile t, judged by all its elements. */
const wrong = (
  predicate: Expr,
  { rows, keys }: Sizes,
  values: Launch & { q0: number },
  t: number,
  state: State,
  minimal: { readonly visits: boolean; readonly masks: boolean },
): string | undefined => {
  const { q0, Skv, Sq } = values;
  const real = Math.min(rows, Sq - q0);
  let seen = 0;
  for (let q = q0; q < q0 + real; q++)
    for (let kv = t * keys; kv < Math.min((t + 1) * keys, Skv); kv++)
      seen += valueAt(predicate, { ...values, q, kv });
  if (state === "skipped" && seen > 0) return "must not be skipped";
  if (state === "full" && seen < real * keys) return "must be masked";
  if (minimal.visits && state !== "skipped" && seen === 0) return "is visited for nothing";
  if (minimal.masks && state === "partial" && seen === real * keys) return "is masked for nothing";
  return undefined;
};

/** Judges every tile of every launch; throws a line that tells all. */
const check = (
  predicate: Expr,
  sizes: Sizes,
  launches: readonly Launch[],
  tiles: KeyTiles,
  single: boolean,
): void => {
  const minimal = { visits: tiles.exact, masks: tiles.exact && single };
  for (const launch of launches)
    for (let q0 = 0; q0 < launch.Sq; q0 += sizes.rows) {
      const values = { ...launch, q0 };
      const where = `${printExpr(predicate)}; ${JSON.stringify({ ...sizes, ...values })}`;
      states(tiles, Math.ceil(launch.Skv / sizes.keys), values).forEach((state, t) => {
        const fault = wrong(predicate, sizes, values, t, state, minimal);
        if (fault) throw new Error(`tile ${t} ${fault}: ${where}`);
      });
    }
};

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

const d = sub(Skv, Sq);
const causal = binary("le", kv, add(q, d));
const within = (width: Expr): Expr => binary("lt", sub(add(q, d), kv), width);
const sink = binary("lt", kv, i32(4));
const either = (x: Expr, y: Expr): Expr => binary("or", x, y);

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
  const most = 2 ** 31 - 2 ** 16;
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

test("classify speaks the truth about every box, and knows the simple ones", () => {
  const corner = (name: string) => ({ lo: v(`${name}_lo`), hi: v(`${name}_hi`) });
  const box = new Map([
    ["q", corner("q")],
    ["kv", corner("kv")],
  ]);
  const side = fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 5 }));
  const boxes = fc.array(fc.tuple(side, side, anyLaunch), { minLength: 10, maxLength: 10 });
  let certain = 0;
  fc.assert(
    fc.property(anyPredicate, boxes, (predicate, places) => {
      const { all, none } = classify(predicate, box);
      for (const [[q0, height], [k0, width], launch] of places) {
        const values = { ...launch, q_lo: q0, q_hi: q0 + height, kv_lo: k0, kv_hi: k0 + width };
        let seen = 0;
        for (let q = q0; q <= q0 + height; q++)
          for (let kv = k0; kv <= k0 + width; kv++)
            seen += valueAt(predicate, { ...launch, q, kv });
        const where = `${printExpr(predicate)}; ${JSON.stringify(values)}`;
        if (all && valueAt(all, values) && seen < (height + 1) * (width + 1))
          throw new Error(`not all: ${where}`);
        if (none && valueAt(none, values) && seen > 0) throw new Error(`not none: ${where}`);
        if ((all && valueAt(all, values)) || (none && valueAt(none, values))) certain++;
      }
    }),
    { seed: 24, numRuns: 250 },
  );
  expect(certain).toBeGreaterThan(1_000);
  const { all, none } = classify(binary("le", kv, q), box);
  expect([all, none].map((e) => e && printExpr(e))).toEqual([
    "i64(q_lo) >= i64(kv_hi)",
    "i64(kv_lo) > i64(q_hi)",
  ]);
});
