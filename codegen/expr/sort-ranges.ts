// Ranges of tiles in an order that may be known only at run time, made ascending and disjoint, so that
// a loop over one after the other visits every tile once.

import { binary, i32, max, min, select } from "./expr.ts";
import type { Expr } from "./expr.ts";
import { linear } from "./linear.ts";
import { printExpr } from "./print.ts";
import { provablyAtLeast } from "./prove.ts";
import type { Facts } from "./prove.ts";
import { simplify } from "./simplify.ts";
import { mapRange } from "./tile-range.ts";
import type { TileRange } from "./tile-range.ts";

export interface Sorted {
  readonly ranges: readonly TileRange[];
  /** Whether they hold no other tiles than before. */
  readonly exact: boolean;
}

export const disjoint = (ranges: readonly TileRange[], facts: Facts): Sorted => {
  const before = (a: TileRange, b: TileRange): boolean =>
    provablyAtLeast(linear(b.lo), linear(a.lo), facts);
  const joined = ranges.reduce<readonly TileRange[]>(join, []);
  const sorted = sortBy(joined, before);
  if (sorted) return { ranges: clip(sorted, facts), exact: true };
  const [a, b] = joined;
  if (a && b && joined.length === 2) return { ranges: clip(exchanged(a, b), facts), exact: true };
  return { ranges: [joined.reduce(hull)], exact: false };
};

const same = (a: Expr, b: Expr): boolean => printExpr(a) === printExpr(b);

/** Ranges with the same beginning, or the same end, are one range. */
const join = (kept: readonly TileRange[], next: TileRange): readonly TileRange[] => {
  for (const [i, range] of kept.entries()) {
    const begin = same(range.lo, next.lo) && same(range.fullLo, next.fullLo);
    const end = same(range.hi, next.hi) && same(range.fullHi, next.fullHi);
    if (begin || end)
      return kept.with(i, {
        lo: begin ? next.lo : simplify(min(range.lo, next.lo)),
        fullLo: begin ? next.fullLo : simplify(min(range.fullLo, next.fullLo)),
        fullHi: end ? next.fullHi : simplify(max(range.fullHi, next.fullHi)),
        hi: end ? next.hi : simplify(max(range.hi, next.hi)),
      });
  }
  return [...kept, next];
};

/** Insertion sort; undefined where the order of two is not known. */
const sortBy = <T>(
  items: readonly T[],
  before: (a: T, b: T) => boolean,
): readonly T[] | undefined => {
  const sorted: T[] = [];
  for (const item of items) {
    if (!sorted.every((other) => before(other, item) || before(item, other))) return undefined;
    const at = sorted.findIndex((other) => !before(other, item));
    sorted.splice(at < 0 ? sorted.length : at, 0, item);
  }
  return sorted;
};

/** A tile in two ranges stays in the first. */
const clip = (ranges: readonly TileRange[], facts: Facts): readonly TileRange[] => {
  let end: Expr = i32(0);
  return ranges.map((range) => {
    const from = end;
    const clipped = mapRange(range, (e) =>
      provablyAtLeast(linear(e), linear(from), facts) ? e : simplify(max(e, from)),
    );
    end = clipped.hi;
    return clipped;
  });
};

/** Two ranges, the one that begins first before the other. */
const exchanged = (a: TileRange, b: TileRange): readonly TileRange[] => {
  const ordered = binary("le", a.lo, b.lo);
  const pick = (x: TileRange, y: TileRange): TileRange => ({
    lo: select(ordered, x.lo, y.lo),
    fullLo: select(ordered, x.fullLo, y.fullLo),
    fullHi: select(ordered, x.fullHi, y.fullHi),
    hi: select(ordered, x.hi, y.hi),
  });
  return [mapRange(pick(a, b), simplify), mapRange(pick(b, a), simplify)];
};

/** All tiles between the outermost ends, none known to be full. */
const hull = (a: TileRange, b: TileRange): TileRange => {
  const lo = simplify(min(a.lo, b.lo));
  return { lo, fullLo: lo, fullHi: lo, hi: simplify(max(a.hi, b.hi)) };
};
