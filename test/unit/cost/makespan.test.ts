// Blocks on multiprocessors against schedules worked out by hand, and against plain list scheduling.

import { expect, test } from "vitest";
import { makespan } from "../../../codegen/cost/makespan.ts";
import { generator } from "../../../codegen/sim/random.ts";

const alone = (block: number): number => block;

test("waves of equal blocks", () => {
  const blocks = (n: number) => Array<number>(n).fill(10);
  expect(makespan(blocks(0), { sms: 4, blocksPerSM: 1 }, alone)).toBe(0);
  expect(makespan(blocks(4), { sms: 4, blocksPerSM: 1 }, alone)).toBeCloseTo(10);
  expect(makespan(blocks(5), { sms: 4, blocksPerSM: 1 }, alone)).toBeCloseTo(20);
});

test("a block that is alone runs at its own pace", () => {
  const shared = (block: number, residents: number): number => block * (residents === 1 ? 1 : 1.5);
  // 15 clocks for both side by side; on two multiprocessors 10.
  expect(makespan([10, 10], { sms: 1, blocksPerSM: 2 }, shared)).toBeCloseTo(15);
  expect(makespan([10, 10], { sms: 2, blocksPerSM: 2 }, shared)).toBeCloseTo(10);
  // After 6 clocks the short one is done, and the long one has 6 / 15 behind it.
  expect(makespan([10, 4], { sms: 1, blocksPerSM: 2 }, shared)).toBeCloseTo(6 + 10 * (1 - 6 / 15));
});

test("the longest first ends sooner than the longest last", () => {
  const blocks = [8, 4, 4, 4, 4];
  const machine = { sms: 3, blocksPerSM: 1 };
  expect(makespan(blocks, machine, alone)).toBeCloseTo(8);
  expect(makespan(blocks.toReversed(), machine, alone)).toBeCloseTo(12);
});

test("one block at a time is list scheduling", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = generator(seed);
    const blocks = Array.from({ length: 90 }, () => 1 + Math.floor(20 * random.uniform()));
    const ends = Array<number>(7).fill(0);
    for (const block of blocks) {
      const first = ends.indexOf(Math.min(...ends));
      ends[first]! += block;
    }
    const found = makespan(blocks, { sms: 7, blocksPerSM: 1 }, alone);
    expect(found, `seed ${seed}`).toBeCloseTo(Math.max(...ends), 6);
  }
});
