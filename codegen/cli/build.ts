// `tilewright build`: the generated files of each kernel for each architecture, all of them or none.

import { join } from "node:path";
import type { ArchName } from "../arch/arch.ts";
import { artefacts, type Emission } from "../compile.ts";
import type { Diagnostic } from "../base/diagnostic.ts";
import { compileCuda, showResources, spillDiagnostics } from "../package/check.ts";
import { writeFiles } from "./files.ts";
import type { Report } from "./report.ts";
import { kernelsOf, type SourceFlags } from "./source.ts";
import { targets } from "./targets.ts";

export const emissions: readonly Emission[] = ["cu", "tile", "numpy"];

export interface BuildFlags extends SourceFlags {
  readonly archs: readonly ArchName[] | "all";
  readonly out: string;
  readonly emit: readonly Emission[];
  /** Compile what was written, and refuse spills. */
  readonly check: boolean;
}

export const build = async (files: readonly string[], flags: BuildFlags): Promise<Report> => {
  const found = (await kernelsOf(files, flags)).map((from) => ({
    ...from,
    ...targets(from.kernel, flags.archs),
  }));
  const built = found.flatMap(({ file, kernel, archs }) =>
    archs.map((arch) => ({ file, kernel, arch, files: artefacts(kernel, arch, flags.emit) })),
  );
  const paths = writeFiles(
    flags.out,
    built.flatMap((b) => b.files.map(({ name, text }) => ({ name, data: text }))),
  );
  const checked = flags.check ? await compileAll(paths) : [];
  return {
    results: built.map(({ file, kernel, arch, files: written }) => ({
      file,
      kernel: kernel.name,
      arch,
      files: written.map(({ name }) => join(flags.out, name)),
    })),
    lines: [...paths, ...found.flatMap((f) => f.left), ...checked.flatMap((c) => c.lines)],
    diagnostics: checked.flatMap((c) => c.diagnostics),
  };
};

interface Checked {
  readonly lines: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

const compileAll = async (paths: readonly string[]): Promise<readonly Checked[]> => {
  const checked: Checked[] = [];
  for (const path of paths.filter((p) => p.endsWith(".cu"))) {
    const report = await compileCuda(path, path.split(".").at(-2) ?? "");
    checked.push({ lines: showResources(report), diagnostics: spillDiagnostics(report) });
  }
  return checked;
};
