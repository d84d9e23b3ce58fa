// `tilewright check`: everything that can be wrong before CUDA is written, on every architecture.

import { scheduled } from "../compile.ts";
import type { Report } from "./report.ts";
import { kernelsOf, type SourceFlags } from "./source.ts";
import { targets } from "./targets.ts";

export const check = async (files: readonly string[], flags: SourceFlags): Promise<Report> => {
  const found = (await kernelsOf(files, flags)).map((from) => ({
    ...from,
    ...targets(from.kernel, "all"),
  }));
  for (const { kernel, archs } of found) for (const arch of archs) scheduled(kernel, arch);
  return {
    results: found.map(({ file, kernel, archs }) => ({ file, kernel: kernel.name, archs })),
    lines: found.flatMap(({ file, kernel, left }) => [
      `${kernel.name} (${file}): no errors`,
      ...left.map((line) => `  ${line}`),
    ]),
  };
};
