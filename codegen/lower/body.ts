// A body to L2. Values of the body never change and tiles of L2 do: a value takes over the tile of one that is read for the
// last time where it is made, and what a loop carries stays in one tile. Absent elements get the value that
// whoever reads them next passes over: -infinity for maxima and softmax, zero for sums and products.

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, f32, floorDiv, substitute, variable, variables } from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { BodySlice, BodyStatement, BodyTile, Carried } from "../spec/body.ts";
import type { KernelDescription } from "../spec/description.ts";
import type { Kernel } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import type { Slice, SliceIndex } from "../tile/statement-parts.ts";
import { statementsOf, expressionsOf, slicesOf } from "../tile/walk.ts";
import { BodyTiles } from "./body-tiles.ts";
import { lastUses, madeIn, readCounts, withoutUnused } from "./body-uses.ts";
import { placesIn } from "./coordinates.ts";
import { extentExpr, groupSize, tensor } from "./sizes.ts";
import { LOG2E, NO_MAXIMUM, scoresOf } from "./softmax.ts";

type Of<K extends BodyStatement["kind"]> = BodyStatement & { readonly kind: K };

export const bodyKernel = (d: KernelDescription): Kernel => {
  const lowering = new BodyLowering(d);
  const body = lowering.role(withoutUnused(d.body));
  const { points, rows } = d.grid;
  return {
    name: d.name,
    host: [],
    grid: {
      kind: "space",
      points: points.map((p) => ({ name: p.axis, extent: extentExpr(p.extent) })),
      rows: { axis: "q", origin: "q0" },
    },
    axes: [
      { name: "q", extent: extentExpr(rows) },
      ...(d.columns === undefined ? [] : [{ name: "kv", extent: extentExpr(d.columns) }]),
    ],
    tiles: lowering.tiles.declared(),
    barriers: [],
    steps: [],
    start: [],
    roles: [{ name: "all", body }],
  };
};

interface Start {
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
interface Block {
  readonly statements: readonly BodyStatement[];
  readonly uses: ReadonlyMap<string, number>;
  /** Values that this block may overwrite when they are read for the last time. */
  readonly own: Set<string>;
  readonly inLoop: boolean;
  readonly out: Statement[];
}

class BodyLowering {
  readonly tiles: BodyTiles;
  private readonly d: KernelDescription;
  private readonly places: ReadonlyMap<string, Expr>;
  /** How many loops have begun: each has buffers of its own. */
  private loops = 0;
  /** Before everything else: loads of queries, and what all steps must know. */
  private readonly before: Statement[] = [];
  private readonly boxes = new Map<string, Of<"load">>();
  /** Values that are the same in every element; they get a tile where one is needed. */
  private readonly starts = new Map<string, Start>();
  /** Maps that a softmax is to take its factor from. */
  private readonly scoreMaps = new Map<string, Of<"map">>();
  private readonly counts: ReadonlyMap<string, number>;
  /** The value that absent elements of a tile have. */
  private readonly absent = new Map<string, number>();

  constructor(d: KernelDescription) {
    this.d = d;
    this.tiles = new BodyTiles(d);
    this.places = placesIn(d.grid.rows, d.columns);
    this.counts = readCounts(d.body);
  }

  role(statements: readonly BodyStatement[]): readonly Statement[] {
    const out: Statement[] = [];
    this.block({
      statements,
      uses: lastUses(statements, []),
      own: new Set(madeIn(statements)),
      inLoop: false,
      out,
    });
    const body = [...this.before, ...out];
    return mentions(body, "hkv") ? [...this.groupHead(), ...body] : body;
  }

  private groupHead(): readonly Statement[] {
    const heads = this.d.grid.points.find((p) => p.axis === "h")?.extent;
    if (heads === undefined || this.d.kvHeads === undefined) return [];
    const value = floorDiv(variable("i32", "h"), groupSize(heads, this.d.kvHeads));
    const note = "the group's key and value head";
    return [{ kind: "let", name: "hkv", type: "i32", value, note }];
  }

  private block(block: Block): void {
    for (const [i, s] of block.statements.entries()) this.statement(s, i, block);
  }

  private statement(s: BodyStatement, i: number, b: Block): void {
    switch (s.kind) {
      case "load":
        this.boxes.set(s.to.id, s);
        return;
      case "fill":
        this.starts.set(s.to.id, startOf(s));
        return;
      case "qk":
        return this.scores(s, b);
      case "pv":
        return this.values(s, i, b);
      case "map":
        return this.map(s, i, b);
      case "reduce":
        return this.reduce(s, i, b);
      case "online_softmax":
        return this.softmax(s, i, b);
      case "columns":
        return this.loop(s, i, b);
      case "store": {
        const from = { tile: this.settled(s.from, b) };
        b.out.push({ kind: "store", to: this.slice(s.to), from });
      }
    }
  }

