// Each matrix instruction by itself, lane by lane: its fragments hold every element once, some of them where the PTX
// manual's figures have them, and its lanes multiply matrices. For m8n8k4 also what a warp makes of four quad pairs.

import { expect, test } from "vitest";
import {
  type Fragment,
  loadedMatrices,
  matrixInstructions,
} from "../../../../codegen/arch/matrix-instructions.ts";
import { trafficOf } from "../../../../codegen/sim/fragments/banks.ts";
import {
  eachLane,
  laneNumbers,
  type Lanes,
  multiplyAdd,
  SharedMemory,
  shuffleXor,
} from "../../../../codegen/sim/fragments/lanes.ts";
import { generator } from "../../../../codegen/sim/random.ts";
import { roundTo } from "../../../../codegen/sim/round.ts";

type Name = keyof typeof matrixInstructions;
const names = Object.keys(matrixInstructions) as Name[];

const random = (seed: number, count: number): Float32Array => {
  const g = generator(seed);
  return Float32Array.from({ length: count }, () => roundTo("f16", g.normal()));
};

/** What each lane holds of matrices that stand one after another, row by row. */
const spread = (fragment: Fragment, values: Float32Array, rows: number, columns: number): Lanes =>
  fragment.map((lane) =>
    Float32Array.from(
      lane,
      ({ matrix, row, column }) => values[(matrix * rows + row) * columns + column]!,
    ),
  );

test.each(names)("%s: every element has one place in its fragment", (name) => {
  const m = matrixInstructions[name];
  for (const [fragment, rows, columns] of [
    [m.a, m.rows, m.depth],
    [m.b, m.depth, m.columns],
    [m.c, m.rows, m.columns],
    [loadedMatrices, 8, 8],
  ] as const) {
    const places = fragment
      .flat()
      .map(({ matrix, row, column }) => (matrix * rows + row) * columns + column);
    expect(places.toSorted((x, y) => x - y)).toEqual([...places.keys()]);
  }
});

test.each(names)("%s: lanes multiply, summing exactly before each rounding", (name) => {
  const m = matrixInstructions[name];
  const [a, b, c] = [
    random(1, m.matrices * m.rows * m.depth),
    random(2, m.matrices * m.depth * m.columns),
    random(3, m.matrices * m.rows * m.columns),
  ];
  const product = c.map((start, i) => {
    const column = i % m.columns;
    const row = Math.floor(i / m.columns) % m.rows;
    const matrix = Math.floor(i / m.columns / m.rows);
    let sum = start;
    for (let k = 0; k < m.depth; k++)
      sum +=
        a[(matrix * m.rows + row) * m.depth + k]! * b[(matrix * m.depth + k) * m.columns + column]!;
    return sum;
  });
  const lanes = multiplyAdd(
    m,
    spread(m.c, c, m.rows, m.columns),
    spread(m.a, a, m.rows, m.depth),
    spread(m.b, b, m.depth, m.columns),
  );
  expect(lanes).toEqual(spread(m.c, product, m.rows, m.columns));
});

/** Read off the figures of PTX ISA 9.7, mma: instruction, operand, lane, element, matrix, row, column. */
test.each([
  ["m16n8k16.row.col", "a", 7, 0, 0, 1, 6],
  ["m16n8k16.row.col", "a", 7, 3, 0, 9, 7],
  ["m16n8k16.row.col", "a", 30, 4, 0, 7, 12],
  ["m16n8k16.row.col", "a", 30, 7, 0, 15, 13],
  ["m16n8k16.row.col", "b", 6, 1, 0, 5, 1],
  ["m16n8k16.row.col", "b", 31, 2, 0, 14, 7],
  ["m16n8k16.row.col", "c", 5, 1, 0, 1, 3],
  ["m16n8k16.row.col", "c", 5, 2, 0, 9, 2],
  ["m16n8k8.row.col", "a", 9, 1, 0, 2, 3],
  ["m16n8k8.row.col", "a", 9, 2, 0, 10, 2],
  ["m16n8k8.row.col", "b", 14, 1, 0, 5, 3],
  ["m16n8k8.row.col", "c", 31, 3, 0, 15, 7],
  ["m8n8k4.row.col", "a", 2, 3, 0, 2, 3],
  ["m8n8k4.row.col", "a", 22, 1, 1, 6, 1],
  ["m8n8k4.col.col", "a", 22, 1, 1, 5, 2],
  ["m8n8k4.row.col", "b", 27, 2, 2, 2, 7],
  ["m8n8k4.row.row", "b", 27, 2, 2, 3, 6],
  ["m8n8k4.row.col", "c", 0, 7, 0, 2, 5],
  ["m8n8k4.row.col", "c", 3, 2, 0, 3, 2],
  ["m8n8k4.row.col", "c", 29, 4, 3, 5, 4],
] as const)("%s: %s of lane %i, element %i", (name, operand, lane, i, matrix, row, column) => {
  expect(matrixInstructions[name][operand][lane]![i]).toEqual({ matrix, row, column });
});

