// When an estimate may be printed: the model must have met every committed measurement.

import type { Arch } from "../arch/arch.ts";
import { measured } from "./measured.ts";

/** Relative, of the largest error over all measured times. */
const tolerance = 0.2;

export interface Trust {
  readonly trusted: boolean;
  /** What was measured, and how well it was met: to be printed with each estimate. */
  readonly evidence: string;
}

export const trustIn = ({ chip, times, worstError }: typeof measured): Trust => ({
  trusted: times > 0 && worstError <= tolerance,
  evidence:
    `the model meets ${times} times measured on the ${chip} ` +
    `within ${Math.ceil(worstError * 1000) / 10} % (limit: ${tolerance * 100} %)`,
});

const measuredHere = trustIn(measured);

/** What was measured goes through mma.sync; where products run on their own the model has met nothing yet. */
export const trust = ({ name, warpgroups }: Arch): Trust =>
  warpgroups
    ? {
        trusted: false,
        evidence: `no time of ${name}, whose matrix products run beside other work, has been held against the model`,
      }
    : measuredHere;
