// `tilewright explain`: what was decided for a kernel and why, with a compiler's figures where one is there.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArchName } from "../arch/arch.ts";
import { DiagnosticError } from "../base/diagnostic.ts";
import { artefacts, type CompiledKernel } from "../compile.ts";
import { explainKernel, type Explanation, occupancyOf } from "../explain/explain.ts";
import { showExplanation } from "../explain/text.ts";
import { compileCuda } from "../package/check.ts";
import type { KernelResources } from "../package/ptxas.ts";
import type { Report } from "./report.ts";
import { type AxisDefaults, launchValues, smallSizes, type Values } from "./sizes.ts";
import { kernelsOf, type SourceFlags } from "./source.ts";

export interface ExplainFlags extends SourceFlags {
  readonly arch: ArchName;
  readonly given: Values;
}

/** Prompts of usual length, and enough of them to fill a GPU. */
const usualSizes: AxisDefaults = { ...smallSizes, b: 4, q: 4096, kv: 4096, h: 4, hkv: 4 };

export const explain = async (file: string, flags: ExplainFlags): Promise<Report> => {
  const results: object[] = [];
  const lines: string[] = [];
  for (const { kernel } of await kernelsOf([file], flags)) {
    const { sizes, scalars } = launchValues(kernel.program, flags.given, usualSizes);
    const explanation = explainKernel(kernel, flags.arch, { ...sizes, ...scalars });
    const resources = await resourcesOf(kernel, flags.arch);
    results.push(resultOf(explanation, resources));
    lines.push(...(lines.length > 0 ? [""] : []), ...showExplanation(explanation, resources));
  }
  return { results, lines };
};

const resultOf = (e: Explanation, resources: readonly KernelResources[] | undefined): object => ({
  ...e,
  arch: e.arch.name,
  resources: resources?.map((r) => ({ ...r, occupancy: occupancyOf(e, r.registers) })) ?? null,
});

/** Undefined where no compiler serves the architecture; any other failure is one. */
const resourcesOf = async (
  kernel: CompiledKernel,
  arch: ArchName,
): Promise<readonly KernelResources[] | undefined> => {
  const directory = mkdtempSync(join(tmpdir(), "tilewright-explain-"));
  try {
    const [cuda] = artefacts(kernel, arch, ["cu"]);
    const path = join(directory, "kernel.cu");
    writeFileSync(path, cuda?.text ?? "");
    return (await compileCuda(path, arch)).kernels;
  } catch (error) {
    const missing = error instanceof DiagnosticError && error.diagnostics[0]?.code === "A6301";
    if (missing) return undefined;
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
