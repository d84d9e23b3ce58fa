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
  warpgroups: false,
  sharedPerBlock: 96 * 1024,
  sharedPerSM: 96 * 1024,
  registersPerSM: 65536,
  maxRegistersPerThread: 255,
  maxThreadsPerSM: 2048,
  maxBlocksPerSM: 32,
  l2Section: 3e6,
  sms: 80,
  memoryTBs: 0.9,
  clockGHz: 1.53,
  // Throughput of arithmetic instructions: CUDA C++ Programming Guide, 7.0. Matrix unit: 1024 operations a clock (Volta
  // whitepaper). L2: Jia et al. 2018 (arXiv:1804.06826).
  rates: {
    mmaClocks: 8,
    fmaLanes: 64,
    aluLanes: 64,
    specialLanes: 16,
    roundingUnit: "special",
    sharedBytes: 128,
    l2Bytes: 1560,
  },
  // Wider tiles spill (ptxas 11.8): an operand takes twice the registers that it takes with m16n8.
  tiles: [
    {
      maxHeadDim: 64,
      warps: 4,
      rowsPerWarp: 32,
      kv: 64,
      stages: 1,
      queries: "shared",
    },
    {
      maxHeadDim: 128,
      warps: 8,
      rowsPerWarp: 16,
      kv: 64,
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
      warps: 8,
      rowsPerWarp: 16,
      kv: 16,
      stages: 1,
      queries: "shared",
    },
  ],
};
