// The WebAssembly product against the same sums in plain loops, to the last bit.

import { expect, test } from "vitest";
import { multiply, type Source } from "../../../codegen/sim/matrix.ts";
import { generator } from "../../../codegen/sim/random.ts";
import { roundTo } from "../../../codegen/sim/round.ts";

const at = (s: Source, i: number, k: number): number => s.from[s.base + i * s.stride + k * s.step]!;

/** `terms` exactly, then one rounding. */
const expected = (
  a: Source,
  b: Source,
  terms: number,
  start: number,
  [i, j]: readonly [number, number],
): number => {
  let sum = start;
  for (let k = 0; k < a.depth; k += terms) {
    let exact = sum;
    for (let t = k; t < Math.min(k + terms, a.depth); t++) exact += at(a, i, t) * at(b, j, t);
    sum = Math.fround(exact);
  }
  return sum;
};

test.each([
  [128, 64, 128],
  [16, 8, 16],
  [7, 5, 3],
  [1, 1, 40],
  [33, 17, 70],
  [5, 9, 0],
  [0, 4, 16],
])("%i x %i, depth %i", (rows, cols, depth) => {
  const g = generator(rows * 1000 + cols);
  const values = (n: number): Float32Array =>
    Float32Array.from({ length: n }, () => roundTo("f16", g.normal()));
  const a: Source = {
    from: values(2 + rows * depth),
    base: 2,
    count: rows,
    depth,
    stride: depth,
    step: 1,
  };
  const b: Source = {
    from: values(cols * depth),
    base: 0,
    count: cols,
    depth,
    stride: 1,
    step: cols,
  };
  for (const [accumulate, terms] of [
    [false, 16],
    [true, 16],
    [false, 8],
    [true, 8],
  ] as const) {
    const before = values(rows * cols);
    const out = before.slice();
    multiply(out, a, b, accumulate, terms);
    const wanted = before.map((x, n) =>
      expected(a, b, terms, accumulate ? x : 0, [Math.floor(n / cols), n % cols]),
    );
    expect([...out]).toEqual([...wanted]);
  }
});

test("a NaN reaches its own row or column only, and operands larger than the memory so far", () => {
  const depth = 32;
  const from = new Float32Array(1024 * depth).fill(1);
  from[5 * depth] = NaN;
  const a: Source = { from, base: 0, count: 1024, depth, stride: depth, step: 1 };
  const b: Source = { ...a, from: from.slice(), count: 600 };
  b.from[5 * depth] = 1;
  const out = new Float32Array(a.count * b.count);
  multiply(out, a, b, false, 16);
  const rows = [...out.keys()].filter((i) => Number.isNaN(out[i]!)).map((i) => Math.floor(i / 600));
  expect(new Set(rows)).toEqual(new Set([5]));
  expect(rows).toHaveLength(600);
  expect(out[0]).toBe(depth);
});
