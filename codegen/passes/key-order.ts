// The order in which a block visits key tiles: places, and the tile of each. Place 0 is the last tile, so that the
// ragged end of the keys comes first: a copy made ahead never reaches beyond the extent.

import {
  type Expr,
  add,
  binary,
  floorDiv,
  i32,
  max,
  min,
  mul,
  sameExpr,
  select,
  sub,
  substitute,
  variable,
} from "../expr/expr.ts";
import type { KeyTiles } from "../expr/ranges.ts";
import { simplify } from "../expr/simplify.ts";
import type { Let, Part } from "../tile/statement.ts";

export const v = (name: string): Expr => variable("i32", name);
export const assign = (name: string, value: Expr, note?: string): Let => ({
  kind: "let",
  name,
  type: "i32",
  value: simplify(value),
  ...(note && { note }),
});

export interface Segment {
  readonly end: string;
  readonly length: Expr;
  readonly masked: boolean;
  readonly note: string;
}

/** Places are numbered by the order of their visit, from 0 on. */
export interface Order {
  readonly lets: readonly Let[];
  readonly segments: readonly Segment[];
  /** How many places there are, if all are visited. */
  readonly count: Expr;
  /** The tile at a place. */
  readonly tile: (place: Expr) => Expr;
  /** Where only a part of the order is visited: where in this part a place of the whole lies, or the end next to it. */
  readonly within?: (place: Expr) => Expr;
}

/** Tiles of the ranges, none of them known to need no mask. */
export const unclassified = ({ ranges, ...rest }: KeyTiles): KeyTiles => ({
  ...rest,
  ranges: ranges.map(({ lo, hi }) => ({ lo, fullLo: lo, fullHi: lo, hi })),
});

/** Ranges are sorted upwards and disjoint; the last range comes first, each from its end. */
export const orderOf = ({ ranges }: KeyTiles): Order => {
  const lets: Let[] = [];
  const segments: Segment[] = [];
  let before: Expr = i32(0);
  let tile: Expr | undefined;
  ranges
    .map((range, i) => ({ range, suffix: ranges.length === 1 ? "" : `_${i}` }))
    .toReversed()
    .forEach(({ range, suffix }) => {
      const bound = (name: string, value: Expr, note: string): Expr => {
        const simple = simplify(value);
        if (simple.kind === "const" || simple.kind === "var") return simple;
        lets.push(assign(`${name}${suffix}`, simple, note));
        return v(`${name}${suffix}`);
      };
      const lo = bound("lo", range.lo, "first key tile with a visible key");
      const fullLo = same(range.lo, range.fullLo)
        ? lo
        : bound("full_lo", range.fullLo, "first key tile that every row sees whole");
      const fullHi = bound(
        "full_hi",
        range.fullHi,
        "end of the key tiles that every row sees whole",
      );
      const hi = same(range.hi, range.fullHi)
        ? fullHi
        : bound("hi", range.hi, "end of the key tiles with a visible key");
      const push = (end: string, from: Expr, to: Expr, masked: boolean, note: string): void => {
        if (!same(from, to))
          segments.push({ end: `${end}${suffix}`, length: sub(to, from), masked, note });
      };
      push("partial_end", fullHi, hi, true, "partial tiles");
      push("full_end", fullLo, fullHi, false, "tiles that need no mask");
      push("last_end", lo, fullLo, true, "partial tiles at the other end");
      const top = bound("top", add(sub(hi, i32(1)), before), "tile of the first visit");
      const here = sub(top, v("place"));
      tile = tile === undefined ? here : select(binary("lt", v("place"), before), tile, here);
      before = add(before, sub(hi, lo));
      if (suffix !== "") before = bound("visits", before, "tiles visited so far");
    });
  const at = tile ?? i32(0);
  return {
    lets,
    segments,
    count: before,
    tile: (place) => substitute(at, new Map([["place", place]])),
  };
};

/** Neighbours in an order, as many in each part but for one more in the first ones. */
export const partOf = (order: Order, { index, of }: Part): Order => {
  const each = v("tiles_each");
  const over = v("tiles_over");
  const first = v("first_place");
  const more = select(binary("lt", index, over), i32(1), i32(0));
  return {
    lets: [
      ...order.lets,
      assign("tiles_in_all", order.count, "tiles that all parts visit together"),
      assign("tiles_each", floorDiv(v("tiles_in_all"), of), "of them each part has as many"),
      assign("tiles_over", sub(v("tiles_in_all"), mul(each, of)), "parts that have one more"),
      assign("first_place", add(mul(index, each), min(index, over)), "of this part"),
      assign("count", add(each, more), "tiles to visit"),
    ],
    segments: order.segments,
    count: v("count"),
    tile: (place) => order.tile(add(first, place)),
    within: (place) => min(max(sub(place, first), i32(0)), v("count")),
  };
};

const same = (a: Expr, b: Expr): boolean => sameExpr(simplify(a), simplify(b));
