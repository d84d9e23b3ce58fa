// The oracle of a body: its statements in order, in float64, with one tile as large as its axes for all of them. A
// loop over keys has one step. Knows nothing of tile programs.

import { unreachable } from "../base/diagnostic.ts";
import type { BodySlice, BodyStatement, BodyTile } from "../spec/body.ts";
import { extentOf, type KernelDescription } from "../spec/description.ts";
import type { Expr } from "../expr/expr.ts";
import { type Closure, closure, Frame } from "./closure.ts";
import { type NdArray, zeros } from "./ndarray.ts";
import { shaped } from "./random.ts";
import type { Reference } from "./reference.ts";
import { roundTo } from "./round.ts";

type Arrays = Readonly<Record<string, NdArray>>;
type Numbers = Readonly<Record<string, number>>;

export const bodyReference = (
  d: KernelDescription,
  sizes: Numbers,
  inputs: Arrays,
  scalars: Numbers,
): Reference => {
  const make = (rounds: boolean): Arrays =>
    Object.fromEntries(
      d.outputs.map((o) => {
        const { shape, axes } = shaped(o, sizes);
        return [o.name, zeros(rounds ? o.dtype : "f64", shape, axes)];
      }),
    );
  const [outputs, baseline] = [make(false), make(true)];
  new Run(d, sizes, inputs, scalars, outputs, false).everywhere();
  new Run(d, sizes, inputs, scalars, baseline, true).everywhere();
  return { outputs, baseline, maxScore: 0, slack: 0, maxValue: 0 };
};

/** Row-major values of a tile. */
interface Values {
  readonly data: Float64Array;
  readonly rows: number;
  readonly cols: number;
}

const coordinates = ["b", "h", "hkv", "q", "kv", "qLen", "kvLen"];

class Run {
  private readonly d: KernelDescription;
  private readonly sizes: Numbers;
  private readonly inputs: Arrays;
  private readonly outputs: Arrays;
  /** Weights to the dtype of values, and what is stored. */
  private readonly rounds: boolean;
  private readonly frame: Frame;
  private readonly closures = new Map<Expr, Closure>();
  private readonly tiles = new Map<string, Values>();
  private readonly queries: number;
  private readonly keys: number;
  /** 1 where a row sees a key; absent: everywhere. */
  private visible: Uint8Array | undefined;

  constructor(
    d: KernelDescription,
    sizes: Numbers,
    inputs: Arrays,
    scalars: Numbers,
    outputs: Arrays,
    rounds: boolean,
  ) {
    this.d = d;
    this.sizes = sizes;
    this.inputs = inputs;
    this.outputs = outputs;
    this.rounds = rounds;
    this.queries = extentOf(d.grid.rows, sizes);
    this.keys = extentOf(d.columns ?? 0, sizes);
    const ids = tilesOf(d.body).map((t) => t.id);
    this.frame = new Frame([...coordinates, ...d.scalars.map((s) => s.name), ...ids], inputs);
    for (const { name, type } of d.scalars) {
      const value = scalars[name] ?? unreachable("no scalar", name);
      this.frame.set(name, type === "f32" ? Math.fround(value) : value);
    }
    this.frame.set("qLen", this.queries);
    this.frame.set("kvLen", this.keys);
  }

  /** The body once for each point of the grid. */
  everywhere(): void {
    const { points } = this.d.grid;
    const extents = points.map((p) => extentOf(p.extent, this.sizes));
    const heads = extentOf(points.find((p) => p.axis === "h")?.extent ?? 1, this.sizes);
    const group = heads / extentOf(this.d.kvHeads ?? 1, this.sizes);
    for (let n = 0; n < extents.reduce((a, b) => a * b, 1); n++) {
      let rest = n;
      points.toReversed().forEach(({ axis }, i) => {
        const extent = extents[points.length - 1 - i] ?? 1;
        this.frame.set(axis, rest % extent);
        if (axis === "h") this.frame.set("hkv", Math.floor((rest % extent) / group));
        rest = Math.floor(rest / extent);
      });
      this.block(this.d.body);
    }
  }

