// NdArray against arrays of numbers indexed by hand; every refusal by its code.

import { describe, expect, test } from "vitest";
import * as m from "../../../codegen/sim/array-math.ts";
import {
  from,
  full,
  NdArray,
  product,
  type Range,
  rowMajor,
  wrap,
  zeros,
} from "../../../codegen/sim/ndarray.ts";
import { generator } from "../../../codegen/sim/random.ts";

const random = generator(31);

/** All indices of a shape in C order. */
const indices = (shape: readonly number[]): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>(
    (all, extent) =>
      all.flatMap((index) => Array.from({ length: extent }, (_, i) => [...index, i])),
    [[]],
  );

const shapeOf = (rank: number): number[] => Array.from({ length: rank }, () => random.integer(5));
const arrayOf = (shape: readonly number[], axes?: readonly string[]): NdArray =>
  from("f64", Float64Array.from({ length: product(shape) }, random.normal), shape, axes);
const shuffled = (n: number): number[] => {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
};

describe("views", () => {
  test("transposes, slices and reshapes find the elements that they should", () => {
    for (let n = 0; n < 500; n++) {
      const shape = shapeOf(1 + random.integer(4));
      const a = arrayOf(shape);
      const order = shuffled(shape.length);
      const t = a.transpose(order);
      for (const index of indices(t.shape)) {
        const original = shape.map((_, axis) => index[order.indexOf(axis)]!);
        expect(t.at(index)).toBe(a.at(original));
      }
      const ranges = t.shape.map((extent): Range => {
        if (extent > 0 && random.integer(3) === 0) return random.integer(extent);
        const start = random.integer(extent + 1);
        return [start, start + random.integer(extent - start + 1), 1 + random.integer(3)];
      });
      const s = t.slice(...ranges);
      const lists = ranges.map((range, axis) => {
        const all = Array.from({ length: t.shape[axis]! }, (_, i) => i);
        if (typeof range === "number") return [range];
        return all.slice(range[0], range[1]).filter((_, i) => i % (range[2] ?? 1) === 0);
      });
      const expected = indices(lists.map((l) => l.length)).map((index) =>
        t.at(index.map((i, axis) => lists[axis]![i]!)),
      );
      expect([...s.values()]).toEqual(expected);
      expect([...s.reshape([s.size]).values()]).toEqual(expected);
    }
  });

  test("views share the data, and negative positions count from the end", () => {
    const a = from("f32", [0, 1, 2, 3, 4, 5], [2, 3], ["b", "q"]);
    const column = a.slice([0], -1);
    expect(column.toList()).toEqual([2, 5]);
    expect(column.axes).toEqual(["b"]);
    column.data[column.position([1])] = 9;
    expect(a.at({ b: 1, q: 2 })).toBe(9);
    expect(a.slice([0], [-2]).toList()).toEqual([
      [1, 2],
      [4, 9],
    ]);
    expect(a.transpose().axes).toEqual(["q", "b"]);
    expect(a.transpose(["q", "b"]).at({ b: 1, q: 0 })).toBe(3);
    expect(a.slice(0, 1).toList()).toBe(1);
  });

  test("memory shared with other threads is wrapped, not copied", () => {
    const data = new Float32Array(new SharedArrayBuffer(24));
    const a = wrap("f32", data, [2, 3]);
    data[4] = 7;
    expect(a.at([1, 1])).toBe(7);
    expect(zeros("f16", [2]).data.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test("values are rounded to the dtype, once", () => {
    const between = 1 + 2 ** -11 + 2 ** -40; // by way of f32 it would be a tie, and round down
    expect(from("f16", [between]).at([0])).toBe(1 + 2 ** -10);
    expect(from("f16", [between]).astype("f64").astype("bf16").at([0])).toBe(1);
    expect(from("bf16", new Float32Array([1 + 2 ** -8])).at([0])).toBe(1);
    expect(from("i32", [2.9, -2.9, 1e10]).toList()).toEqual([2, -2, 2 ** 31 - 1]);
    expect(full("f16", [2], 1e6).toList()).toEqual([Infinity, Infinity]);
    expect(rowMajor([2, 3, 4])).toEqual([12, 4, 1]);
  });
});

describe("arithmetic", () => {
  test("broadcasting pairs the elements that NumPy would", () => {
    for (let n = 0; n < 300; n++) {
      const shape = shapeOf(1 + random.integer(4));
      const narrow = (): number[] =>
        shape.slice(random.integer(shape.length)).map((x) => (random.integer(3) === 0 ? 1 : x));
      const a = arrayOf(shape);
      const b = arrayOf(narrow());
      const sum = m.add(a, b);
      expect(sum.shape).toEqual(shape);
      for (const index of indices(shape)) {
        const own = index.slice(shape.length - b.shape.length);
        const at = own.map((i, axis) => (b.shape[axis] === 1 ? 0 : i));
        expect(sum.at(index)).toBe(a.at(index) + b.at(at));
      }
      expect([...m.sub(b, a).values()]).toEqual([...m.map(m.sub(a, b), (x) => 0 - x).values()]);
    }
    expect(m.mul(from("f64", [2, 3]), 4).toList()).toEqual([8, 12]);
    expect(m.div(from("f64", [2, 3]), from("f64", [4])).toList()).toEqual([0.5, 0.75]);
  });

  test("reductions fold one axis or all", () => {
    const a = from("f64", [3, -1, 2, 5, 0, 4], [2, 3], ["b", "q"]);
    expect(m.sum(a).toList()).toBe(13);
    expect(m.sum(a, "b").toList()).toEqual([8, -1, 6]);
    expect(m.sum(a, "b").axes).toEqual(["q"]);
    expect(m.max(a, 1).toList()).toEqual([3, 5]);
    expect(m.min(a.transpose(), "q").toList()).toEqual([-1, 0]);
    expect(m.max(from("f64", [1, NaN, 2])).toList()).toBeNaN();
    expect(m.max(zeros("f64", [0])).toList()).toBe(-Infinity);
  });

  test("einsum sums products over the axes that the result does not name", () => {
    for (let n = 0; n < 100; n++) {
      const [i, j, k] = [random.integer(4), random.integer(4), random.integer(4)] as const;
      const [a, b] = [arrayOf([i, j]), arrayOf([k, j])];
      const c = m.einsum("ij,kj->ki", a, b);
      expect(c.shape).toEqual([k, i]);
      for (const [x, y] of indices([k, i]) as readonly [number, number][]) {
        const terms = Array.from({ length: j }, (_, z) => a.at([y, z]) * b.at([x, z]));
        expect(c.at([x, y])).toBeCloseTo(
          terms.reduce((p, q) => p + q, 0),
          12,
        );
      }
    }
    expect(m.einsum("ij->", from("f64", [1, 2, 3, 4], [2, 2])).toList()).toBe(10);
    expect(m.einsum("ij->ji", from("f64", [1, 2, 3, 4], [2, 2])).toList()).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });
});

describe("refusals", () => {
  const a = from("f64", [1, 2, 3, 4, 5, 6], [2, 3], ["b", "q"]);
  test.each<[string, () => unknown]>([
    ["A5101: this array has no axis h", () => a.at({ b: 0, h: 1 })],
    ["A5101", () => m.sum(a, "h")],
    ["A5102: the index does not say where along axis q", () => a.at({ b: 0 })],
    ["A5103: index 3 is outside axis q, which has 3 elements", () => a.at({ b: 0, q: 3 })],
    ["A5103", () => a.at([0, -1])],
    ["A5103", () => a.at([0, 0.5])],
    ["A5103", () => a.slice(2)],
    ["A5104", () => a.at([0])],
    ["A5104", () => a.slice(0, 0, 0)],
    ["A5105", () => a.transpose([0, 0])],
    ["A5105", () => a.transpose(["b"])],
    ["A5105", () => a.reshape([4])],
    ["A5105", () => a.broadcastTo([2, 4])],
    ["A5105", () => a.broadcastTo([3])],
    ["A5105", () => m.add(a, from("f64", [1, 2]))],
    ["A5105", () => from("f32", [1], [2])],
    ["A5105", () => m.einsum("ij,jk->ik", a, a)],
    ["A5105", () => m.einsum("ii->i", a)],
    ["A5106", () => m.einsum("ij->ij", a, a)],
    ["A5106", () => m.einsum("ij->ik", a)],
    ["A5106", () => m.einsum("i j", a)],
  ])("%s", (message, run) => {
    expect(run).toThrow(message);
  });
});
