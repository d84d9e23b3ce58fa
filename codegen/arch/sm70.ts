// Volta, V100 (SXM2). CUDA C++ Programming Guide, table of technical specifications for compute capability 7.0.

import type { Arch } from "./arch.ts";

export const sm70: Arch = {
  name: "sm_70",
  chip: "V100",
  mma: "m8n8k4",
  bf16: false,
  pairRounding: false,
  lineRequests: false,
  approximateTanh: false,
  asyncCopies: false,
  sharedPerBlock: 96 * 1024,
  sharedPerSM: 96 * 1024,
  registersPerSM: 65536,
  maxRegistersPerThread: 255,
  maxThreadsPerSM: 2048,
  maxBlocksPerSM: 32,
  l2Section: 3e6,
  sms: 80,
  tensorTflops: 125,
  memoryTBs: 0.9,
  expPerClock: 16,
  clockGHz: 1.53,
  tiles: [
    {
      maxHeadDim: 64,
      warps: 4,
      rowsPerWarp: 16,
      kv: 64,
      stages: 1,
      queries: "registers",
    },
    {
      maxHeadDim: 128,
      warps: 4,
      rowsPerWarp: 16,
      kv: 64,
      stages: 1,
      queries: "shared",
    },
    {
      maxHeadDim: 256,
      warps: 4,
      rowsPerWarp: 16,
      kv: 16,
      stages: 1,
      queries: "shared",
    },
  ],
};
