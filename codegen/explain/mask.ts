// What a kernel does with each tile of scores in one head: skips it, masks it, or takes it whole. Counted beside
// the elements that the mask shows, so that whoever draws or reads it sees what is done in vain. Draws nothing.

import { archs } from "../arch/archs.ts";
import type { ArchName } from "../arch/arch.ts";
import { unreachable } from "../base/diagnostic.ts";
import { type CompiledKernel, override } from "../compile.ts";
import { evaluate } from "../expr/evaluate.ts";
import type { Expr } from "../expr/expr.ts";
import { children } from "../expr/expr.ts";
import { plan } from "../passes/plan.ts";
import type { Summary } from "../passes/summaries.ts";
import { closure, Frame } from "../sim/closure.ts";
import { from, type NdArray, product, rowMajor } from "../sim/ndarray.ts";
import { extentOf, type AttentionDescription } from "../spec/description.ts";
import { keyLoops, type KeyLoop } from "./keys.ts";

type Values = Readonly<Record<string, number>>;
type Arrays = Readonly<Record<string, NdArray>>;

export const tileStates = ["full", "partial", "skipped"] as const;
/** Visited without a mask, visited with it, never loaded. */
export type TileState = (typeof tileStates)[number];

export interface Axis {
  /** The author's name of the extent, and its value. */
  readonly name: string;
  readonly extent: number;
  /** Elements in a tile. */
  readonly tile: number;
}

export interface MaskMap {
  readonly kernel: string;
  readonly arch: ArchName;
  /** The author's text of the mask. */
  readonly source: string;
  readonly values: Values;
  readonly at: { readonly b: number; readonly h: number };
  readonly q: Axis;
  readonly kv: Axis;
  /** By tile of queries, by tile of keys. */
  readonly tiles: readonly (readonly TileState[])[];
  /** Whether a query sees a key. */
  readonly sees: (q: number, kv: number) => boolean;
  readonly counts: Readonly<Record<TileState, number>>;
  /** Visited, though no query sees a key of theirs. */
  readonly vain: number;
  /** How many elements the mask shows. */
  readonly visible: number;
}

export interface MaskRequest {
  readonly arch: ArchName;
  /** Sizes and launch scalars. */
  readonly values: Values;
  /** The arrays that the mask reads, by name. */
  readonly arrays: Arrays;
  readonly at: { readonly b: number; readonly h: number };
}

/** Of a kernel that comes from a description. */
export const maskMap = (
  kernel: CompiledKernel,
  description: AttentionDescription,
  { arch: archName, values, arrays, at }: MaskRequest,
): MaskMap => {
  const arch = archs[archName];
  const sizes = plan(kernel.program, arch, override(kernel, arch));
  const q = axisOf(description, "q", values, sizes.q);
  const kv = axisOf(description, "kv", values, sizes.kv);
  const head = { ...at, hkv: keyHead(description, values, at.h) };
  const sees = visibility(description, values, arrays, {
    ...head,
    qLen: q.extent,
    kvLen: kv.extent,
  });
  const [loop] = keyLoops(kernel, arch);
  const all = { ...arrays, ...summed(loop?.plan.reads.summaries ?? [], arrays) };
  const tiles = tilesOf(q).map((row) =>
    rowStates(
      loop,
      { ...values, ...head, ...(loop && { [loop.firstRow]: row * q.tile }) },
      all,
      tilesOf(kv),
      kv.tile,
    ),
  );
  const seen = tilesOf(q).map((row) =>
    tilesOf(kv).map((column) => seenIn(sees, q, kv, row, column)),
  );
  const count = (state: TileState): number => tiles.flat().filter((t) => t === state).length;
  return {
    kernel: kernel.name,
    arch: archName,
    source: description.mask?.source ?? "none",
    ...{ values, at, q, kv, tiles, sees },
    counts: { full: count("full"), partial: count("partial"), skipped: count("skipped") },
    vain: tiles.flatMap((row, i) =>
      row.filter((state, j) => state !== "skipped" && seen[i]![j] === 0),
    ).length,
    visible: seen.flat().reduce((a, b) => a + b, 0),
  };
};

/** The names of the arrays that a mask reads. */
export const readBy = (e: Expr | undefined): ReadonlySet<string> => {
  const names = new Set<string>();
  const walk = (x: Expr): void => {
    if (x.kind === "load") names.add(x.tensor);
    children(x).forEach(walk);
  };
  if (e) walk(e);
  return names;
};

const axisOf = (d: AttentionDescription, axis: "q" | "kv", values: Values, tile: number): Axis => {
  const extents = d.inputs.flatMap((t) => t.axes.filter((a) => a.axis === axis));
  const extent = extents[0]?.extent ?? 1;
  const name = typeof extent === "number" ? String(extent) : extent.join(" * ");
  return { name, extent: extentOf(extent, values), tile };
};

