// How long each unit of a multiprocessor is busy with a warp's work. Unit by unit, each on its own: how they
// overlap is for overlap.ts.

import { type Arch, schedulersPerSM } from "../arch/arch.ts";
import { operationsOf } from "./matrix.ts";
import type { Work } from "./work.ts";

/** Clocks. A scheduler has its own matrix unit, special-function unit and arithmetic; an SM has one shared memory. */
export interface Demand {
  readonly matrix: number;
  readonly special: number;
  /** Issuing what the other units do not take, one instruction a clock, or as fast as the busier of two pipes. */
  readonly arithmetic: number;
  readonly shared: number;
  /** Of results on their way, and of copies that have not landed: nothing is busy, the warp stands. */
  readonly latency: number;
}

/**
 * From issue to use across units: shared memory, shuffles, special functions, the matrix unit and barriers all take
 * 20 to 35 clocks on these chips.
 */
const unitLatency = 30;

/** From a copy's start until it has landed, out of L2 (Jia 2018 and 2019: 190 to 220 clocks; Hopper's L2 has two halves). */
export const copyLatency = 300;

const lanes = 32;

/** `stalls`: clocks of waiting for copies. */
export const demandOf = (w: Work, { rates }: Arch, stalls = 0): Demand => {
  /** Of one instruction, where an SM serves so many lanes a clock. */
  const clocks = (lanesPerClock: number): number => (schedulersPerSM * lanes) / lanesPerClock;
  const onSpecial = rates.roundingUnit === "special" ? w.rounding : 0;
  const onAlu = w.rounding - onSpecial;
  const issued = w.fma + w.alu + w.other + onAlu;
  return {
    matrix: w.matrix * rates.mmaClocks,
    special: (w.special + onSpecial) * clocks(rates.specialLanes),
    arithmetic: Math.max(
      issued,
      w.fma * clocks(rates.fmaLanes),
      (w.alu + onAlu) * clocks(rates.aluLanes),
    ),
    shared: w.shared / rates.sharedBytes,
    latency: w.waits * unitLatency + stalls,
  };
};

/** Dense 16-bit operations with f32 sums of the whole chip, 10^12 a second. */
export const matrixTflops = ({ mma, rates, sms, clockGHz }: Arch): number =>
  ((operationsOf(mma) / rates.mmaClocks) * schedulersPerSM * sms * clockGHz) / 1e3;

/** Of a warp that is alone. */
export const serialClocks = (d: Demand): number =>
  d.matrix + d.special + d.arithmetic + d.shared + d.latency;