test("ldmatrix feeds m16n8k16, and transposed the other side", () => {
  const { a, b } = matrixInstructions["m16n8k16.row.col"];
  const memory = new SharedMemory(16 * 32);
  memory.elements.set(random(4, 256));
  const at = (lane: number): number => (lane % 16) * 32 + Math.floor(lane / 16) * 16;
  expect(memory.loadMatrices(at, "plain")).toEqual(spread(a, memory.elements, 16, 16));
  const left = memory.loadMatrices(at, "transposed").map((x) => x.subarray(0, 4));
  expect(left).toEqual(spread(b, memory.elements, 16, 16));
});

/** Four quad pairs stand 2 x 2 in a block of 16 rows and columns. */
const rowOf = (matrix: number): number => 8 * (matrix >> 1);
const columnOf = (matrix: number): number => 8 * (matrix & 1);
const volta = matrixInstructions["m8n8k4.row.col"];

/** A 16 x 16 block where an accumulator of quad pairs has it. */
const accumulated = (block: Float32Array): Lanes =>
  volta.c.map((lane) =>
    Float32Array.from(
      lane,
      ({ matrix, row, column }) => block[(rowOf(matrix) + row) * 16 + columnOf(matrix) + column]!,
    ),
  );

test("m8n8k4: six shuffles turn an accumulator into the A of its four products", () => {
  const block = random(5, 256);
  const c = accumulated(block);
  const pair = (n: number): Lanes => c.map((x) => x.subarray(2 * n, 2 * n + 2));
  const choose = (bit: number, yes: Lanes, no: Lanes): Lanes =>
    eachLane((lane) => ((lane & bit) !== 0 ? yes : no)[lane]!);
  const words = [0, 1].flatMap((half) => {
    const [low, high] = [pair(2 * half), pair(2 * half + 1)];
    const own = choose(2, high, low);
    const got = shuffleXor(choose(2, low, high), 2);
    return [choose(2, got, own), choose(2, own, got)];
  });
  const others = words.map((w) => shuffleXor(w, 4));
  const keys = [
    ...words.map((w, i) => choose(4, others[i]!, w)),
    ...words.map((w, i) => choose(4, w, others[i]!)),
  ];
  for (let k = 0; k < 16; k += 4) {
    const found = eachLane((lane) => [...keys[k / 2]![lane]!, ...keys[k / 2 + 1]![lane]!]);
    const wanted = volta.a.map((lane) =>
      Float32Array.from(
        lane,
        ({ matrix, row, column }) => block[(rowOf(matrix) + row) * 16 + k + column]!,
      ),
    );
    expect(found).toEqual(wanted);
  }
});

/** 16-byte reads of sm_70, in rows of 128 bytes: chunk c of a row lies at c ^ swizzle(row). */
const keyRow = (lane: number): number => (lane & 3) + (lane >> 4) * 4 + ((lane >> 2) & 1) * 8;
const keys = (swizzle: (row: number) => number) =>
  trafficOf(
    laneNumbers.map((lane) => 128 * keyRow(lane) + 16 * swizzle(keyRow(lane))),
    16,
  );

test("m8n8k4: 16-byte reads of the right side of qk, by three swizzles", () => {
  expect(keys((row) => (row & 3) | ((row >> 1) & 4))).toEqual({ transactions: 4, ideal: 4 });
  expect(keys((row) => row % 8)).toEqual({ transactions: 8, ideal: 4 });
  expect(keys(() => 0)).toEqual({ transactions: 32, ideal: 4 });
});

test("m8n8k4: chunk d of the rows of a block is the B of two products", () => {
  const memory = new SharedMemory(16 * 32);
  memory.elements.set(random(6, 256));
  for (const chunk of [0, 1]) {
    const read = memory.load16((lane) => 32 * keyRow(lane) + 16 * chunk);
    for (const half of [0, 1])
      expect(read.map((x) => x.subarray(4 * half, 4 * half + 4))).toEqual(
        volta.b.map((lane) =>
          Float32Array.from(
            lane,
            ({ matrix, row, column }) =>
              memory.elements[(columnOf(matrix) + column) * 16 + 8 * chunk + 4 * half + row]!,
          ),
        ),
      );
  }
});
