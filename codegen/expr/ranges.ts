// Masks become ranges: the tiles of keys that a tile of rows has to visit, and those of them that need no mask,
// as expressions over the first row. Works on predicates of any origin; knows no mask by name.
//
// Guaranteed for 0 <= rows.origin < rows.extent (rows beyond the extent do not count), whatever the predicate:
//   - 0 <= lo <= fullLo <= fullHi <= hi <= ceil(keys.extent / keys.size); ranges ascend and do not meet twice;
//   - a tile outside all [lo, hi) holds no key that any row of the tile sees;
//   - every key of a tile in [fullLo, fullHi) exists and is seen by every row.
// If `exact`, a tile inside some [lo, hi) holds a key that some row sees; if moreover the predicate is one
// conjunction, a tile outside [fullLo, fullHi) holds a key that is absent or that some row does not see.

import { add, i32, max, min, variable } from "./expr.ts";
import type { Expr } from "./expr.ts";
import { linear, minus, number, plus } from "./linear.ts";
import type { Linear } from "./linear.ts";
import { unionOf } from "./predicate.ts";
import type { Union } from "./predicate.ts";
import { printExpr } from "./print.ts";
import { project } from "./project.ts";
import type { Rows } from "./project.ts";
import { provablyAtLeast } from "./prove.ts";
import type { Facts } from "./prove.ts";
import { simplify } from "./simplify.ts";
import { disjoint } from "./sort-ranges.ts";
import { tilesOf } from "./tile-range.ts";
import type { Keys, TileRange } from "./tile-range.ts";

export interface RowTile {
  /** The row's coordinate in the predicate. */
  readonly name: string;
  /** i32: the first row. */
  readonly origin: Expr;
  readonly size: number;
  /** i32: how many rows there are. */
  readonly extent: Expr;
}

export interface KeyAxis {
  /** The key's coordinate in the predicate. */
  readonly name: string;
  readonly size: number;
  /** i32: how many keys there are. */
  readonly extent: Expr;
}

export interface KeyTiles {
  /** Tile indices, i32. Partial tiles lie in [lo, fullLo) and [fullHi, hi). Never empty, though a range may be. */
  readonly ranges: readonly TileRange[];
  readonly exact: boolean;
  /** The author's comparisons that kept it from being exact. */
  readonly blame: readonly Expr[];
}

export const keyTiles = (predicate: Expr | undefined, rows: RowTile, keys: KeyAxis): KeyTiles => {
  const { tile, axis, sizes, facts } = settingOf(rows, keys);
  const projections = conjunctions(predicate, rows, keys, facts).map((c) =>
    project(c, tile, facts),
  );
  const solved = projections.flatMap((p) => tilesOf(p, axis, sizes, facts) ?? []);
  const { ranges: all, exact } = disjoint(solved, facts);
  const some = all.filter((range) => !isEmpty(range));
  const ranges = some.length > 0 ? some : [nothing];
  const blame = [...new Set(projections.flatMap((p) => p.blame))];
  return { ranges, exact: exact && blame.length === 0, blame };
};

/** A tile of rows and the keys, and what is known of them. */
export interface Setting {
  readonly tile: Rows;
  readonly axis: Keys;
  readonly sizes: readonly Linear[];
  readonly facts: Facts;
}

export const settingOf = (rows: RowTile, keys: KeyAxis): Setting => {
  const [origin, rowCount, keyCount] = [rows.origin, rows.extent, keys.extent].map(linear);
  const rowsLeft = plus(minus(rowCount!, origin!), number(-1));
  const facts: Facts = [origin!, rowsLeft, plus(rowCount!, number(-1)), keyCount!];
  return {
    tile: { name: rows.name, first: origin!, last: lastRow(rows, facts) },
    axis: { name: keys.name, size: keys.size, extent: keyCount! },
    sizes: [keyCount!, rowCount!, origin!],
    facts,
  };
};

/** Ends before it begins, by the look of it. */
const isEmpty = ({ lo, hi }: TileRange): boolean =>
  printExpr(simplify(max(lo, hi))) === printExpr(lo);

const nothing: TileRange = { lo: i32(0), fullLo: i32(0), fullHi: i32(0), hi: i32(0) };

const conjunctions = (
  predicate: Expr | undefined,
  rows: RowTile,
  keys: KeyAxis,
  facts: Facts,
): Union => {
  if (predicate === undefined) return [[]];
  const coordinates = [rows.name, keys.name].map((name) => linear(variable("i32", name)));
  const at = { row: rows.name, column: keys.name, facts: [...facts, ...coordinates] };
  return unionOf(simplify(predicate), at);
};

const lastRow = ({ origin, size, extent }: RowTile, facts: Facts): Linear => {
  const end = add(origin, i32(size));
  const inside = provablyAtLeast(linear(extent), linear(end), facts) ? end : min(end, extent);
  return plus(linear(simplify(inside)), number(-1));
};
