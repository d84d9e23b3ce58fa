// Classes of single key tiles, where ranges are not exact: held against every element of every tile.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  add,
  and,
  binary,
  floorDiv,
  i32,
  mul,
  select,
  sub,
  type BinaryOp,
  type Expr,
  unary,
} from "../../../codegen/expr/expr.ts";
import { printExpr } from "../../../codegen/expr/print.ts";
import { type TileClass, tileClass } from "../../../codegen/expr/tile-class.ts";
import {
  anyLaunches,
  anyPredicate,
  anySizes,
  causal,
  compare,
  either,
  type Launch,
  q,
  kv,
  rowLine,
  Skv,
  Sq,
  type Sizes,
  small,
  solve,
  type State,
  states,
  v,
  valueAt,
  within,
  wrong,
} from "./predicates.ts";

const classOf = (predicate: Expr, { rows, keys }: Sizes): TileClass =>
  tileClass(
    predicate,
    { name: "q", origin: v("q0"), size: rows, extent: Sq },
    { name: "kv", size: keys, extent: Skv },
    v("kv0"),
    solve(predicate, { rows, keys }),
  );

/** What no range of keys can say: products, remainders, blocks at a stride. */
const period = fc.integer({ min: 1, max: 30 });
const shifted = fc.tuple(fc.constantFrom(q, kv, sub(q, kv), add(q, kv)), small);
const remainder = fc
  .tuple(fc.constantFrom<BinaryOp>("mod", "rem"), shifted, period)
  .map(([op, [x, c], n]) => binary(op, add(x, i32(c)), i32(n)));
const blocks = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }), fc.boolean())
  .map(([size, every, both]) => {
    const at = floorDiv(kv, i32(size));
    return binary("mod", both ? sub(floorDiv(q, i32(size)), at) : at, i32(every));
  });
const product = fc
  .tuple(shifted, shifted)
  .map(([[x, a], [y, b]]) => mul(add(x, i32(a)), add(y, i32(b))));
const bound = small.map((c) => i32(c * 5));
const curved = fc.oneof(
  compare(
    remainder,
    small.map((c) => i32(c)),
  ),
  compare(
    blocks,
    fc.integer({ min: 0, max: 4 }).map((c) => i32(c)),
  ),
  compare(product, fc.oneof(bound, rowLine)),
  compare(
    shifted.map(([x, c]) => mul(add(x, i32(c)), add(x, i32(c)))),
    bound,
  ),
);
const combined = fc
  .tuple(
    fc.constantFrom<BinaryOp>("and", "or"),
    curved,
    fc.oneof(curved, anyPredicate),
    fc.boolean(),
  )
  .map(([op, x, y, negated]) => {
    const e = binary(op, x, y);
    return negated ? unary("not", e) : e;
  });

interface Tally {
  skipped: number;
  full: number;
  partial: number;
  /** Of the partial ones, those that need not be visited or masked. */
  vain: number;
}

/** Judges every tile of every launch by all its elements. */
const judge = (
  predicate: Expr,
  sizes: Sizes,
  launches: readonly Launch[],
  { excluded, covered }: TileClass,
  tally: Tally,
): void => {
  const ranges = solve(predicate, sizes);
  for (const launch of launches)
    for (let q0 = 0; q0 < launch.Sq; q0 += sizes.rows) {
      const tiles = Math.ceil(launch.Skv / sizes.keys);
      states(ranges, tiles, { ...launch, q0 }).forEach((solved, t) => {
        const values = { ...launch, q0, kv0: t * sizes.keys };
        const holds = (e: Expr | undefined): boolean => e !== undefined && valueAt(e, values) !== 0;
        const where = `${printExpr(predicate)}; tile ${t}; ${JSON.stringify({ ...sizes, ...values })}`;
        if (solved === "skipped") return;
        const state: State = holds(excluded) ? "skipped" : holds(covered) ? "full" : "partial";
        tally[state]++;
        const never = { visits: false, masks: false };
        const fault = wrong(predicate, sizes, values, t, state, never);
        if (fault !== undefined) throw new Error(`${fault}: ${where}`);
        if (solved === "full" && state !== "full") throw new Error(`is full in a range: ${where}`);
        const exact = { visits: true, masks: true };
        if (wrong(predicate, sizes, values, t, state, exact) !== undefined) tally.vain++;
      });
    }
};

const nothing = (): Tally => ({ skipped: 0, full: 0, partial: 0, vain: 0 });

test(
  "no tile with a visible key is excluded, and no tile with an invisible one covered",
  { timeout: 300_000 },
  () => {
    const tally = nothing();
    fc.assert(
      fc.property(combined, anySizes, anyLaunches, (predicate, sizes, launches) => {
        judge(predicate, sizes, launches, classOf(predicate, sizes), tally);
      }),
      { seed: 31, numRuns: 250 },
    );
    expect(tally.skipped).toBeGreaterThan(5_000);
    expect(tally.full).toBeGreaterThan(2_000);
  },
);

