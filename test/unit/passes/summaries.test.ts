// Tiles classified by least and greatest elements of tensors: held against every element of every tile, for random
// predicates that read a tensor at queries and keys, and for every small shape.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { evaluate } from "../../../codegen/expr/evaluate.ts";
import {
  add,
  and,
  binary,
  type BinaryOp,
  type Expr,
  floorDiv,
  i32,
  load,
  max,
  min,
  mul,
  sub,
  unary,
} from "../../../codegen/expr/expr.ts";
import { printExpr } from "../../../codegen/expr/print.ts";
import { tileClass } from "../../../codegen/expr/tile-class.ts";
import { type Reads, Summaries } from "../../../codegen/passes/summaries.ts";
import type { TensorDecl } from "../../../codegen/tile/program.ts";
import {
  anyPredicate,
  anySizes,
  anyLaunches,
  causal,
  compare,
  d,
  kv,
  type Launch,
  q,
  Skv,
  Sq,
  type Sizes,
  small,
  solve,
  states,
  v,
  wrong,
} from "../expr/predicates.ts";

const tensors: readonly TensorDecl[] = [
  { name: "ids", dtype: "i32", axes: [{ axis: "kv", extent: Skv }] },
  { name: "ends", dtype: "i32", axes: [{ axis: "q", extent: Sq }] },
];
/** Rising for the one, in no order for the other. */
const elementOf = (tensor: string, i: number): number =>
  tensor === "ids" ? Math.floor((i * i) / 29) - 3 : ((i * 37) % 23) - 6;

const inside = (e: Expr, extent: Expr): Expr => max(min(e, sub(extent, i32(1))), i32(0));
const id = (at: Expr): Expr => load("i32", "ids", [{ axis: "kv", value: inside(at, Skv) }]);
const end = (at: Expr): Expr => load("i32", "ends", [{ axis: "q", value: inside(at, Sq) }]);

const place = fc.constantFrom<Expr>(
  ...[q, kv, add(q, d), sub(Skv, kv), sub(q, i32(3)), floorDiv(kv, i32(2)), mul(kv, i32(2))],
  ...[add(kv, v("a")), add(q, kv)],
);
const element = fc.oneof(place.map(id), place.map(end));
const other = fc.oneof(
  element,
  small.map((c) => i32(c)),
  fc.constantFrom<Expr>(q, kv, sub(q, kv)),
);
const reading = compare(element, other);
const combined = fc.letrec<{ p: Expr }>((tie) => ({
  p: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { arbitrary: reading, weight: 3 },
    anyPredicate,
    fc
      .tuple(fc.constantFrom<BinaryOp>("and", "or"), tie("p"), tie("p"))
      .map(([op, x, y]) => binary(op, x, y)),
    tie("p").map((x) => unary("not", x)),
  ),
})).p;

type Values = Readonly<Record<string, number>>;

/** An element, or the least or greatest of a piece; `shift` plants a fault in the latter. */
const loadAt =
  ({ summaries }: Reads, values: Values, shift: number) =>
  (tensor: string, [at = 0]: readonly number[]): number => {
    if (tensor === "doc") return ((at * 7) % 5) - 2; // of predicates without bounds
    if (tensor === "length") return ((at * 7) % 5) - 2;
    const summary = summaries.find((s) => s.least === tensor || s.greatest === tensor);
    if (summary === undefined) return elementOf(tensor, at);
    const extent = values[summary.axis === 0 && summary.tensor.name === "ids" ? "Skv" : "Sq"]!;
    const first = at * summary.size;
    const count = Math.min(summary.size, extent - first);
    if (at < 0 || count < 1) throw new Error(`${tensor}[${at}] does not exist`);
    const piece = Array.from({ length: count }, (_, i) =>
      elementOf(summary.tensor.name, first + i),
    );
    return tensor === summary.least ? Math.min(...piece) : Math.max(...piece) - shift;
  };

interface Tally {
  skipped: number;
  full: number;
  partial: number;
}