  private scores(s: Of<"qk">, b: Block): void {
    const a = this.loaded(s.a, "qk", this.before);
    const keys = this.loaded(s.b, "qk", b.out);
    const to = this.tiles.make(s.to, "s");
    this.tiles.settle(s.to, to);
    b.out.push({
      ...{ kind: "product", form: "qk", to, a: { tile: a }, b: { tile: keys } },
      note: "S = Q K^T",
    });
  }

  private values(s: Of<"pv">, i: number, b: Block): void {
    const weights = this.weights(s, b);
    const loaded = this.loaded(s.b, "pv", b.out);
    const to = this.inPlace(s.to, s.acc, i, b);
    b.out.push({
      ...{ kind: "product", form: "pv", to, a: { tile: weights }, b: { tile: loaded } },
      ...{ skipZeros: true, note: "O += P V" },
    });
  }

  /** Rounded to the dtype of the values. */
  private weights({ a, b: values }: Of<"pv">, b: Block): string {
    const from = this.settled(a, b);
    if (this.rounded.has(from)) return from;
    this.setAbsent(from, 0, b);
    const to = this.tiles.make(a, "p", values.dtype);
    this.rounded.add(to);
    b.out.push({
      ...{ kind: "map", to, value: element(from) },
      note: "rounded for the product with V",
    });
    return to;
  }
  private readonly rounded = new Set<string>();

  private map(s: Of<"map">, i: number, b: Block): void {
    if (this.waitsForSoftmax(s, b)) return;
    const value = this.placed(s.value, s.from, b);
    if (value.kind === "const") {
      this.starts.set(s.to.id, { value: value.value });
      return;
    }
    const taken = s.from.find((t) => this.isFree(t, i, b) && sameShape(t, s.to) && this.isWorthIt(s.to, b));
    const to = taken
      ? this.tiles.of(taken)
      : this.tiles.make(s.to, s.to.shape.length > 1 ? "x" : "row_value");
    this.tiles.settle(s.to, to);
    this.absent.delete(to);
    b.out.push({ kind: "map", to, value, note: s.source, span: s.span });
  }

  /** A function of products alone that nothing but one softmax reads. */
  private waitsForSoftmax(s: Of<"map">, b: Block): boolean {
    const reader = b.statements.find((x) => x.kind === "online_softmax" && x.scores.id === s.to.id);
    const [only] = s.from;
    const product = b.statements.some((x) => x.kind === "qk" && x.to.id === only?.id);
    const alone = this.counts.get(s.to.id) === 1 && only && this.counts.get(only.id) === 1;
    if (!reader || !product || !alone || s.from.length > 1) return false;
    this.scoreMaps.set(s.to.id, s);
    return true;
  }

  private reduce(s: Of<"reduce">, i: number, b: Block): void {
    const from = this.settled(s.from, b);
    this.setAbsent(from, s.op === "max" ? -Infinity : 0, b);
    const accumulate = s.soFar !== undefined;
    const to = s.soFar ? this.inPlace(s.to, s.soFar, i, b) : this.tiles.make(s.to, `row_${s.op}`);
    this.tiles.settle(s.to, to);
    b.out.push({ kind: "reduce", op: s.op, to, from, accumulate, span: s.span });
  }

  private softmax(s: Of<"online_softmax">, i: number, b: Block): void {
    const waiting = this.scoreMaps.get(s.scores.id);
    const products = waiting?.from[0] ?? s.scores;
    const scores =
      waiting || this.isFree(s.scores, i, b) ? this.tiles.of(products) : this.copy(s.scores, b);
    const isFactored = this.before.some((x) => x.kind === "let" && x.name === "score_factor");
    const f =
      waiting &&
      scoresOf({
        tile: scores,
        value: substitute(waiting.value, new Map([[products.id, variable("f32", "s")]])),
        scalars: isFactored ? [] : this.d.scalars.map((x) => x.name),
        places: this.places,
        note: waiting.source,
        span: waiting.span,
      });
    if (f) {
      this.before.push(...f.before);
      b.out.push(...f.inTile);
    }
    this.setAbsent(scores, -Infinity, b);
    const [m, l, acc] = (["m", "l", "acc"] as const).map((part) =>
      this.inPlace(s.after[part], s.before[part], i, b),
    );
    if (m === undefined || l === undefined || acc === undefined) return unreachable("softmax");
    const weights = this.tiles.make(s.weights, "p", this.dtypeOfWeights(s, b));
    this.rounded.add(weights);
    this.tiles.settle(s.weights, weights);
    const factor = f?.factor ?? f32(LOG2E);
    b.out.push({ kind: "online_softmax", scores, factor, weights, m, l, acc });
    this.absent.delete(scores);
  }

  private dtypeOfWeights(s: Of<"online_softmax">, b: Block): BodyTile["dtype"] {
    const product = b.statements.find((x) => x.kind === "pv" && x.a.id === s.weights.id);
    return product?.kind === "pv" ? product.b.dtype : "f16";
  }

