// `tilewright check`: everything that can be wrong before CUDA is written, on every architecture.

import { archNames } from "../arch/archs.ts";
import { scheduled } from "../compile.ts";
import type { Report } from "./report.ts";
import { kernelsOf, type SourceFlags } from "./source.ts";

export const check = async (files: readonly string[], flags: SourceFlags): Promise<Report> => {
  const found = kernelsOf(files, flags);
  for (const { kernel } of found) for (const arch of archNames) scheduled(kernel, arch);
  return {
    results: found.map(({ file, kernel }) => ({ file, kernel: kernel.name, archs: archNames })),
    lines: found.map(({ file, kernel }) => `${kernel.name} (${file}): no errors`),
  };
};
