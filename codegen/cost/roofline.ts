// The time of a launch on a chip, predicted from what its scheduled program does: counts, how they overlap, and how
// blocks fill the chip. docs/roofline.md says why each step is as it is.

import { type Arch, schedulersPerSM } from "../arch/arch.ts";
import type { Program } from "../tile/program.ts";
import { demandOf } from "./demand.ts";
import { launchValues } from "./itinerary.ts";
import { operationsOf } from "./matrix.ts";
import type { Occupancy } from "./occupancy.ts";
import { runKernel } from "./run.ts";
import { sum } from "./work.ts";

export type Unit = "matrix" | "exp" | "issue" | "shared" | "L2" | "memory";

/** The time that a unit needs for its part, were it never idle. */
export interface UnitTime {
  readonly unit: Unit;
  readonly microseconds: number;
}

export interface Roofline {
  readonly counts: Counts;
  /** Longest first: the first bounds the kernel. */
  readonly units: readonly UnitTime[];
  /** Of each kernel of the program, by its launch bounds. */
  readonly occupancy: readonly Occupancy[];
  readonly estimate: Estimate;
}

export interface Estimate {
  readonly microseconds: number;
  /** Of the matrix unit. */
  readonly teraflops: number;
  /** The part of the time for which the matrix unit is busy, 0 to 1. */
  readonly matrixUtilisation: number;
}

export interface Counts {
  readonly blocks: number;
  /** Key tiles visited that need a mask, and that need none. */
  readonly masked: number;
  readonly unmasked: number;
  /** Of the matrix unit; a multiply-add is two. */
  readonly operations: number;
  /** Exponentials and other results of the special-function unit. */
  readonly exponentials: number;
  /** Bytes that copies read from L2 or beyond. */
  readonly copied: number;
}

/** `bytes`: of inputs and outputs, each once, which is what the memory has to move. */
export const roofline = (
  program: Program,
  arch: Arch,
  values: Readonly<Record<string, number>>,
  bytes: number,
): Roofline => {
  const known = launchValues(program, arch, values);
  const runs = program.kernels.map((k) => runKernel(k, arch, known));
  const work = sum(runs.map((run) => run.work));
  const demand = demandOf(work, arch);
  const microseconds = (clocks: number): number => clocks / (arch.clockGHz * 1e3);
  const schedulers = schedulersPerSM * arch.sms;
  const times: Readonly<Record<Unit, number>> = {
    matrix: microseconds(demand.matrix / schedulers),
    exp: microseconds(demand.special / schedulers),
    issue: microseconds(demand.arithmetic / schedulers),
    shared: microseconds(demand.shared / arch.sms),
    L2: microseconds(work.fetched / arch.rates.l2Bytes),
    memory: bytes / (arch.memoryTBs * 1e6),
  };
  const units = (Object.keys(times) as Unit[])
    .map((unit) => ({ unit, microseconds: times[unit] }))
    .toSorted((a, b) => b.microseconds - a.microseconds);
  const clocks = runs.reduce((n, run) => n + run.clocks, 0);
  const total = Math.max(units[0]?.microseconds ?? 0, microseconds(clocks));
  const counted = (what: "blocks" | "masked" | "unmasked"): number =>
    runs.reduce((n, run) => n + run[what], 0);
  const operations = work.matrix * operationsOf(arch.mma);
  return {
    counts: {
      blocks: counted("blocks"),
      masked: counted("masked"),
      unmasked: counted("unmasked"),
      operations,
      exponentials: work.special * 32,
      copied: work.fetched,
    },
    units,
    occupancy: runs.map((run) => run.occupancy),
    estimate: {
      microseconds: total,
      teraflops: total === 0 ? 0 : operations / total / 1e6,
      matrixUtilisation: total === 0 ? 0 : times.matrix / total,
    },
  };
};
