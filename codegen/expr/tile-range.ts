// From half-lines of keys to one range of key tiles, with its full part, over expressions that all rows of
// the tile share. Solved in i64, given out in i32; what is provable is not computed.

import { and, constant, floorDiv, i32, max, min, select } from "./expr.ts";
import type { Expr } from "./expr.ts";
import {
  fromLinear,
  isNonNegative,
  linear,
  minus,
  number,
  plus,
  scale,
  without,
} from "./linear.ts";
import type { Linear } from "./linear.ts";
import { Narrowing } from "./narrow.ts";
import { floorOf } from "./predicate.ts";
import type { Projection } from "./project.ts";
import { provablyAtLeast } from "./prove.ts";
import type { Facts } from "./prove.ts";
import { simplify } from "./simplify.ts";

export interface Keys {
  readonly name: string;
  readonly size: number;
  readonly extent: Linear;
}

/** lo <= fullLo <= fullHi <= hi, in tiles. */
export interface TileRange {
  readonly lo: Expr;
  readonly fullLo: Expr;
  readonly fullHi: Expr;
  readonly hi: Expr;
}

export const mapRange = (
  { lo, fullLo, fullHi, hi }: TileRange,
  f: (e: Expr) => Expr,
): TileRange => ({ lo: f(lo), fullLo: f(fullLo), fullHi: f(fullHi), hi: f(hi) });

const i64 = (form: Linear): Expr => simplify(fromLinear(form, "i64"));

/** Undefined where no tile can hold a visible key. */
export const tilesOf = (
  { some, every }: Projection,
  keys: Keys,
  sizes: readonly Linear[],
  facts: Facts,
): TileRange | undefined => {
  const ends = halfLines(some.forms, keys, facts);
  const guards = ends && guardsOf(ends, facts);
  if (ends === undefined || guards === undefined) return undefined;
  // All that follows is computed where the guards hold only, and may rely on them.
  const known: Facts = [...facts, ...guards];
  const seen = keyRange(ends, known);
  const lo = firstTile(seen.lo, keys);
  const hi = endTile(seen.hi, keys);
  const full = every && halfLines(every.forms, keys, known);
  const part = full ? fullPart(full, lo, hi, keys, known) : { fullLo: lo, fullHi: lo };
  const inside = new Narrowing(sizes, known);
  const outside = new Narrowing(sizes, facts);
  const inI32 = (e: Expr): Expr => simplify(inside.narrow(e));
  const tests = [...some.tests, ...guards.map((g) => outside.condition(isNonNegative(g)))];
  const guard = tests.length === 0 ? undefined : simplify(tests.reduce(and));
  return mapRange({ lo, ...part, hi }, (e) => under(guard, inI32(e), i32(0)));
};

const fullPart = (
  ends: HalfLines,
  lo: Expr,
  hi: Expr,
  keys: Keys,
  facts: Facts,
): Pick<TileRange, "fullLo" | "fullHi"> => {
  const known = (a: Expr, b: Expr): boolean => provablyAtLeast(linear(a), linear(b), facts);
  const atLeast = (e: Expr, least: Expr): Expr => (known(e, least) ? e : simplify(max(e, least)));
  const atMost = (e: Expr, most: Expr): Expr => (known(most, e) ? e : simplify(min(e, most)));
  const full = keyRange(ends, facts);
  const [start, end] = [endTile(full.lo, keys), firstTile(full.hi, keys)];
  if (known(start, end)) return { fullLo: lo, fullHi: lo };
  const fullLo = atLeast(atMost(start, hi), lo);
  const fullHi = atLeast(atMost(end, hi), fullLo);
  const guard = ends.guards
    .map(isNonNegative)
    .reduce<Expr | undefined>((a, b) => (a ? and(a, b) : b), undefined);
  return { fullLo, fullHi: under(guard, fullHi, fullLo) };
};

/** The tile of that key; the end of the tiles that hold a key before it. */
const firstTile = (key: Expr, { size }: Keys): Expr =>
  simplify(floorDiv(key, constant("i64", size)));
const endTile = (key: Expr, keys: Keys): Expr =>
  firstTile(i64(plus(linear(key), number(keys.size - 1))), keys);

const under = (guard: Expr | undefined, e: Expr, otherwise: Expr): Expr =>
  guard === undefined ? e : simplify(select(guard, e, otherwise));

/** Keys that are at least each of `lows`, less than each of `highs`; none unless no guard is negative. */
interface HalfLines {
  readonly lows: readonly Linear[];
  readonly highs: readonly Linear[];
  readonly guards: readonly Linear[];
}

/** The keys of the axis for which no form is negative; undefined if there are none. */
const halfLines = (forms: readonly Linear[], keys: Keys, facts: Facts): HalfLines | undefined => {
  const atLeast = (a: Linear, b: Linear): boolean => provablyAtLeast(a, b, facts);
  const [lows, highs, guards]: Linear[][] = [[], [], []];
  for (const form of forms) {
    const factor = form.terms.get(keys.name)?.coefficient ?? 0;
    const rest = without(form, keys.name);
    if (factor > 0) lows!.push(scale(floorOf(rest, factor), -1));
    else if (factor < 0) highs!.push(plus(floorOf(rest, -factor), number(1)));
    else if (atLeast(number(-1), rest)) return undefined;
    else if (!atLeast(rest, number(0))) guards!.push(rest);
  }
  return {
    lows: strongest([...lows!, number(0)], atLeast),
    highs: strongest([keys.extent, ...highs!], (a, b) => atLeast(b, a)),
    guards: guards!,
  };
};

/**
 * What must not be negative for there to be a key; undefined if something is. Lows of 0 need no guard: a high that
 * does not exceed 0 ends the range where it begins.
 */
const guardsOf = (
  { lows, highs, guards }: HalfLines,
  facts: Facts,
): readonly Linear[] | undefined => {
  const rooms = lows.flatMap((low) => highs.map((high) => plus(minus(high, low), number(-1))));
  if (rooms.some((room) => provablyAtLeast(number(-1), room, facts))) return undefined;
  const positive = lows.filter((low) => !isZero(low));
  const needed = positive.flatMap((low) => highs.map((high) => plus(minus(high, low), number(-1))));
  const unproven = needed.filter(
    (room) => !provablyAtLeast(room, number(0), [...facts, ...guards]),
  );
  return [...guards, ...unproven];
};

/** First key and end, the former not negative, both at most the extent where some key is seen. */
const keyRange = (
  { lows, highs }: HalfLines,
  facts: Facts,
): { readonly lo: Expr; readonly hi: Expr } => {
  const high = highs.map(i64).reduce(min);
  const inside = highs.every((h) => provablyAtLeast(h, number(0), facts));
  return {
    lo: simplify(lows.map(i64).reduce(max)),
    hi: simplify(inside ? high : max(high, constant("i64", 0))),
  };
};

const isZero = (a: Linear): boolean => a.terms.size === 0 && a.constant === 0;

/** Without those that another one implies. */
const strongest = (
  forms: readonly Linear[],
  implies: (a: Linear, b: Linear) => boolean,
): readonly Linear[] =>
  forms.reduce<readonly Linear[]>(
    (kept, next) =>
      kept.some((k) => implies(k, next)) ? kept : [...kept.filter((k) => !implies(next, k)), next],
    [],
  );
