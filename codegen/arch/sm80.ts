// A100. CUDA C++ Programming Guide, table of technical specifications for compute capability 8.0.

import type { Arch } from "./arch.ts";

export const sm80: Arch = {
  name: "sm_80",
  chip: "A100",
  mma: "m16n8k16",
  bf16: true,
  pairRounding: true,
  lineRequests: true,
  approximateTanh: true,
  asyncCopies: true,
  warpgroups: false,
  sharedPerBlock: 163 * 1024,
  sharedPerSM: 164 * 1024,
  registersPerSM: 65536,
  maxRegistersPerThread: 255,
  maxThreadsPerSM: 2048,
  maxBlocksPerSM: 32,
  l2Section: 16e6,
  sms: 108,
  memoryTBs: 2.04,
  clockGHz: 1.41,
  // Throughput of arithmetic instructions: CUDA C++ Programming Guide, 8.0. Matrix unit: 2048 operations a clock, L2: 5120
  // bytes a clock (A100 whitepaper).
  rates: {
    mmaClocks: 8,
    fmaLanes: 64,
    aluLanes: 64,
    specialLanes: 16,
    roundingUnit: "alu",
    sharedBytes: 128,
    l2Bytes: 5120,
  },
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
      kv: 64,
      narrowKv: 32,
      stages: 1,
      queries: "shared",
    },
    {
      maxHeadDim: 256,
      warps: 8,
      rowsPerWarp: 16,
      kv: 64,
      stages: 1,
      queries: "shared",
    },
  ],
};
