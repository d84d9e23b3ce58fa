// The oracle: attention as the description defines it, row by row in float64, with no tiles and no
// schedule. Knows nothing of tile programs.

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, f32, mapChildren, mul, sameExpr } from "../expr/expr.ts";
import type { AttentionDescription, OutputSpec } from "../spec/description.ts";
import { closure, Frame } from "./closure.ts";
import { type NdArray, zeros } from "./ndarray.ts";
import { shaped } from "./random.ts";
import { largestFinite, roundTo } from "./round.ts";

type Arrays = Readonly<Record<string, NdArray>>;

export interface Reference {
  /** Exact up to float64, dtype f64. */
  readonly outputs: Arrays;
  /** The same with only the roundings that every kernel makes: P to v's dtype before PV, and the output. */
  readonly baseline: Arrays;
  /** The largest |s| of an attended element, after `score`, or of a sink. */
  readonly maxScore: number;
  /** How far an approximate function of `score` may take a score from its exact value. */
  readonly slack: number;
  /** The largest |v|. */
  readonly maxValue: number;
}

/**
 * Attention of q[b, q, h, d], k[b, kv, hkv, d] and v[b, kv, hkv, dv], in any order of axes:
 * o = softmax(score(scale q k)) v over the keys that `mask` shows, and a sink of no value where there is one. A row that
 * sees no key has o = 0, lse = -inf, or the sink's logit.
 */
export const reference = (
  description: AttentionDescription,
  sizes: Readonly<Record<string, number>>,
  inputs: Arrays,
  scalars: Readonly<Record<string, number>>,
): Reference => {
  const make = (dtype: (o: OutputSpec) => OutputSpec["dtype"] | "f64"): Arrays =>
    Object.fromEntries(
      description.outputs.map((o) => {
        const { shape, axes } = shaped(o, sizes);
        return [o.name, zeros(dtype(o), shape, axes)];
      }),
    );
  const outputs = make(() => "f64");
  const baseline = make((o) => o.dtype);
  const heads = new Heads(inputs);
  const scores = new RowScores(description, inputs, scalars, heads);
  for (let b = 0; b < heads.batches; b++)
    for (let h = 0; h < heads.queryHeads; h++) {
      heads.select(b, h);
      for (let q = 0; q < heads.queries; q++) {
        const row = heads.attend(scores.ofRow(b, h, q), scores);
        for (const o of description.outputs) {
          writeRow(o, outputs[o.name]!, { b, h, q }, row.exact);
          writeRow(o, baseline[o.name]!, { b, h, q }, row.rounded);
        }
      }
    }
  const { largest: maxScore, slack } = scores;
  return { outputs, baseline, maxScore, slack, maxValue: largestFinite(inputs["v"]!.values()) };
};

interface RowResult {
  readonly values: Float64Array;
  /** Natural logarithm. */
  readonly lse: number;
}

const writeRow = (
  { role }: OutputSpec,
  to: NdArray,
  at: Readonly<Record<"b" | "h" | "q", number>>,
  row: RowResult,
): void => {
  const { data, dtype } = to;
  const rounded = (x: number): number => (dtype === "f64" ? x : roundTo(dtype, x));
  const stride = strideOf(to, "d");
  let position = to.offset;
  for (const axis of ["b", "h", "q"] as const) position += at[axis] * strideOf(to, axis);
  switch (role.kind) {
    case "values":
      for (let d = 0; d < row.values.length; d++)
        data[position + d * stride] = rounded(row.values[d]!);
      return;
    case "lse":
      data[position] = rounded(role.base === 2 ? row.lse / Math.LN2 : row.lse);
  }
};

const axisOf = (a: NdArray, axis: string): number =>
  (a.axes ?? unreachable("unnamed axes")).indexOf(axis);
const extentOf = (a: NdArray, axis: string): number => a.shape[axisOf(a, axis)] ?? 1;
const strideOf = (a: NdArray, axis: string): number => a.strides[axisOf(a, axis)] ?? 0;

/** Q, K and V of one head as rows of float64, and the products over them. */
class Heads {
  readonly batches: number;
  readonly queries: number;
  readonly keys: number;
  readonly queryHeads: number;
  readonly groupSize: number;
  private readonly width: number;
  private readonly valueWidth: number;
  private readonly inputs: Readonly<Record<"q" | "k" | "v", NdArray>>;
  private queryRows: Float64Array = new Float64Array();
  private keyRows: Float64Array = new Float64Array();
  private valueRows: Float64Array = new Float64Array();
  private loaded = "";

  constructor(inputs: Arrays) {
    const of = (name: string): NdArray => inputs[name] ?? unreachable("no input", name);
    this.inputs = { q: of("q"), k: of("k"), v: of("v") };
    const { q, k } = this.inputs;
    this.batches = extentOf(q, "b");
    this.queries = extentOf(q, "q");
    this.keys = extentOf(k, "kv");
    this.queryHeads = extentOf(q, "h");
    this.groupSize = this.queryHeads / extentOf(k, "hkv");
    this.width = extentOf(q, "d");
    this.valueWidth = extentOf(this.inputs.v, "d");
  }

  select(b: number, h: number): void {
    const { q, k, v } = this.inputs;
    this.queryRows = rowsOf(q, { b, h }, "q");
    const hkv = Math.floor(h / this.groupSize);
    if (this.loaded === `${b} ${hkv}`) return;
    this.loaded = `${b} ${hkv}`;
    this.keyRows = rowsOf(k, { b, hkv }, "kv");
    this.valueRows = rowsOf(v, { b, hkv }, "kv");
  }

  /** q[row] . k[key] */
  dot(row: number, key: number): number {
    const { queryRows, keyRows, width } = this;
    const from = row * width;
    const to = key * width;
    let sum = 0;
    for (let d = 0; d < width; d++) sum += queryRows[from + d]! * keyRows[to + d]!;
    return sum;
  }

