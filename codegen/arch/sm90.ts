// H100 and H200, used through the Ampere instructions. CUDA C++ Programming Guide, compute capability 9.0.

import type { Arch } from "./arch.ts";

export const sm90: Arch = {
  name: "sm_90",
  chip: "H200",
  mma: "m16n8k16",
  bf16: true,
  pairRounding: true,
  asyncCopies: true,
  warpgroups: false,
  sharedPerBlock: 227 * 1024,
  sharedPerSM: 228 * 1024,
  registersPerSM: 65536,
  maxRegistersPerThread: 255,
  maxThreadsPerSM: 2048,
  maxBlocksPerSM: 32,
  l2Section: 32e6,
  sms: 132,
  // mma.sync reaches 640 of the 989 TFLOP/s that wgmma has.
  tensorTflops: 640,
  memoryTBs: 4.8,
  expPerClock: 16,
  clockGHz: 1.76,
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
      narrowKv: 48,
      stages: 2,
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
