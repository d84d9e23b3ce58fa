// Random predicates and launches, and the brute force that key ranges are held against.

import * as fc from "fast-check";
import { evaluate } from "../../../codegen/expr/evaluate.ts";
import type { Env } from "../../../codegen/expr/evaluate.ts";
import {
  add,
  binary,
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
import { keyTiles } from "../../../codegen/expr/ranges.ts";
import type { KeyTiles } from "../../../codegen/expr/ranges.ts";

export const v = (name: string): Expr => variable("i32", name);
export const [q, kv, Sq, Skv] = [v("q"), v("kv"), v("Sq"), v("Skv")];

export const small = fc.integer({ min: -12, max: 12 });
export const comparison = fc.constantFrom<BinaryOp>("lt", "le", "gt", "ge", "eq");
export const offset = fc.oneof(
  small.map((c) => i32(c)),
  fc.constant(sub(Skv, Sq)),
  fc.tuple(fc.constantFrom("a", "b"), small).map(([n, c]) => add(v(n), i32(c))),
  small.map((c) => add(sub(Skv, Sq), i32(c))),
  // What the block reads once: an element for each batch entry or head.
  small.map((c) => add(load("i32", "length", [{ axis: "b", value: v("a") }]), i32(c))),
);
export const rowLine = fc
  .tuple(fc.constantFrom(-1, 0, 1, 1, 1, 2, 3), offset)
  .map(([a, c]) => add(mul(q, i32(a)), c));
export const quotient = (e: Expr): fc.Arbitrary<Expr> =>
  fc.tuple(fc.integer({ min: 1, max: 6 }), small).map(([d, c]) => floorDiv(add(e, i32(c)), i32(d)));

export const compare = (a: fc.Arbitrary<Expr>, b: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> =>
  fc.tuple(comparison, a, b).map(([op, x, y]) => binary(op, x, y));

export const line = compare(fc.constant(kv), rowLine);
export const uniform = compare(
  fc.constantFrom(v("a"), v("b")),
  small.map((c) => i32(c)),
);
export const rowsOnly = compare(fc.constant(q), offset);
export const affineAtom = fc.oneof({ arbitrary: line, weight: 5 }, uniform, rowsOnly);
export const anyAtom = fc.oneof(
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

export const conjunction = fc
  .array(affineAtom, { minLength: 1, maxLength: 4 })
  .map((atoms) => atoms.reduce((x, y) => binary("and", x, y)));
export const anyPredicate = fc.letrec<{ p: Expr }>((tie) => ({
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
export const anySizes = fc.record({
  rows: fc.integer({ min: 1, max: 8 }),
  keys: fc.integer({ min: 1, max: 8 }),
});
export const anyLaunch = fc.record({
  Sq: fc.integer({ min: 1, max: 20 }),
  Skv: fc.integer({ min: 0, max: 20 }),
  a: small,
  b: small,
});
export const anyLaunches = fc.array(anyLaunch, { minLength: 30, maxLength: 30 });
export type Sizes = typeof anySizes extends fc.Arbitrary<infer T> ? T : never;
export type Launch = typeof anyLaunch extends fc.Arbitrary<infer T> ? T : never;

export const solve = (predicate: Expr | undefined, sizes: Sizes): KeyTiles =>
  keyTiles(
    predicate,
    { name: "q", origin: v("q0"), size: sizes.rows, extent: Sq },
    { name: "kv", size: sizes.keys, extent: Skv },
  );

export const environment = (values: Readonly<Record<string, number>>): Env => ({
  variable: (name) => values[name]!,
  load: (_, [at]) => ((at! * 7) % 5) - 2,
});
export const valueAt = (e: Expr, values: Readonly<Record<string, number>>): number =>
  evaluate(e, environment(values), "f32");

export type State = "skipped" | "partial" | "full";

/** How the ranges class each tile; throws where they are out of order or out of bounds. */
export const states = (
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
export const wrong = (
  predicate: Expr,
  { rows, keys }: Sizes,
  values: Launch & { q0: number },
  t: number,
  state: State,
  minimal: { readonly visits: boolean; readonly masks: boolean },
  valueOf: typeof valueAt = valueAt,
): string | undefined => {
  const { q0, Skv, Sq } = values;
  const real = Math.min(rows, Sq - q0);
  let seen = 0;
  for (let q = q0; q < q0 + real; q++)
    for (let kv = t * keys; kv < Math.min((t + 1) * keys, Skv); kv++)
      seen += valueOf(predicate, { ...values, q, kv });
  if (state === "skipped" && seen > 0) return "must not be skipped";
  if (state === "full" && seen < real * keys) return "must be masked";
  if (minimal.visits && state !== "skipped" && seen === 0) return "is visited for nothing";
  if (minimal.masks && state === "partial" && seen === real * keys) return "is masked for nothing";
  return undefined;
};

/** Judges every tile of every launch; throws a line that tells all. */
export const check = (
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

export const d = sub(Skv, Sq);
export const causal = binary("le", kv, add(q, d));
export const within = (width: Expr): Expr => binary("lt", sub(add(q, d), kv), width);
export const sink = binary("lt", kv, i32(4));
export const either = (x: Expr, y: Expr): Expr => binary("or", x, y);
