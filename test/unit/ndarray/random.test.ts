// The generator: the same numbers for the same seed, and N(0, 1) as far as moments tell.

import { expect, test } from "vitest";
import { dense } from "../../support/descriptions.ts";
import { generator, randomInputs, randomTensors } from "../../../codegen/sim/random.ts";
import { roundTo } from "../../../codegen/sim/round.ts";

test("a seed's sequence is fixed, and others differ", () => {
  const first = (seed: number, stream?: number): readonly number[] => {
    const random = generator(seed, stream);
    return Array.from({ length: 4 }, () => random.uint32());
  };
  expect(first(1)).toEqual([393288148, 2174103013, 3814759091, 2092745082]);
  expect(first(1)).toEqual(first(1));
  expect(new Set([first(1), first(2), first(1, 1), first(2, 1)].flat()).size).toBe(16);
});

test("uniform, integers and normal have their moments", () => {
  const random = generator(5);
  const n = 200_000;
  const mean = (f: () => number): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += f();
    return sum / n;
  };
  expect(mean(() => random.uniform())).toBeCloseTo(0.5, 2);
  expect(mean(() => random.normal())).toBeCloseTo(0, 1.8);
  expect(mean(() => random.normal() ** 2)).toBeCloseTo(1, 1.5);
  expect(mean(() => random.normal() ** 4)).toBeCloseTo(3, 0.6);
  const counts = [0, 0, 0];
  for (let i = 0; i < 3000; i++) counts[random.integer(3)]!++;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
});

test("inputs have the shapes that Hq = G Hkv gives, are rounded, and do not depend on each other", () => {
  const sizes = { B: 2, Sq: 3, Skv: 5, Hkv: 2, G: 3 };
  const inputs = randomInputs(dense({ dtype: "bf16", headDim: 16 }), sizes, 9);
  expect(Object.keys(inputs)).toEqual(["q", "k", "v"]);
  expect(inputs["q"]!.shape).toEqual([2, 3, 6, 16]);
  expect(inputs["k"]!.axes).toEqual(["b", "kv", "hkv", "d"]);
  const { data } = inputs["q"]!;
  expect(data.every((x) => roundTo("bf16", x) === x)).toBe(true);
  const longer = randomInputs(dense({ dtype: "bf16", headDim: 16 }), { ...sizes, Sq: 4 }, 9);
  expect(longer["k"]!.toList()).toEqual(inputs["k"]!.toList());
  const [ids] = Object.values(
    randomTensors([{ name: "ids", dtype: "i32", shape: [500], axes: ["kv"] }], 1),
  );
  expect(new Set(ids!.values())).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
});