  private block(statements: readonly BodyStatement[]): void {
    for (const s of statements) this.statement(s);
  }

  private statement(s: BodyStatement): void {
    switch (s.kind) {
      case "load":
        return this.load(s.to, s.from);
      case "fill":
        return this.put(s.to, () => (s.value === "zeros" ? 0 : -Infinity));
      case "qk":
        return this.product(s.to, s.a, s.b);
      case "pv":
        return this.weigh(s.to, s.acc, s.a, s.b);
      case "map":
        return this.map(s.to, s.from, s.value);
      case "reduce":
        return this.reduce(s.to, s.from, s.op, s.soFar);
      case "online_softmax":
        return this.softmax(s);
      case "columns":
        this.visible = s.mask && this.seen(s.mask.value);
        for (const { before, inside } of s.carried) this.tiles.set(inside.id, this.of(before));
        this.block(s.body);
        for (const { next, after } of s.carried) this.tiles.set(after.id, this.of(next));
        return;
      case "store":
        return this.store(s.from, s.to);
    }
  }

  private of(t: BodyTile): Values {
    return this.tiles.get(t.id) ?? unreachable("a tile without values", t.id);
  }

  private sizeOf(entry: "q" | "kv" | number | undefined): number {
    return entry === "q" ? this.queries : entry === "kv" ? this.keys : (entry ?? 1);
  }