const blockOf = (x: Expr): Expr => floorDiv(x, i32(4));
const mod = (x: Expr, n: number, rest: number): Expr =>
  binary("eq", binary("mod", x, i32(n)), i32(rest));
const strided = either(within(i32(5)), binary("eq", binary("rem", blockOf(kv), i32(3)), i32(2)));
const apart = mul(sub(q, kv), sub(q, kv));
const everyShape: readonly Launch[] = Array.from({ length: 12 }, (_, i) => i).flatMap((i) =>
  Array.from({ length: 25 }, (_, j) => ({ Sq: i + 1, Skv: j, a: 3, b: -2 })),
);

/** Of the tiles that ranges leave, which part may be visited or masked in vain. */
test.each([
  ["blocks at a stride", and(causal, strided), { rows: 4, keys: 4 }, 0.06],
  ["blocks at a stride, in halves", and(causal, strided), { rows: 4, keys: 2 }, 0.06],
  ["a grid of blocks", mod(sub(blockOf(q), blockOf(kv)), 2, 0), { rows: 4, keys: 4 }, 0.06],
  ["a product", binary("lt", mul(q, kv), i32(40)), { rows: 3, keys: 4 }, 0.06],
  ["a square", and(causal, binary("le", apart, i32(9))), { rows: 2, keys: 3 }, 0.06],
  // Corners on both sides of a multiple of 20 do not tell.
  ["one sight in many", mod(add(q, kv), 20, 3), { rows: 3, keys: 4 }, 0.15],
])("%s: classes of every tile of every small shape", (_, predicate, sizes, inVain) => {
  const tally = nothing();
  judge(predicate, sizes, everyShape, classOf(predicate, sizes), tally);
  expect(tally.skipped + tally.full).toBeGreaterThan(300);
  expect(tally.vain / (tally.skipped + tally.full + tally.partial)).toBeLessThan(inVain);
});

test("what corners can never tell is not asked", () => {
  const sizes = { rows: 8, keys: 8 };
  expect(classOf(and(causal, mod(sub(q, kv), 4, 0)), sizes)).toEqual({});
  expect(classOf(binary("ne", binary("rem", add(q, kv), i32(3)), i32(0)), sizes)).toEqual({});
});

test("conditions are short", () => {
  const asked = (predicate: Expr): readonly (string | undefined)[] => {
    const { excluded, covered } = classOf(predicate, { rows: 128, keys: 64 });
    return [excluded, covered].map((e) => e && printExpr(e));
  };
  expect(asked(binary("lt", mul(q, kv), i32(4096)))).toMatchInlineSnapshot(`
    [
      "i64(q0) * i64(kv0) > 4095L",
      "(i64(min(q0 + 128, Sq)) - 1L) * (i64(kv0) + 63L) <= 4095L && Skv > kv0 + 63",
    ]
  `);
  const stride = binary("eq", binary("rem", floorDiv(kv, i32(64)), i32(8)), i32(7));
  expect(asked(and(causal, stride))).toMatchInlineSnapshot(`
    [
      "div(kv0, 512) == div(kv0 + 63, 512) && mod(div(kv0 + 63, 64), 8) <= 6",
      "i64(q0) + i64(Skv) > i64(kv0) + i64(Sq) + 62L && (div(kv0, 512) == div(kv0 + 63, 512) && mod(div(kv0, 64), 8) > 6) && Skv > kv0 + 63",
    ]
  `);
  expect(asked(and(causal, mod(sub(q, kv), 1024, 0)))).toMatchInlineSnapshot(`
    [
      "div(q0 - kv0 - 63, 1024) == div(min(q0 + 128, Sq) - kv0 - 1, 1024) && mod(q0 - kv0 - 63, 1024) > 0",
      "i64(q0) + i64(Skv) > i64(kv0) + i64(Sq) + 62L && (div(q0 - kv0 - 63, 1024) == div(min(q0 + 128, Sq) - kv0 - 1, 1024) && mod(min(q0 + 128, Sq) - kv0 - 1, 1024) <= 0) && Skv > kv0 + 63",
    ]
  `);
});

test("the judge notices classes that are off by one", () => {
  const predicate = and(causal, mod(blockOf(kv), 3, 1));
  const sizes = { rows: 4, keys: 4 };
  const sound = classOf(predicate, sizes);
  const launches = [{ Sq: 9, Skv: 22, a: 0, b: 0 }];
  const run = (planted: TileClass) => () => judge(predicate, sizes, launches, planted, nothing());
  const moved = (e: Expr | undefined): Expr =>
    select(binary("eq", v("kv0"), i32(4)), unary("not", e ?? i32(0)), e ?? i32(0));
  expect(run(sound)).not.toThrow();
  expect(run({ ...sound, excluded: moved(sound.excluded) })).toThrow("must not be skipped");
  expect(run({ ...sound, covered: binary("gt", Skv, add(v("kv0"), i32(3))) })).toThrow(
    "must be masked",
  );
});
