// H100 and H200, used through the Ampere instructions. CUDA C++ Programming Guide, compute capability 9.0.

import type { Arch } from "./arch.ts";

export const sm90: Arch = {
  name: "sm_90",
  chip: "H200",
  mma: "m16n8k16",
  bf16: true,
  pairRounding: true,
  lineRequests: true,
  approximateTanh: true,
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
  memoryTBs: 4.8,
  // Under this load the power limit leaves 1.67 GHz (D = 128) to 1.76 GHz (D = 64): measured cycles over measured time.
  clockGHz: 1.71,
  // Throughput of arithmetic instructions: CUDA C++ Programming Guide, 9.0. Matrix unit: mma.sync.m16n8k16 every 6.2
  // clocks, measured with hardware counters; wgmma has 4. L2: the A100's, to which the whitepaper compares it.
  rates: {
    mmaClocks: 6.2,
    fmaLanes: 128,
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
