// How many blocks of a kernel fit one SM, and what keeps more away (CUDA Occupancy Calculator).
// Knows nothing of what the kernel computes.

import type { Arch } from "../arch/arch.ts";

export interface BlockNeeds {
  readonly threads: number;
  /** Per thread. */
  readonly registers: number;
  /** Dynamic and static shared memory, bytes per block. */
  readonly shared: number;
}

export interface Occupancy {
  readonly blocks: number;
  readonly warps: number;
  readonly limit: "registers" | "shared memory" | "threads" | "blocks";
}

/** Registers are handed out to warps in pieces of 256; shared memory in pieces of 128 bytes. */
const registerPiece = 256;
const sharedPiece = 128;
/** An SM has four partitions, and a warp's registers come from one. */
const partitions = 4;

const roundUp = (x: number, piece: number): number => Math.ceil(x / piece) * piece;

export const occupancy = (arch: Arch, { threads, registers, shared }: BlockNeeds): Occupancy => {
  const warps = Math.ceil(threads / 32);
  const perWarp = roundUp(registers * 32, registerPiece);
  const warpsByRegisters = Math.floor(arch.registersPerSM / partitions / perWarp) * partitions;
  // What a block may not have of an SM that it has alone is the driver's, for every block: 1 KiB since sm_80.
  const driverShared = arch.sharedPerSM - arch.sharedPerBlock;
  const limits = [
    ["registers", Math.floor(warpsByRegisters / warps)],
    ["shared memory", Math.floor(arch.sharedPerSM / (roundUp(shared, sharedPiece) + driverShared))],
    ["threads", Math.floor(arch.maxThreadsPerSM / (warps * 32))],
    ["blocks", arch.maxBlocksPerSM],
  ] as const;
  const [limit, blocks] = limits.reduce((least, next) => (next[1] < least[1] ? next : least));
  return { blocks, warps: blocks * warps, limit };
};
