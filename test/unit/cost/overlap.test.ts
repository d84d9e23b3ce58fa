// The overlap of warps against the exact solution of the queueing network, and at its limits.

import { expect, test } from "vitest";
import type { Demand } from "../../../codegen/cost/demand.ts";
import { timeBesideOthers } from "../../../codegen/cost/overlap.ts";
import { generator } from "../../../codegen/sim/random.ts";

const idle: Demand = { matrix: 0, special: 0, arithmetic: 0, shared: 0, latency: 0 };

/** Exact mean-value analysis of `n` customers (Reiser and Lavenberg 1980): their cycle time. */
const exact = (demands: readonly number[], latency: number, n: number): number => {
  let queues = demands.map(() => 0);
  let cycle = latency;
  for (let k = 1; k <= n; k++) {
    const residence = demands.map((d, i) => d * (1 + queues[i]!));
    cycle = latency + residence.reduce((a, b) => a + b, 0);
    queues = residence.map((r) => (k * r) / cycle);
  }
  return cycle;
};

test("a warp alone takes the sum of what it demands", () => {
  const alone = { matrix: 100, special: 30, arithmetic: 20, shared: 7, latency: 5 };
  expect(timeBesideOthers(alone, 1)).toBeCloseTo(162, 2);
  expect(timeBesideOthers({ ...alone, shared: 0 }, 4)).toBeCloseTo(155, 2);
  expect(timeBesideOthers(idle, 8)).toBe(0);
});

test.each([1, 2, 3, 4, 8, 16])("near the exact solution for %i warps a scheduler", (n) => {
  const random = generator(n);
  for (let i = 0; i < 50; i++) {
    const [matrix, special, arithmetic, latency] = Array.from(
      { length: 4 },
      () => 2000 * random.uniform(),
    ) as [number, number, number, number];
    const found = timeBesideOthers({ matrix, special, arithmetic, latency, shared: 0 }, 4 * n);
    const wanted = exact([matrix, special, arithmetic], latency, n);
    const from = `matrix ${matrix}, special ${special}, arithmetic ${arithmetic}, latency ${latency}`;
    expect(Math.abs(found / wanted - 1), from).toBeLessThan(0.08);
  }
});

test("many warps wait for the busiest unit, and keep it busy", () => {
  const demand = { matrix: 100, special: 60, arithmetic: 40, shared: 10, latency: 50 };
  const matrixBound = timeBesideOthers(demand, 64) / (16 * 100);
  expect(matrixBound).toBeGreaterThan(1);
  expect(matrixBound).toBeLessThan(1.1);
  // Shared memory serves all four schedulers.
  const sharedBound = timeBesideOthers({ ...demand, shared: 50 }, 64) / (64 * 50);
  expect(sharedBound).toBeGreaterThan(1);
  expect(sharedBound).toBeLessThan(1.1);
});