  private loop(s: Of<"columns">, i: number, b: Block): void {
    const carried = s.carried.map((c) => ({ ...c, tile: this.carry(c, i, b) }));
    const inside = s.carried.map((c) => c.inside.id);
    const next = s.carried.map((c) => c.next);
    const out: Statement[] = [];
    this.loops++;
    this.block({
      statements: s.body,
      uses: lastUses(s.body, next),
      own: new Set([...madeIn(s.body), ...inside]),
      inLoop: true,
      out,
    });
    this.carryOn(carried, out);
    for (const { after, tile } of carried) this.tiles.settle(after, tile);
    const where = s.mask && substitute(s.mask.value, this.places);
    b.out.push({
      ...{ kind: "columns", axis: "kv", origin: "kv0", body: out },
      ...(where && { where, span: s.mask?.span }),
    });
  }

  /** One tile for a carried value, which holds what it begins with. */
  private carry({ before, inside }: Carried, i: number, b: Block): string {
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
  private carryOn(carried: readonly (Carried & { tile: string })[], out: Statement[]): void {
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
  private inPlace(to: BodyTile, from: BodyTile, i: number, b: Block): string {
    const tile = this.isFree(from, i, b) ? this.tiles.of(from) : this.copy(from, b, to);
    this.tiles.settle(to, tile);
    this.absent.delete(tile);
    return tile;
  }

  private copy(from: BodyTile, b: Block, called = from): string {
    const start = this.starts.get(from.id);
    const to = this.tiles.make(called, from.shape.length > 1 ? "x" : "row_value");
    b.out.push(
      start ? fill(to, start) : { kind: "map", to, value: element(this.settled(from, b)) },
    );
    return to;
  }

  /** A row vector costs little: where it has a name of its own, or follows the loops, it is a new one. */
  private isWorthIt({ id, shape }: BodyTile, b: Block): boolean {
    return shape.length > 1 || (b.inLoop && !this.d.names.has(id));
  }

  private isFree(t: BodyTile, i: number, b: Block): boolean {
    return b.own.has(t.id) && this.tiles.has(t) && (b.uses.get(t.id) ?? 0) <= i;
  }

  /** The tile of a value; one that is a constant so far is made here. */
  private settled(t: BodyTile, b: Block): string {
    const start = this.starts.get(t.id);
    if (start && !this.tiles.has(t)) this.tiles.settle(t, this.copy(t, b));
    return this.tiles.of(t);
  }

  private setAbsent(tile: string, value: number, b: Block): void {
    if (this.absent.get(tile) === value) return;
    this.absent.set(tile, value);
    b.out.push({ kind: "absent", to: tile, value: f32(value) });
  }

  private placed(value: Expr, from: readonly BodyTile[], b: Block): Expr {
    const elements = from.map((t): [string, Expr] => {
      const start = this.starts.get(t.id);
      return [t.id, start ? f32(start.value) : element(this.settled(t, b))];
    });
    return simplify(substitute(value, new Map([...this.places, ...elements])));
  }

  /** The tile of a box, loaded where it is first needed; scores and values have buffers of their own. */
  private loaded(t: BodyTile, form: "qk" | "pv", out: Statement[]): string {
    const load = this.boxes.get(t.id) ?? unreachable("an operand that is not loaded");
    const from = this.slice(load.from);
    const loop = t.shape[0] === "q" ? 0 : this.loops;
    const name = this.tiles.ofBox(JSON.stringify([loop, form, from]), load.from.tensor, t);
    const isThere = out.some((s) => s.kind === "load" && s.to === name);
    if (!isThere) out.push({ kind: "load", to: name, from });
    return name;
  }

  private slice({ tensor: name, index }: BodySlice): Slice {
    const { axes } = tensor(this.d, name);
    return {
      tensor: name,
      index: index.map((at, i): SliceIndex => {
        if (at === "all") return { kind: "all" };
        if (at !== "tile") return { kind: "point", at: substitute(at, this.places) };
        const axis = axes[i]?.axis ?? unreachable("an index without an axis");
        return { kind: "tile", axis, origin: variable("i32", `${axis}0`) };
      }),
    };
  }
}

const element = (tile: string): Expr => variable("f32", tile);
const sameShape = (a: BodyTile, b: BodyTile): boolean => String(a.shape) === String(b.shape);


const startOf = (s: Of<"fill">): Start =>
  s.value === "zeros"
    ? { value: 0 }
    : { value: NO_MAXIMUM, note: "running row maximum, log2 units" };
const fill = (to: string, { value, note }: Start): Statement => ({
  ...{ kind: "fill", to, value: f32(value) },
  ...(note !== undefined && { note }),
});

const mentions = (body: readonly Statement[], name: string): boolean =>
  statementsOf(body).some((s) =>
    [...expressionsOf(s), ...slicesOf(s).flatMap(pointsOf)].some((e) => variables(e).has(name)),
  );
const pointsOf = (s: Slice): readonly Expr[] =>
  s.index.flatMap((i) => (i.kind === "point" ? [i.at] : []));
