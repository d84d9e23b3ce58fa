// The random configurations: shapes, dtypes, masks, scores, schedules and architectures. 2,048 in all.

import { expect, test } from "vitest";
import { checkFile } from "./check.ts";

const filesPerPart = 8;
const kernelsPerFile = 16;
const configsPerKernel = 4;

/** Of four parts, each with seeds of its own. */
export const oracleTests = (part: number): void => {
  const seeds = Array.from({ length: filesPerPart }, (_, i) => part * 1000 + i);
  test.each(seeds)("random kernels of seed %i agree with the oracle", async (seed) => {
    const { ran, failures } = await checkFile(seed, kernelsPerFile, configsPerKernel);
    expect(failures.join("\n")).toBe("");
    expect(ran).toBe(kernelsPerFile * configsPerKernel);
  });
};
