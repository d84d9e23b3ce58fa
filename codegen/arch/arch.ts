// What a GPU architecture must state so that passes, emitters and the simulator can serve it.
// Facts only; decisions taken from them live in passes/.

export type ArchName = "sm_80" | "sm_86" | "sm_89" | "sm_90";

export interface Arch {
  readonly name: ArchName;
  /** A chip that has it, for reports. */
  readonly chip: string;
  /** Dynamic shared memory that one block may ask for, and that one SM has for all its blocks, bytes. */
  readonly sharedPerBlock: number;
  readonly sharedPerSM: number;
  readonly registersPerSM: number;
  readonly maxRegistersPerThread: number;
  readonly maxThreadsPerSM: number;
  readonly maxBlocksPerSM: number;
  /** Bytes of L2 that K and V of the heads in flight may fill. */
  readonly l2Section: number;
  readonly sms: number;
  /** Dense 16-bit tensor TFLOP/s with f32 accumulation, memory TB/s, and exp2 results a clock and SM. */
  readonly tensorTflops: number;
  readonly memoryTBs: number;
  readonly expPerClock: number;
  readonly clockGHz: number;
  /** nvcc's flag; the emitted file is compiled with it. */
  readonly nvccArch: string;
}
