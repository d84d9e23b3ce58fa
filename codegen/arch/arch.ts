// What a GPU architecture must state so that passes, emitters and the simulator can serve it.
// Facts and measured tile choices only; decisions taken from them live in passes/.

export type ArchName = "sm_70" | "sm_75" | "sm_80" | "sm_86" | "sm_89" | "sm_90" | "sm_90a";

/** The f16 matrix instruction (PTX ISA 9.7, mma and wgmma); fragments.ts has its layouts. */
export type Mma = "m8n8k4" | "m16n8k8" | "m16n8k16" | "m64k16";

/** How a forward kernel is tiled; the first row whose head dimensions suffice is taken. */
export interface TileChoice {
  /** Largest padded head dimension (of q and k, and of v) that this row serves. */
  readonly maxHeadDim: number;
  readonly warps: number;
  /** 16 or 32: one or two m16 tiles share each fragment of k and v. */
  readonly rowsPerWarp: number;
  /** Keys in a tile; a multiple of 16. */
  readonly kv: number;
  /** The same where `kv` would spill: loops with a pass over the scores, or masks of several comparisons. */
  readonly narrowKv?: number;
  /** The same for loops with both, or that read an element of a tensor for each score. */
  readonly narrowestKv?: number;
  /** Buffers each for k and v: 1 is guarded by block barriers, more by mbarriers. */
  readonly stages: number;
  /** Where the q operand lives during the loop. */
  readonly queries: "registers" | "shared";
  /**
   * Whole tiles are weighed by the maximum so far, and done again where that was too low: pays where the softmax, not
   * the matrix unit, takes the time.
   */
  readonly lazyMaximum?: true;
}

/** Warp schedulers of an SM, each with a matrix unit of its own; the same since Volta. */
export const schedulersPerSM = 4;

/** How fast the units of an SM are. Lanes are results per clock and SM, 32 to an instruction of a warp. */
export interface Rates {
  /** For which one matrix instruction with f32 sums keeps its scheduler's matrix unit. */
  readonly mmaClocks: number;
  readonly fmaLanes: number;
  readonly aluLanes: number;
  /** exp2, log2, reciprocals, conversions between integers and floats. */
  readonly specialLanes: number;
  /** What rounds f32 to 16 bits. */
  readonly roundingUnit: "special" | "alu";
  /** Per clock and SM, to and from shared memory. */
  readonly sharedBytes: number;
  /** Per clock, from L2 to all SMs together. */
  readonly l2Bytes: number;
}

export interface Arch {
  readonly name: ArchName;
  /** A chip that has it, for reports. */
  readonly chip: string;
  readonly mma: Mma;
  /** Whether the matrix instruction takes bf16 too. */
  readonly bf16: boolean;
  /** Whether one instruction rounds two floats to a pair (cvt.rn.f16x2.f32). */
  readonly pairRounding: boolean;
  /** Whether loads can ask L2 for the whole 128-byte line (ld.global.L2::128B). */
  readonly lineRequests: boolean;
  /** Whether one instruction approximates tanh (tanh.approx.f32). */
  readonly approximateTanh: boolean;
  /** Copies from global to shared memory past the registers, and the mbarriers that wait for them (cp.async). */
  readonly asyncCopies: boolean;
  /**
   * Warps specialise: one thread loads by bulk copies, warpgroups issue matrix products and go on while these run
   * (cp.async.bulk.tensor, wgmma, setmaxnreg).
   */
  readonly warpgroups: boolean;
  /** Dynamic shared memory that one block may ask for, and that one SM has for all its blocks, bytes. */
  readonly sharedPerBlock: number;
  readonly sharedPerSM: number;
  readonly registersPerSM: number;
  readonly maxRegistersPerThread: number;
  readonly maxThreadsPerSM: number;
  readonly maxBlocksPerSM: number;
  /** Bytes of L2 that k and v of the heads in flight may fill together. */
  readonly l2Section: number;
  readonly sms: number;
  readonly memoryTBs: number;
  /** The boost clock, or what was measured under load. */
  readonly clockGHz: number;
  readonly rates: Rates;
  readonly tiles: readonly TileChoice[];
}
