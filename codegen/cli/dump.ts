// `tilewright dump`: any level of a kernel as text.

import type { ArchName } from "../arch/arch.ts";
import { codes } from "../base/codes.ts";
import { fail, unreachable } from "../base/diagnostic.ts";
import { artefacts, type CompiledKernel, type Emission, scheduled } from "../compile.ts";
import { showDescription } from "../explain/description.ts";
import { printProgram } from "../tile/print.ts";
import type { Report } from "./report.ts";
import { kernelsOf, type SourceFlags } from "./source.ts";

export const stages = ["description", "tile", "scheduled", "cuda", "numpy"] as const;
export type Stage = (typeof stages)[number];

export const dump = async (
  file: string,
  flags: SourceFlags & { readonly stage: Stage; readonly arch: ArchName },
): Promise<Report> => {
  const results = (await kernelsOf([file], flags)).map(({ kernel }) => ({
    kernel: kernel.name,
    stage: flags.stage,
    text: textOf(kernel, file, flags.stage, flags.arch),
  }));
  return { results, lines: results.map(({ text }) => text.replace(/\n$/, "")) };
};

const textOf = (kernel: CompiledKernel, file: string, stage: Stage, arch: ArchName): string => {
  switch (stage) {
    case "description":
      return kernel.description
        ? showDescription(kernel.description)
        : fail(codes.onlyRun(undefined, file, "its description"));
    case "tile":
      return printProgram(kernel.program);
    case "scheduled":
      return printProgram(scheduled(kernel, arch));
    case "cuda":
      return emission(kernel, arch, "cu");
    case "numpy":
      return emission(kernel, arch, "numpy");
  }
};

const emission = (kernel: CompiledKernel, arch: ArchName, wanted: Emission): string =>
  artefacts(kernel, arch, [wanted])[0]?.text ?? unreachable(`no ${wanted} was emitted`);