const judge = (
  predicate: Expr,
  sizes: Sizes,
  launches: readonly Launch[],
  tally: Tally,
  shift = 0,
): void => {
  const rows = { name: "q", origin: v("q0"), size: sizes.rows, extent: Sq };
  const keys = { name: "kv", size: sizes.keys, extent: Skv };
  const known = new Summaries(tensors, sizes.keys, "kv0");
  const ranges = solve(predicate, sizes);
  const asked = tileClass(predicate, rows, keys, v("kv0"), ranges, known.bounds);
  const reads = known.readBy([asked.excluded, asked.covered].flatMap((e) => e ?? []));
  for (const launch of launches)
    for (let q0 = 0; q0 < launch.Sq; q0 += sizes.rows) {
      const values: Launch & { q0: number } & Record<string, number> = { ...launch, q0 };
      const valueOf = (e: Expr, more: Values = {}): number => {
        const all: Values = { ...values, ...more };
        return evaluate(
          e,
          { variable: (name) => all[name]!, load: loadAt(reads, all, shift) },
          "f32",
        );
      };
      const tiles = Math.ceil(launch.Skv / sizes.keys);
      if (tiles > 0) for (const { name, value } of reads.lets) values[name] = valueOf(value);
      states(ranges, tiles, values).forEach((solved, t) => {
        if (solved === "skipped") return;
        const at = { kv0: t * sizes.keys };
        const holds = (e: Expr | undefined): boolean => e !== undefined && valueOf(e, at) !== 0;
        const state = holds(asked.excluded) ? "skipped" : holds(asked.covered) ? "full" : "partial";
        tally[state]++;
        const fault = wrongTile(predicate, sizes, values, t, state);
        if (fault)
          throw new Error(
            `${fault}: ${printExpr(predicate)}; tile ${t}; ${JSON.stringify({ ...sizes, ...values })}`,
          );
      });
    }
};

/** As predicates.ts judges, with the tensors' own elements. */
const wrongTile = (
  predicate: Expr,
  sizes: Sizes,
  values: Launch & { q0: number },
  t: number,
  state: Parameters<typeof wrong>[4],
): string | undefined =>
  wrong(predicate, sizes, values, t, state, { visits: false, masks: false }, (e, at) =>
    evaluate(
      e,
      {
        variable: (name) => at[name]!,
        load: loadAt({ summaries: [], lets: [] }, at, 0),
      },
      "f32",
    ),
  );

const nothing = (): Tally => ({ skipped: 0, full: 0, partial: 0 });

test(
  "no tile with a visible key is excluded, and none with an invisible one covered",
  { timeout: 300_000 },
  () => {
    const tally = nothing();
    fc.assert(
      fc.property(combined, anySizes, anyLaunches, (predicate, sizes, launches) => {
        judge(predicate, sizes, launches, tally);
      }),
      { seed: 41, numRuns: 200 },
    );
    expect(tally.skipped).toBeGreaterThan(3_000);
    expect(tally.full).toBeGreaterThan(2_000);
  },
);

const everyShape: readonly Launch[] = Array.from({ length: 13 }, (_, i) => i + 1).flatMap((i) =>
  Array.from({ length: 25 }, (_, j) => ({ Sq: i, Skv: j, a: 3, b: -2 })),
);
const same = binary("eq", id(kv), id(add(q, d)));

test.each([
  ["documents", and(causal, same)],
  ["other documents", and(causal, unary("not", same))],
  ["a bound for each query", and(causal, binary("ge", kv, end(q)))],
  ["a bound for each key", binary("gt", id(kv), q)],
])("%s: every tile of every small shape", (_, predicate) => {
  const tally = nothing();
  for (const sizes of [
    { rows: 4, keys: 4 },
    { rows: 5, keys: 2 },
    { rows: 1, keys: 3 },
  ])
    judge(predicate, sizes, everyShape, tally);
  expect(tally.skipped).toBeGreaterThan(300);
});

test("the judge notices a greatest element that is too small", () => {
  const run = (shift: number) => () =>
    judge(and(causal, same), { rows: 4, keys: 4 }, everyShape, nothing(), shift);
  expect(run(0)).not.toThrow();
  expect(run(1)).toThrow(/must not be skipped|must be masked/);
});

test("what moves too far, or is no whole number, has no bounds", () => {
  const asked = (predicate: Expr): unknown => {
    const known = new Summaries(tensors, 4, "kv0");
    const sizes = { rows: 64, keys: 4 };
    const rows = { name: "q", origin: v("q0"), size: sizes.rows, extent: Sq };
    const keys = { name: "kv", size: sizes.keys, extent: Skv };
    return tileClass(predicate, rows, keys, v("kv0"), solve(predicate, sizes), known.bounds);
  };
  expect(asked(binary("eq", end(q), i32(3)))).toEqual({}); // 17 pieces
  expect(asked(binary("eq", id(mul(kv, kv)), i32(3)))).toEqual({});
  const float = load("f32", "ids", [{ axis: "kv", value: inside(kv, Skv) }]);
  expect(asked(binary("lt", float, i32(3)))).toEqual({});
});
