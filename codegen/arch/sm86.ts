// RTX 30 and A40/A6000: 100 KB of shared memory an SM. CUDA C++ Programming Guide, compute capability 8.6.

import type { Arch } from "./arch.ts";

export const sm86: Arch = {
  name: "sm_86",
  chip: "A40",
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
  maxBlocksPerSM: 16,
  l2Section: 3e6,
  sms: 84,
  memoryTBs: 0.696,
  clockGHz: 1.74,
  // Throughput of arithmetic instructions: CUDA C++ Programming Guide, 8.6. Matrix unit: 150 TFLOP/s (A40 data sheet) are
  // 1024 operations a clock; GeForce cards have half of that with f32 sums. L2: assumed, half of the A100's.
  rates: {
    mmaClocks: 16,
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
