// A body to L2. Values of the body never change and tiles of L2 do: a value takes over the tile of one that is read for the
// last time where it is made, and what a loop carries stays in one tile. Absent elements get the value that
// whoever reads them next passes over: -infinity for maxima and softmax, zero for sums and products.

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, f32, floorDiv, substitute, variable, variables } from "../expr/expr.ts";
import type { BodySlice, BodyStatement, BodyTile } from "../spec/body.ts";
import type { KernelDescription } from "../spec/description.ts";
import type { Kernel } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import type { Slice, SliceIndex } from "../tile/statement-parts.ts";
import { statementsOf, expressionsOf, slicesOf } from "../tile/walk.ts";
import { lastUses, madeIn, readCounts, withoutUnused } from "./body-uses.ts";
import { type Block, BodyValues, element, type Of, type Start } from "./body-values.ts";
import { extentExpr, groupSize, tensor } from "./sizes.ts";
import { LOG2E, NO_MAXIMUM, scoresOf } from "./softmax.ts";

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
    tiles: lowering.values.tiles.declared(),
    barriers: [],
    steps: [],
    start: [],
    roles: [{ name: "all", body }],
  };
};

class BodyLowering {
  readonly values: BodyValues;
  private readonly d: KernelDescription;
  /** How many loops have begun: each has buffers of its own. */
  private loops = 0;
  /** Before everything else: loads of queries, and what all steps must know. */
  private readonly before: Statement[] = [];
  private readonly boxes = new Map<string, Of<"load">>();
  /** Maps that a softmax is to take its factor from. */
  private readonly scoreMaps = new Map<string, Of<"map">>();
  private readonly counts: ReadonlyMap<string, number>;

