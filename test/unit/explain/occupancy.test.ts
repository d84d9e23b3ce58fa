// Occupancy against figures of NVIDIA's occupancy calculator, and the roofline by hand.

import { expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import { occupancy } from "../../../codegen/explain/occupancy.ts";
import { roofline } from "../../../codegen/explain/roofline.ts";

test.each([
  // [arch, threads, registers, shared, blocks, limit]
  ["sm_80", 128, 168, 49152, 3, "registers"],
  ["sm_80", 128, 255, 81920, 2, "registers"],
  ["sm_80", 128, 128, 81920, 2, "shared memory"],
  ["sm_80", 256, 255, 163 * 1024, 1, "registers"],
  ["sm_80", 1024, 16, 0, 2, "threads"],
  ["sm_80", 32, 16, 0, 32, "blocks"],
  ["sm_86", 128, 40, 99 * 1024, 1, "shared memory"],
  ["sm_86", 512, 40, 0, 3, "registers"],
  ["sm_90", 128, 64, 227 * 1024, 1, "shared memory"],
] as const)(
  "%s: %i threads, %i registers, %i bytes",
  (arch, threads, registers, shared, blocks, limit) => {
    const found = occupancy(archs[arch], { threads, registers, shared });
    expect(found).toEqual({ blocks, warps: blocks * (threads / 32), limit });
  },
);

test("the roofline names the unit that needs longest", () => {
  const bounds = roofline(archs.sm_80, { operations: 312e12, exponentials: 0, bytes: 1.02e12 });
  expect(bounds.map((b) => b.unit)).toEqual(["tensor cores", "memory", "exponentials"]);
  expect(bounds.map((b) => b.microseconds)).toEqual([1e6, expect.closeTo(5e5, 3), 0]);
});