const tilesOf = ({ extent, tile }: Axis): readonly number[] =>
  Array.from({ length: Math.ceil(extent / tile) }, (_, i) => i);

/** hkv = h / G */
const keyHead = ({ inputs: [q, k] }: AttentionDescription, values: Values, h: number): number => {
  const of = (t: typeof q, axis: "h" | "hkv"): number =>
    extentOf(t?.axes.find((a) => a.axis === axis)?.extent ?? 1, values);
  return Math.floor(h / (of(q, "h") / of(k, "hkv")));
};

const visibility = (
  { mask }: AttentionDescription,
  values: Values,
  arrays: Arrays,
  fixed: Values,
): ((q: number, kv: number) => boolean) => {
  if (mask === undefined) return () => true;
  const known = { ...values, ...fixed };
  const frame = new Frame([...new Set([...Object.keys(known), "q", "kv"])], arrays);
  for (const [name, value] of Object.entries(known)) frame.set(name, value);
  const [row, column] = [frame.slot("q"), frame.slot("kv")];
  const holds = closure(mask.value, frame);
  return (q, kv) => {
    frame.values[row] = q;
    frame.values[column] = kv;
    return holds() !== 0;
  };
};

const seenIn = (sees: MaskMap["sees"], q: Axis, kv: Axis, row: number, column: number): number => {
  let seen = 0;
  for (let i = row * q.tile; i < Math.min((row + 1) * q.tile, q.extent); i++)
    for (let j = column * kv.tile; j < Math.min((column + 1) * kv.tile, kv.extent); j++)
      if (sees(i, j)) seen++;
  return seen;
};

/** What the kernel does with the tiles of one tile of rows, by the ranges and conditions that it computes itself. */
const rowStates = (
  loop: KeyLoop | undefined,
  values: Values,
  arrays: Arrays,
  columns: readonly number[],
  size: number,
): readonly TileState[] => {
  if (loop === undefined) return columns.map(() => "full");
  const { tiles, ask, reads } = loop.plan;
  const shared: Record<string, number> = {};
  const valueOf = (e: Expr, more: Values = {}): number =>
    evaluate(
      e,
      {
        variable: (name) => more[name] ?? shared[name] ?? values[name] ?? Number.NaN,
        load: (tensor, index) => elementOf(arrays[tensor], index),
      },
      "f32",
    );
  const ranges = tiles.ranges.map(({ lo, fullLo, fullHi, hi }) => [
    valueOf(lo),
    valueOf(fullLo),
    valueOf(fullHi),
    valueOf(hi),
  ]);
  if (columns.length > 0) for (const { name, value } of reads.lets) shared[name] = valueOf(value);
  return columns.map((tile) => {
    const range = ranges.find(([lo = 0, , , hi = 0]) => tile >= lo && tile < hi);
    if (range === undefined) return "skipped";
    const [, fullLo = 0, fullHi = 0] = range;
    if (tile >= fullLo && tile < fullHi) return "full";
    const origin = { [loop.loop.origin]: tile * size };
    if (ask.excluded && valueOf(ask.excluded, origin) !== 0) return "skipped";
    return ask.covered && valueOf(ask.covered, origin) !== 0 ? "full" : "partial";
  });
};

/** What the kernels before it write: the least and the greatest of each piece of a tensor. */
const summed = (summaries: readonly Summary[], arrays: Arrays): Arrays =>
  Object.fromEntries(
    summaries.flatMap(({ tensor, axis, size, least, greatest }) => {
      const array = arrays[tensor.name] ?? unreachable("no array", tensor.name);
      const shape = array.shape.map((n, i) => (i === axis ? Math.max(1, Math.ceil(n / size)) : n));
      const low = new Float64Array(product(shape)).fill(Infinity);
      const high = new Float64Array(product(shape)).fill(-Infinity);
      const steps = rowMajor(shape);
      array.values().forEach((x, position) => {
        let [rest, at] = [position, 0];
        for (let i = shape.length - 1; i >= 0; i--) {
          const n = array.shape[i]!;
          at += Math.floor((rest % n) / (i === axis ? size : 1)) * steps[i]!;
          rest = Math.floor(rest / n);
        }
        low[at] = Math.min(low[at]!, x);
        high[at] = Math.max(high[at]!, x);
      });
      return [
        [least, from("f64", low, shape)],
        [greatest, from("f64", high, shape)],
      ];
    }),
  );

const elementOf = (array: NdArray | undefined, index: readonly number[]): number =>
  array === undefined
    ? Number.NaN
    : array.data[index.reduce((at, x, i) => at + x * (array.strides[i] ?? 0), array.offset)]!;