  /** Softmax over the row's visible keys and its product with V: exactly, and with P rounded. */
  attend(
    count: number,
    { keys, scores, sink }: RowScores,
  ): { exact: RowResult; rounded: RowResult } {
    const { dtype } = this.inputs.v;
    const width = this.valueWidth;
    const exact = new Float64Array(width);
    const rounded = new Float64Array(width);
    let m = sink;
    for (let i = 0; i < count; i++) m = Math.max(m, scores[i]!);
    let l = sink === -Infinity ? 0 : Math.exp(sink - m);
    for (let i = 0; i < count; i++) {
      const p = m === -Infinity ? 0 : Math.exp(scores[i]! - m);
      const pRounded = dtype === "f64" ? p : roundTo(dtype, p);
      l += p;
      const at = keys[i]! * width;
      for (let d = 0; d < width; d++) {
        const v = this.valueRows[at + d]!;
        exact[d]! += p * v;
        rounded[d]! += pRounded * v;
      }
    }
    const inverse = l === 0 ? 0 : 1 / l;
    for (let d = 0; d < width; d++) {
      exact[d]! *= inverse;
      rounded[d]! *= inverse;
    }
    const lse = l === 0 ? -Infinity : m + Math.log(l);
    return { exact: { values: exact, lse }, rounded: { values: rounded, lse } };
  }
}

/** [rows, d] of one head. */
const rowsOf = (
  a: NdArray,
  at: Readonly<Record<string, number>>,
  rowAxis: string,
): Float64Array => {
  const rows = extentOf(a, rowAxis);
  const width = extentOf(a, "d");
  const rowStride = strideOf(a, rowAxis);
  const stride = strideOf(a, "d");
  const out = new Float64Array(rows * width);
  let start = a.offset;
  for (const [axis, x] of Object.entries(at)) start += x * strideOf(a, axis);
  for (let r = 0; r < rows; r++)
    for (let d = 0; d < width; d++)
      out[r * width + d] = a.data[start + r * rowStride + d * stride]!;
  return out;
};

/** The visible keys of one row and their scores. */
class RowScores {
  readonly keys: Int32Array;
  readonly scores: Float64Array;
  /** Of the last row; -inf where there is no sink. */
  sink = -Infinity;
  largest = 0;
  slack = 0;
  private readonly frame: Frame;
  private readonly scale: () => number;
  private readonly score: (() => number) | undefined;
  /** The score with its approximate functions off by as much as they may be, to either side. */
  private readonly off: readonly (() => number)[];
  private readonly mask: (() => number) | undefined;
  private readonly sinkOf: (() => number) | undefined;
  private readonly heads: Heads;

  constructor(
    description: AttentionDescription,
    inputs: Arrays,
    scalars: Readonly<Record<string, number>>,
    heads: Heads,
  ) {
    this.heads = heads;
    this.keys = new Int32Array(heads.keys);
    this.scores = new Float64Array(heads.keys);
    const names = description.scalars.map((s) => s.name);
    this.frame = new Frame([...coordinates, ...names], inputs);
    for (const { name, type } of description.scalars) {
      const value = scalars[name] ?? unreachable("no scalar", name);
      this.frame.set(name, type === "f32" ? Math.fround(value) : value);
    }
    this.frame.set("qLen", heads.queries);
    this.frame.set("kvLen", heads.keys);
    this.scale = closure(description.scale, this.frame);
    this.score = description.score && closure(description.score.value, this.frame);
    this.off = description.score
      ? inexact(description.score.value).map((e) => closure(e, this.frame))
      : [];
    this.mask = description.mask && closure(description.mask.value, this.frame);
    this.sinkOf = description.sink && closure(description.sink.value, this.frame);
  }

  /** Fills `keys`, `scores` and `sink`, and returns how many keys the row sees. What is masked is never read. */
  ofRow(b: number, h: number, q: number): number {
    const { frame, heads, mask, score } = this;
    const position = { b, h, hkv: Math.floor(h / heads.groupSize), q };
    for (const [name, value] of Object.entries(position)) frame.set(name, value);
    if (this.sinkOf !== undefined) this.meet((this.sink = this.sinkOf()));
    const kvSlot = frame.slot("kv");
    const sSlot = frame.slot("s");
    let count = 0;
    for (let kv = 0; kv < heads.keys; kv++) {
      frame.values[kvSlot] = kv;
      if (mask !== undefined && mask() === 0) continue;
      let s = this.scale() * heads.dot(q, kv);
      if (score !== undefined) {
        frame.values[sSlot] = s;
        s = score();
        for (const off of this.off) this.slack = Math.max(this.slack, Math.abs(off() - s) || 0);
      }
      this.meet(s);
      this.keys[count] = kv;
      this.scores[count++] = s;
    }
    return count;
  }

  private meet(score: number): void {
    if (Number.isFinite(score)) this.largest = Math.max(this.largest, Math.abs(score));
  }
}

/** Relative error of tanh.approx.f32 (PTX ISA 9.7.3). */
const TANH_APPROX = 2 ** -11;

const inexact = (e: Expr): readonly Expr[] => {
  const scaled = (x: Expr, by: number): Expr => {
    const inner = mapChildren(x, (c) => scaled(c, by));
    return inner.kind === "unary" && inner.op === "tanhApprox" ? mul(inner, f32(by)) : inner;
  };
  return [1 + TANH_APPROX, 1 - TANH_APPROX]
    .map((by) => scaled(e, by))
    .filter((x) => !sameExpr(x, e));
};

const coordinates = ["s", "b", "h", "hkv", "q", "kv", "qLen", "kvLen"];
