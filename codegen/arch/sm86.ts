// RTX 30 and A40/A6000: 100 KB of shared memory an SM. CUDA C++ Programming Guide, compute capability 8.6.

import type { Arch } from "./arch.ts";

export const sm86: Arch = {
  name: "sm_86",
  chip: "A40",
  mma: "m16n8k16",
  bf16: true,
  pairRounding: true,
  asyncCopies: true,
  warpgroups: false,
  sharedPerBlock: 99 * 1024,
  sharedPerSM: 100 * 1024,
  registersPerSM: 65536,
  maxRegistersPerThread: 255,
  maxThreadsPerSM: 1536,
  maxBlocksPerSM: 16,
  l2Section: 3e6,
  sms: 84,
  tensorTflops: 150,
  memoryTBs: 0.696,
  expPerClock: 16,
  clockGHz: 1.74,
  tiles: [
    {
      maxHeadDim: 64,
      warps: 4,
      rowsPerWarp: 32,
      kv: 64,
      stages: 1,
      queries: "registers",
    },
    {
      maxHeadDim: 128,
      warps: 4,
      rowsPerWarp: 32,
      kv: 32,
      stages: 1,
      queries: "shared",
    },
    {
      maxHeadDim: 192,
      warps: 8,
      rowsPerWarp: 16,
      kv: 32,
      stages: 1,
      queries: "shared",
    },
    {
      maxHeadDim: 256,
      warps: 4,
      rowsPerWarp: 16,
      kv: 64,
      stages: 1,
      queries: "shared",
    },
  ],
};