  private put(t: BodyTile, f: (row: number, col: number) => number): void {
    const [rows, cols] = [this.sizeOf(t.shape[0]), this.sizeOf(t.shape[1])];
    const data = new Float64Array(rows * cols);
    for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) data[r * cols + c] = f(r, c);
    this.tiles.set(t.id, { data, rows, cols });
  }

  private value(e: Expr): number {
    const known = this.closures.get(e) ?? closure(e, this.frame);
    this.closures.set(e, known);
    return known();
  }

  private sees(row: number, key: number): boolean {
    return this.visible === undefined || this.visible[row * this.keys + key] === 1;
  }

  private seen(mask: Expr): Uint8Array {
    const visible = new Uint8Array(this.queries * this.keys);
    for (let q = 0; q < this.queries; q++)
      for (let kv = 0; kv < this.keys; kv++) {
        this.frame.set("q", q);
        this.frame.set("kv", kv);
        visible[q * this.keys + kv] = this.value(mask);
      }
    return visible;
  }

  /** Position of a box's first element, and the steps from row to row and column to column. */
  private box(array: NdArray, slice: BodySlice): { start: number; row: number; col: number } {
    let [start, row, col] = [array.offset, 0, 0];
    slice.index.forEach((at, i) => {
      const stride = array.strides[i] ?? 0;
      if (at === "tile") row = stride;
      else if (at === "all") col = stride;
      else start += this.value(at) * stride;
    });
    return { start, row, col };
  }

  private load(to: BodyTile, from: BodySlice): void {
    const array = this.inputs[from.tensor] ?? unreachable("no input", from.tensor);
    const { start, row, col } = this.box(array, from);
    this.put(to, (r, c) => array.data[start + r * row + c * col] ?? Number.NaN);
  }

  private store(from: BodyTile, to: BodySlice): void {
    const array = this.outputs[to.tensor] ?? unreachable("no output", to.tensor);
    const { start, row, col } = this.box(array, to);
    const { data, rows, cols } = this.of(from);
    const { dtype } = array;
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < cols; c++) {
        const x = data[r * cols + c]!;
        array.data[start + r * row + c * col] = dtype === "f64" ? x : roundTo(dtype, x);
      }
  }

  private product(to: BodyTile, left: BodyTile, right: BodyTile): void {
    const [a, b] = [this.of(left), this.of(right)];
    this.put(to, (r, c) => {
      let sum = 0;
      for (let d = 0; d < a.cols; d++) sum += a.data[r * a.cols + d]! * b.data[c * b.cols + d]!;
      return sum;
    });
  }

  private weigh(to: BodyTile, sum: BodyTile, weights: BodyTile, values: BodyTile): void {
    const [acc, p, v] = [this.of(sum), this.of(weights), this.of(values)];
    const rounded = this.rounds ? p.data.map((x) => roundTo(values.dtype, x)) : p.data;
    const out = acc.data.slice();
    for (let r = 0; r < p.rows; r++)
      for (let k = 0; k < p.cols; k++)
        if (this.sees(r, k))
          for (let d = 0; d < v.cols; d++)
            out[r * v.cols + d]! += rounded[r * p.cols + k]! * v.data[k * v.cols + d]!;
    this.tiles.set(to.id, { ...acc, data: out });
  }

  private map(to: BodyTile, from: readonly BodyTile[], value: Expr): void {
    const sources = from.map((t) => ({ ...this.of(t), slot: this.frame.slot(t.id) }));
    const { values } = this.frame;
    const ofKeys = to.shape[1] === "kv";
    this.put(to, (r, c) => {
      if (ofKeys && !this.sees(r, c)) return Number.NaN;
      this.frame.set("q", r);
      if (ofKeys) this.frame.set("kv", c);
      for (const { data, cols, slot } of sources)
        values[slot] = data[cols === 1 ? r : r * cols + c]!;
      return this.value(value);
    });
  }

  private reduce(to: BodyTile, of: BodyTile, op: "max" | "sum", before?: BodyTile): void {
    const { data, cols } = this.of(of);
    const soFar = before && this.of(before).data;
    this.put(to, (r) => {
      let result = soFar?.[r] ?? (op === "max" ? -Infinity : 0);
      for (let c = 0; c < cols; c++) {
        if (!this.sees(r, c)) continue;
        const x = data[r * cols + c]!;
        result = op === "max" ? Math.max(result, x) : result + x;
      }
      return result;
    });
  }

  /** m is the maximum itself, in log2 units, and finite as the kernel's is: what is made of m and l is the same for any m. */
  private softmax(s: BodyStatement & { kind: "online_softmax" }): void {
    const scores = this.of(s.scores);
    const [m, l, acc] = [this.of(s.before.m), this.of(s.before.l), this.of(s.before.acc)];
    const units = { ...scores, data: scores.data.map((x) => x * Math.LOG2E) };
    this.tiles.set(s.scores.id, units);
    this.reduce(s.after.m, s.scores, "max", s.before.m);
    this.tiles.set(s.scores.id, scores);
    const top = this.of(s.after.m).data;
    const power = (x: number, r: number): number => (top[r] === -Infinity ? 0 : 2 ** (x - top[r]!));
    this.put(s.weights, (r, c) =>
      this.sees(r, c) ? power(units.data[r * units.cols + c]!, r) : 0,
    );
    const shrink = m.data.map((x, r) => (x === -Infinity ? 0 : power(x, r)));
    const sums: BodyTile = { ...s.after.l, id: "sum of weights" };
    this.reduce(sums, s.weights, "sum");
    const added = this.of(sums).data;
    this.put(s.after.l, (r) => l.data[r]! * shrink[r]! + added[r]!);
    this.put(s.after.acc, (r, c) => acc.data[r * acc.cols + c]! * shrink[r]!);
  }
}

const tilesOf = (body: readonly BodyStatement[]): readonly BodyTile[] =>
  body.flatMap((s): readonly BodyTile[] => {
    switch (s.kind) {
      case "store":
        return [];
      case "online_softmax":
        return [s.weights, s.after.m, s.after.l, s.after.acc];
      case "columns":
        return [...s.carried.flatMap((c) => [c.inside, c.after]), ...tilesOf(s.body)];
      default:
        return [s.to];
    }
  });
