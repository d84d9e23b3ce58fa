// H100 and H200 by their own instructions (architecture-specific: a file for sm_90a runs on 9.0 alone).
// CUDA C++ Programming Guide, compute capability 9.0.

import type { Arch } from "./arch.ts";

export const sm90a: Arch = {
  name: "sm_90a",
  chip: "H200",
  mma: "m64k16",
  bf16: true,
  pairRounding: true,
  lineRequests: true,
  approximateTanh: true,
  asyncCopies: true,
  warpgroups: true,
  sharedPerBlock: 227 * 1024,
  sharedPerSM: 228 * 1024,
  registersPerSM: 65536,
  maxRegistersPerThread: 255,
  maxThreadsPerSM: 2048,
  maxBlocksPerSM: 32,
  l2Section: 32e6,
  sms: 132,
  memoryTBs: 4.8,
  clockGHz: 1.71,
  // As sm_90, but for the matrix unit: 4096 FLOP a clock and SM, which is 4 clocks for a warp's 16 x 8 x 16.
  rates: {
    mmaClocks: 4,
    fmaLanes: 128,
    aluLanes: 64,
    specialLanes: 16,
    roundingUnit: "alu",
    sharedBytes: 128,
    l2Bytes: 5120,
  },
  // `warps` compute; four more load.
  tiles: [
    {
      maxHeadDim: 64,
      warps: 12,
      rowsPerWarp: 16,
      kv: 128,
      narrowestKv: 112,
      stages: 2,
      queries: "shared",
      lazyMaximum: true,
    },
    {
      maxHeadDim: 128,
      warps: 8,
      rowsPerWarp: 16,
      kv: 128,
      narrowestKv: 96,
      stages: 2,
      queries: "shared",
      lazyMaximum: true,
    },
    {
      maxHeadDim: 256,
      warps: 8,
      rowsPerWarp: 16,
      kv: 64,
      narrowKv: 48,
      narrowestKv: 48,
      stages: 2,
      queries: "shared",
    },
  ],
};
