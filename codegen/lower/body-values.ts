// The values of a body while it is lowered: which are constants so far, which tile each is in, and which may be overwritten.
// Knows what a block is, and no statement of bodies.

import { type Expr, f32, substitute, variable } from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { BodyStatement, BodyTile, Carried } from "../spec/body.ts";
import type { KernelDescription } from "../spec/description.ts";
import type { Statement } from "../tile/statement.ts";
import { BodyTiles } from "./body-tiles.ts";
import { placesIn } from "./coordinates.ts";

export type Of<K extends BodyStatement["kind"]> = BodyStatement & { readonly kind: K };

/** The value of every element. */
export interface Start {
  readonly value: number;
  readonly note?: string;
}

/** A tile gets its next value: a constant, or what another tile holds. */
interface Move {
  readonly tile: string;
  readonly next: BodyTile;
  readonly start?: Start;
  readonly from?: string;
}

/** A block of the body while it is lowered. */
export interface Block {
  readonly statements: readonly BodyStatement[];
  readonly uses: ReadonlyMap<string, number>;
  /** Values that this block may overwrite when they are read for the last time. */
  readonly own: Set<string>;
  readonly inLoop: boolean;
  readonly out: Statement[];
}

export class BodyValues {
  readonly tiles: BodyTiles;
  readonly places: ReadonlyMap<string, Expr>;
  /** Values that are the same in every element; they get a tile where one is needed. */
  readonly starts = new Map<string, Start>();
  /** The value that absent elements of a tile have. */
  readonly absent = new Map<string, number>();
  private readonly d: KernelDescription;

  constructor(d: KernelDescription) {
    this.d = d;
    this.tiles = new BodyTiles(d);
    this.places = placesIn(d.grid.rows, d.columns);
  }

  /** One tile for a carried value, which holds what it begins with. */
  carry({ before, inside }: Carried, i: number, b: Block): string {
    const start = this.starts.get(before.id);
    const tile =
      start || !this.isFree(before, i, b)
        ? this.tiles.make(inside, inside.shape.length > 1 ? "acc" : "row_value")
        : this.tiles.of(before);
    b.own.delete(before.id); // taken: a second variable with the same value gets a copy
    if (start) b.out.push(fill(tile, start));
    else if (tile !== this.tiles.of(before))
      b.out.push({ kind: "map", to: tile, value: element(this.tiles.of(before)) });
    this.tiles.settle(inside, tile);
    return tile;
  }

  /** At the end of a step, each carried tile gets its next value; those that trade places go through another tile. */
  carryOn(carried: readonly (Carried & { tile: string })[], out: Statement[]): void {
    const moves = carried.flatMap(({ next, tile }): readonly Move[] => {
      const start = this.starts.get(next.id);
      if (start) return [{ tile, next, start }];
      const from = this.tiles.of(next);
      return from === tile ? [] : [{ tile, next, from }];
    });
    const targets = new Set(moves.map((m) => m.tile));
    const safe = moves.map((m) => {
      if (m.from === undefined || !targets.has(m.from)) return m;
      const from = this.tiles.make(m.next, "kept");
      out.push({ kind: "map", to: from, value: element(m.from) });
      return { ...m, from };
    });
    const last = safe.flatMap(({ tile, from, start }): readonly Statement[] => {
      if (start) return [fill(tile, start)];
      return from === undefined ? [] : [{ kind: "map", to: tile, value: element(from) }];
    });
    // A step ends with its last product where that leaves row vectors alone.
    const isVector = safe.every((m) => m.next.shape.length === 1);
    const product = out.findLastIndex((s) => s.kind !== "load" && s.kind !== "product") + 1;
    out.splice(isVector ? product : out.length, 0, ...last);
  }

  /** The tile of `from`, if nobody reads it after this statement, or a copy of it. */
  inPlace(to: BodyTile, from: BodyTile, i: number, b: Block): string {
    const tile = this.isFree(from, i, b) ? this.tiles.of(from) : this.copy(from, b, to);
    this.tiles.settle(to, tile);
    this.absent.delete(tile);
    return tile;
  }

  copy(from: BodyTile, b: Block, called = from): string {
    const start = this.starts.get(from.id);
    const to = this.tiles.make(called, from.shape.length > 1 ? "x" : "row_value");
    b.out.push(
      start ? fill(to, start) : { kind: "map", to, value: element(this.settled(from, b)) },
    );
    return to;
  }

  /** A row vector costs little: where it has a name of its own, or follows the loops, it is a new one. */
  isWorthIt({ id, shape }: BodyTile, b: Block): boolean {
    return shape.length > 1 || (b.inLoop && !this.d.names.has(id));
  }

  isFree(t: BodyTile, i: number, b: Block): boolean {
    return b.own.has(t.id) && this.tiles.has(t) && (b.uses.get(t.id) ?? 0) <= i;
  }

  /** The tile of a value; one that is a constant so far is made here. */
  settled(t: BodyTile, b: Block): string {
    const start = this.starts.get(t.id);
    if (start && !this.tiles.has(t)) this.tiles.settle(t, this.copy(t, b));
    return this.tiles.of(t);
  }

  setAbsent(tile: string, value: number, b: Block): void {
    if (this.absent.get(tile) === value) return;
    this.absent.set(tile, value);
    b.out.push({ kind: "absent", to: tile, value: f32(value) });
  }

  placed(value: Expr, from: readonly BodyTile[], b: Block): Expr {
    const elements = from.map((t): [string, Expr] => {
      const start = this.starts.get(t.id);
      return [t.id, start ? f32(start.value) : element(this.settled(t, b))];
    });
    return simplify(substitute(value, new Map([...this.places, ...elements])));
  }
}

export const element = (tile: string): Expr => variable("f32", tile);

export const fill = (to: string, { value, note }: Start): Statement => ({
  ...{ kind: "fill", to, value: f32(value) },
  ...(note !== undefined && { note }),
});
