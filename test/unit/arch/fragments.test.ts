// Layouts of fragments: every element of a block has one lane, and reads of shared memory meet different banks.

import { expect, test } from "vitest";
import {
  type Accumulator,
  fragmentsOf,
  laneColumn,
  laneOfColumn,
  type RowBits,
} from "../../../codegen/arch/fragments.ts";

const bit = (lane: number, i: number): number => (lane >> i) & 1;

/** Rows and columns of a lane's element i, as the figures of PTX ISA 9.7.14.5 have them. */
const places: Readonly<
  Record<Accumulator["kind"], (lane: number, i: number) => readonly [number, number]>
> = {
  m16n8: (lane, i) => [(lane >> 2) + 8 * ((i >> 1) & 1), 2 * (lane & 3) + (i & 1) + 8 * (i >> 2)],
  m8n8k4: (lane, i) => [
    bit(lane, 0) + (i & 2) + 4 * bit(lane, 4) + 8 * bit(lane, 3),
    2 * bit(lane, 1) + (i & 1) + (i & 4) + 8 * bit(lane, 2),
  ],
};

const layouts = Object.entries(fragmentsOf).map(([mma, f]) => [mma, f.accumulator] as const);
const lanes = Array.from({ length: 32 }, (_, lane) => lane);
const elements = Array.from({ length: 8 }, (_, i) => i);

test.each(layouts)("%s: the layout is that of the manual's figures", (_, layout) => {
  const seen = new Set<number>();
  for (const lane of lanes) {
    const own = elements.map((i) => places[layout.kind](lane, i));
    for (const [row, col] of own) seen.add(16 * row + col);
    const rows = [...new Set(own.map(([row]) => row))];
    expect(rows[1]! - rows[0]!).toBe(layout.rowStep);
    const columns = [...new Set(own.map(([, col]) => col))].toSorted((a, b) => a - b);
    const first = columns[0]!;
    expect(columns).toEqual([0, 1, layout.farColumn, layout.farColumn + 1].map((c) => first + c));
    for (const col of columns) {
      expect(col & layout.laneColumns).toBe(first);
      const at = new Function("col", `return ${laneOfColumn(layout, "col")}`) as (
        c: number,
      ) => number;
      expect(laneColumn(layout, at(col + 32))).toBe(first);
    }
    for (const partner of layout.partners)
      expect(places[layout.kind](lane ^ partner, 0)[0]).toBe(rows[0]);
  }
  expect(seen.size).toBe(256);
});

/** Lanes that read together: their rows and chunks, for 16-byte (8 lanes) and 8-byte reads (16 lanes). */
const together = {
  ldmatrix: elements.map((i) => [i, 0] as const),
  operand: lanes.slice(0, 8).map((l) => [(l & 3) + (l & 8), 0] as const),
  keys: lanes.slice(0, 8).map((l) => [(l & 3) + 8 * bit(l, 2), 0] as const),
  values: lanes.slice(0, 16).map((l) => [l & 3, bit(l, 2)] as const),
};
type Reads = readonly (readonly [number, number])[];

/** The most different rows and chunks that meet in 16 bytes' worth of banks. */
const conflicts = (reads: Reads, rowBits: RowBits, cols: number): number => {
  const chunks = cols / 8;
  const width = [8, 4, 2, 1].find((w) => chunks % w === 0)!;
  const bits = rowBits.slice(3 - Math.log2(width));
  const groups = new Map<number, Set<number>>();
  for (const [row, chunk] of reads) {
    const flips = bits.reduce((f, b, i) => f | ((row & b) === 0 ? 0 : 1 << i), 0);
    const at = row * chunks + (chunk ^ flips);
    groups.set(at % 8, (groups.get(at % 8) ?? new Set()).add(at));
  }
  return Math.max(...[...groups.values()].map((g) => g.size));
};

test("no two reads of shared memory that happen together meet in a bank", () => {
  const cases = Object.entries(fragmentsOf).flatMap(([mma, { swizzles: s }]) => {
    const of = (reads: Reads, bits: RowBits) => ({ mma, reads, bits });
    const { ldmatrix, operand, keys, values } = together;
    return mma === "m8n8k4"
      ? [of(operand, s.own), of(keys, s.keys), of(values, s.values)]
      : Object.values(s).map((bits) => of(ldmatrix, bits));
  });
  for (const { mma, reads, bits } of cases)
    for (let cols = 16; cols <= 256; cols += 16)
      expect(conflicts(reads, bits, cols), `${mma}, ${cols} columns, by ${bits.join(" ")}`).toBe(1);
});

test("the usual row bits would not do for the keys of m8n8k4", () => {
  expect(conflicts(together.keys, [1, 2, 4], 128)).toBe(2);
});
