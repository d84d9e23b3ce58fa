// RTX 40 and L40: 100 KB of shared memory an SM. CUDA C++ Programming Guide, compute capability 8.9.

import type { Arch } from "./arch.ts";

export const sm89: Arch = {
  name: "sm_89",
  chip: "L40",
  mma: "m16n8k16",
  bf16: true,
  pairRounding: true,
  lineRequests: true,
  approximateTanh: true,
  asyncCopies: true,
  warpgroups: false,
  sharedPerBlock: 99 * 1024,
  sharedPerSM: 100 * 1024,
  registersPerSM: 65536,
  maxRegistersPerThread: 255,
  maxThreadsPerSM: 1536,
  maxBlocksPerSM: 24,
  l2Section: 24e6,
  sms: 142,
  memoryTBs: 0.864,
  clockGHz: 2.49,
  // Throughput of arithmetic instructions: CUDA C++ Programming Guide, 8.9. Matrix unit: 181 TFLOP/s (L40 data sheet) are
  // 512 operations a clock. L2: assumed, half of the A100's.
  rates: {
    mmaClocks: 32,
    fmaLanes: 128,
    aluLanes: 64,
    specialLanes: 16,
    roundingUnit: "alu",
    sharedBytes: 128,
    l2Bytes: 2560,
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
