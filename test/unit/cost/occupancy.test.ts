// Occupancy against figures of NVIDIA's occupancy calculator.

import { expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import { occupancy } from "../../../codegen/cost/occupancy.ts";

test.each([
  // [arch, threads, registers, shared, blocks, limit]
  ["sm_75", 256, 255, 65536, 1, "registers"],
  ["sm_75", 128, 128, 65536, 1, "shared memory"],
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
