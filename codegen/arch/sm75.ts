// Turing, T4. CUDA C++ Programming Guide, table of technical specifications for compute capability 7.5.

import type { Arch } from "./arch.ts";

export const sm75: Arch = {
  name: "sm_75",
  chip: "T4",
  mma: "m16n8k8",
  bf16: false,
  pairRounding: false,
  lineRequests: true,
  approximateTanh: true,
  asyncCopies: false,
  warpgroups: false,
  sharedPerBlock: 64 * 1024,
  sharedPerSM: 64 * 1024,
  registersPerSM: 65536,
  maxRegistersPerThread: 255,
  maxThreadsPerSM: 1024,
  maxBlocksPerSM: 16,
  l2Section: 2e6,
  sms: 40,
  memoryTBs: 0.32,
  clockGHz: 1.59,
  // Throughput of arithmetic instructions: CUDA C++ Programming Guide, 7.5. Matrix unit: 1024 operations a clock (Turing
  // whitepaper). Shared memory and L2: Jia et al. 2019 (arXiv:1903.07486), half the width of Volta's, and 1.27 TB/s.
  rates: {
    mmaClocks: 8,
    fmaLanes: 64,
    aluLanes: 64,
    specialLanes: 16,
    roundingUnit: "special",
    sharedBytes: 64,
    l2Bytes: 800,
  },
  // Wider tiles would spill: the copies' way through registers takes 8 to 32 of them.
  tiles: [
    {
      maxHeadDim: 64,
      warps: 4,
      rowsPerWarp: 32,
      kv: 48,
      stages: 1,
      queries: "registers",
    },
    {
      maxHeadDim: 128,
      warps: 8,
      rowsPerWarp: 16,
      kv: 64,
      stages: 1,
      queries: "registers",
    },
    {
      maxHeadDim: 192,
      warps: 4,
      rowsPerWarp: 16,
      kv: 32,
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