  constructor(d: KernelDescription) {
    this.d = d;
    this.values = new BodyValues(d);
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
        this.values.starts.set(s.to.id, startOf(s));
        return;
      case "qk":
        return this.scores(s, b);
      case "pv":
        return this.weigh(s, i, b);
      case "map":
        return this.map(s, i, b);
      case "reduce":
        return this.reduce(s, i, b);
      case "online_softmax":
        return this.softmax(s, i, b);
      case "columns":
        return this.loop(s, i, b);
      case "store": {
        const from = { tile: this.values.settled(s.from, b) };
        b.out.push({ kind: "store", to: this.slice(s.to), from });
      }
    }
  }

  private scores(s: Of<"qk">, b: Block): void {
    const a = this.loaded(s.a, "qk", this.before);
    const keys = this.loaded(s.b, "qk", b.out);
    const to = this.values.tiles.make(s.to, "s");
    this.values.tiles.settle(s.to, to);
    b.out.push({
      ...{ kind: "product", form: "qk", to, a: { tile: a }, b: { tile: keys } },
      note: "S = Q K^T",
    });
  }

  private weigh(s: Of<"pv">, i: number, b: Block): void {
    const weights = this.weights(s, b);
    const loaded = this.loaded(s.b, "pv", b.out);
    const to = this.values.inPlace(s.to, s.acc, i, b);
    b.out.push({
      ...{ kind: "product", form: "pv", to, a: { tile: weights }, b: { tile: loaded } },
      ...{ skipZeros: true, note: "O += P V" },
    });
  }

  /** Rounded to the dtype of the values. */
  private weights({ a, b: values }: Of<"pv">, b: Block): string {
    const from = this.values.settled(a, b);
    if (this.rounded.has(from)) return from;
    this.values.setAbsent(from, 0, b);
    const to = this.values.tiles.make(a, "p", values.dtype);
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
    const value = this.values.placed(s.value, s.from, b);
    if (value.kind === "const") {
      this.values.starts.set(s.to.id, { value: value.value });
      return;
    }
    const taken = s.from.find(
      (t) => this.values.isFree(t, i, b) && sameShape(t, s.to) && this.values.isWorthIt(s.to, b),
    );
    const to = taken
      ? this.values.tiles.of(taken)
      : this.values.tiles.make(s.to, s.to.shape.length > 1 ? "x" : "row_value");
    this.values.tiles.settle(s.to, to);
    this.values.absent.delete(to);
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
    const from = this.values.settled(s.from, b);
    this.values.setAbsent(from, s.op === "max" ? -Infinity : 0, b);
    const accumulate = s.soFar !== undefined;
    const to = s.soFar
      ? this.values.inPlace(s.to, s.soFar, i, b)
      : this.values.tiles.make(s.to, `row_${s.op}`);
    this.values.tiles.settle(s.to, to);
    b.out.push({ kind: "reduce", op: s.op, to, from, accumulate, span: s.span });
  }

  private softmax(s: Of<"online_softmax">, i: number, b: Block): void {
    const waiting = this.scoreMaps.get(s.scores.id);
    const products = waiting?.from[0] ?? s.scores;
    const scores =
      waiting || this.values.isFree(s.scores, i, b)
        ? this.values.tiles.of(products)
        : this.values.copy(s.scores, b);
    const isFactored = this.before.some((x) => x.kind === "let" && x.name === "score_factor");
    const f =
      waiting &&
      scoresOf({
        tile: scores,
        value: substitute(waiting.value, new Map([[products.id, variable("f32", "s")]])),
        scalars: isFactored ? [] : this.d.scalars.map((x) => x.name),
        places: this.values.places,
        note: waiting.source,
        span: waiting.span,
      });
    if (f) {
      this.before.push(...f.before);
      b.out.push(...f.inTile);
    }
    this.values.setAbsent(scores, -Infinity, b);
    const [m, l, acc] = (["m", "l", "acc"] as const).map((part) =>
      this.values.inPlace(s.after[part], s.before[part], i, b),
    );
    if (m === undefined || l === undefined || acc === undefined) return unreachable("softmax");
    const weights = this.values.tiles.make(s.weights, "p", this.dtypeOfWeights(s, b));
    this.rounded.add(weights);
    this.values.tiles.settle(s.weights, weights);
    const factor = f?.factor ?? f32(LOG2E);
    b.out.push({ kind: "online_softmax", scores, factor, weights, m, l, acc });
    this.values.absent.delete(scores);
  }

  private dtypeOfWeights(s: Of<"online_softmax">, b: Block): BodyTile["dtype"] {
    const product = b.statements.find((x) => x.kind === "pv" && x.a.id === s.weights.id);
    return product?.kind === "pv" ? product.b.dtype : "f16";
  }

  private loop(s: Of<"columns">, i: number, b: Block): void {
    const carried = s.carried.map((c) => ({ ...c, tile: this.values.carry(c, i, b) }));
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
    this.values.carryOn(carried, out);
    for (const { after, tile } of carried) this.values.tiles.settle(after, tile);
    const where = s.mask && substitute(s.mask.value, this.values.places);
    b.out.push({
      ...{ kind: "columns", axis: "kv", origin: "kv0", body: out },
      ...(where && { where, span: s.mask?.span }),
    });
  }

  /** The tile of a box, loaded where it is first needed; scores and values have buffers of their own. */
  private loaded(t: BodyTile, form: "qk" | "pv", out: Statement[]): string {
    const load = this.boxes.get(t.id) ?? unreachable("an operand that is not loaded");
    const from = this.slice(load.from);
    const loop = t.shape[0] === "q" ? 0 : this.loops;
    const name = this.values.tiles.ofBox(JSON.stringify([loop, form, from]), load.from.tensor, t);
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
        if (at !== "tile") return { kind: "point", at: substitute(at, this.values.places) };
        const axis = axes[i]?.axis ?? unreachable("an index without an axis");
        return { kind: "tile", axis, origin: variable("i32", `${axis}0`) };
      }),
    };
  }
}

const sameShape = (a: BodyTile, b: BodyTile): boolean => String(a.shape) === String(b.shape);
const startOf = (s: Of<"fill">): Start =>
  s.value === "zeros"
    ? { value: 0 }
    : { value: NO_MAXIMUM, note: "running row maximum, log2 units" };

const mentions = (body: readonly Statement[], name: string): boolean =>
  statementsOf(body).some((s) =>
    [...expressionsOf(s), ...slicesOf(s).flatMap(pointsOf)].some((e) => variables(e).has(name)),
  );
const pointsOf = (s: Slice): readonly Expr[] =>
  s.index.flatMap((i) => (i.kind === "point" ? [i.at] : []));
