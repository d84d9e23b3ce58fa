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
} as const;
