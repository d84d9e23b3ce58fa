// What a launch must do at least, against what the chip can: products, exponentials, bytes.
// Knows sizes and counts only; visits.ts counts.

import type { Arch } from "../arch/arch.ts";

export interface Work {
  /** Multiply-adds of the tensor cores, two operations each. */
  readonly operations: number;
  readonly exponentials: number;
  /** Inputs read once and outputs written once. */
  readonly bytes: number;
}

export interface Bound {
  readonly unit: "tensor cores" | "exponentials" | "memory";
  readonly microseconds: number;
}

/** The least time each unit needs alone, longest first: no kernel beats the first. */
export const roofline = (arch: Arch, work: Work): readonly Bound[] =>
  [
    { unit: "tensor cores" as const, seconds: work.operations / (arch.tensorTflops * 1e12) },
    {
      unit: "exponentials" as const,
      seconds: work.exponentials / (arch.expPerClock * arch.sms * arch.clockGHz * 1e9),
    },
    { unit: "memory" as const, seconds: work.bytes / (arch.memoryTBs * 1e12) },
  ]
    .map(({ unit, seconds }) => ({ unit, microseconds: seconds * 1e6 }))
    .toSorted((a, b) => b.microseconds - a.microseconds);
