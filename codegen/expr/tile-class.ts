// What is not solved into ranges is asked of each key tile as it comes: may a row of the tile of rows see one of
// its keys, and do all rows see all of them? Conditions over the tile's first key, which the corners answer.
//
// Guaranteed for 0 <= rows.origin < rows.extent and 0 <= origin < keys.extent, whatever the predicate:
//   - where `excluded` holds, no row of the tile sees a key of the key tile;
//   - where `covered` holds, every key of the key tile exists and is seen by every row.

import { type Box, classify, type Corners } from "./corners.ts";
import { add, and, binary, children, convert, i32, mapChildren, variable } from "./expr.ts";
import type { Expr, Load } from "./expr.ts";
import { fromLinear, linear, minus, number, plus } from "./linear.ts";
import type { Linear } from "./linear.ts";
import { Narrowing } from "./narrow.ts";
import { printExpr } from "./print.ts";
import { provablyAtLeast } from "./prove.ts";
import type { Facts } from "./prove.ts";
import { settingOf } from "./ranges.ts";
import type { KeyAxis, KeyTiles, RowTile } from "./ranges.ts";
import { simplify } from "./simplify.ts";

/** Absent where the corners can never tell. */
export interface TileClass {
  readonly excluded?: Expr;
  readonly covered?: Expr;
}

/** Bounds of elements whose index moves in the box; `narrow` takes an i64 that fits to i32. */
export type ElementBounds = (
  element: Load,
  box: Box,
  narrow: (e: Expr) => Expr,
) => Corners | undefined;

/** `origin`: the tile's first key, i32. */
export const tileClass = (
  predicate: Expr,
  rows: RowTile,
  keys: KeyAxis,
  origin: Expr,
  solved: KeyTiles,
  elements?: ElementBounds,
): TileClass => {
  const { tile, axis, sizes, facts } = settingOf(rows, keys);
  const first = linear(origin);
  const places = [first, plus(minus(axis.extent, first), number(-1))];
  const known = [...facts, ...places];
  const [row, key] = [rows.name, keys.name].map((name) => linear(variable("i32", name)));
  const asMod = (e: Expr): Expr => withoutRem(e, [...facts, row!, key!]);
  const corners = new Map([
    [rows.name, { lo: rows.origin, hi: fromLinear(tile.last, "i64") }],
    [
      keys.name,
      { lo: origin, hi: add(convert("i64", origin), convert("i64", i32(keys.size - 1))) },
    ],
  ]);
  const narrowing = new Narrowing([...sizes, first], known);
  const asked = (e: Expr | undefined): Expr | undefined =>
    e && simplify(narrowing.condition(simplify(e)));
  const bound =
    elements && ((e: Load, box: Box) => elements(e, box, (x) => simplify(narrowing.narrow(x))));
  const exists = binary("lt", variable("i32", keys.name), keys.extent);
  const all = asked(classify(asMod(and(predicate, exists)), corners, known, bound).all);
  const none = asked(classify(asMod(unsolved(predicate, solved)), corners, known, bound).none);
  return {
    ...(all && !isFalse(all) && { covered: all }),
    ...(none && !isFalse(none) && { excluded: none }),
  };
};

const isFalse = (e: Expr): boolean => e.kind === "const" && e.value === 0;

/** The conjuncts that the ranges do not answer for: all, if it is not known which. */
const unsolved = (predicate: Expr, { blame }: KeyTiles): Expr => {
  const texts = new Set(blame.map(printExpr));
  const blamed = (e: Expr): boolean => texts.has(printExpr(e)) || children(e).some(blamed);
  const rest = conjuncts(simplify(predicate)).filter(blamed);
  return rest.length > 0 ? rest.reduce(and) : predicate;
};

const conjuncts = (e: Expr): readonly Expr[] =>
  e.kind === "binary" && e.op === "and" ? [...conjuncts(e.a), ...conjuncts(e.b)] : [e];

/** C's remainder as mod, of which more is known, where they agree. */
const withoutRem = (e: Expr, facts: Facts): Expr => {
  const inner = mapChildren(e, (c) => withoutRem(c, facts));
  const agree =
    inner.kind === "binary" &&
    inner.op === "rem" &&
    inner.type !== "f32" &&
    inner.b.kind === "const" &&
    inner.b.value > 0 &&
    nonNegative(linear(inner.a), facts);
  return agree ? binary("mod", inner.a, inner.b, inner.span) : inner;
};

/** As a whole, or each of its terms. */
const nonNegative = (form: Linear, facts: Facts): boolean =>
  provablyAtLeast(form, number(0), facts) ||
  (form.constant >= 0 &&
    [...form.terms.values()].every(
      ({ coefficient, expr }) => coefficient > 0 && provablyAtLeast(linear(expr), number(0), facts),
    ));
