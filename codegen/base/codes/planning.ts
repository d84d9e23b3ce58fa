// A3: schedules that no architecture can run.

import { entry } from "./entry.ts";

export const planningCodes = {
  tileDoesNotFit: entry("A3001", (arch: string, buffers: string, limit: number, fits: string) => ({
    message: `the tiles need more shared memory than ${arch} has (${limit} bytes a block): ${buffers}`,
    remedy: fits,
  })),

  headDimTooLarge: entry("A3002", (arch: string, headDim: number, most: number) => ({
    message: `${arch} has no tile for head dimension ${headDim}`,
    remedy: `head dimensions up to ${most} are served`,
  })),
  badTile: entry("A3003", (arch: string, what: string, rule: string) => ({
    message: `the schedule for ${arch} asks for ${what}`,
    remedy: `allowed: ${rule}`,
  })),
  noBf16: entry("A3004", (arch: string, kernel: string) => ({
    message: `${kernel} multiplies bf16 matrices: ${arch} has no instruction for them, and f16 cannot hold bf16's range`,
    remedy: "declare q, k, v and the output as f16, or build for sm_80 and later",
  })),
  registersDoNotFit: entry("A3005", (arch: string, held: string, given: string, fits: string) => ({
    message: `the tiles need more registers than a computing thread of ${arch} has (${given}): ${held}`,
    remedy: fits,
  })),
  notForWarpgroups: entry("A3006", (arch: string, kernel: string, why: string) => ({
    message: `${kernel} cannot be shared out among the warps of ${arch}: ${why}`,
    remedy: "build it for sm_90, whose code the same GPU runs",
  })),
} as const;
