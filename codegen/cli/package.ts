// `tilewright package`: a Python package of the kernels, with its runtime.

import { basename, join, resolve } from "node:path";
import type { ArchName } from "../arch/arch.ts";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { facts, scheduled } from "../compile.ts";
import { emitCuda } from "../cuda/emit.ts";
import { packageFiles, type PackagedKernel } from "../package/package.ts";
import { writeFiles } from "./files.ts";
import type { Report } from "./report.ts";
import { type FromFile, kernelsOf, type SourceFlags } from "./source.ts";
import { targets } from "./targets.ts";

export interface PackageFlags extends SourceFlags {
  /** Its last part names the package. */
  readonly out: string;
  readonly archs: readonly ArchName[] | "all";
}

export const packageKernels = async (
  files: readonly string[],
  flags: PackageFlags,
): Promise<Report> => {
  const found = await kernelsOf(files, flags);
  const name = basename(resolve(flags.out));
  const wanted = found.map((from) => ({ from, ...targets(from.kernel, flags.archs) }));
  const kernels = wanted.flatMap(({ from, archs }) => archs.map((arch) => packaged(from, arch)));
  const paths = writeFiles(
    flags.out,
    packageFiles(name, kernels).map(({ name: file, text }) => ({ name: file, data: text })),
  );
  return {
    results: [
      {
        package: name,
        directory: flags.out,
        kernels: found.map(({ kernel }) => kernel.name),
        archs: [...new Set(wanted.flatMap((w) => w.archs))],
        files: paths,
      },
    ],
    lines: [
      `${join(flags.out, "__init__.py")} and ${paths.length - 1} files beside it`,
      `in Python, with ${resolve(flags.out, "..")} on the path: import ${name}`,
      ...wanted.flatMap((w) => w.left),
      ...found.map(({ kernel }) => `  ${name}.${kernel.name}(...)`),
    ],
  };
};

const packaged = ({ kernel, file }: FromFile, arch: ArchName): PackagedKernel => {
  if (kernel.description === undefined) return fail(codes.onlyRun(undefined, file, "a package"));
  const program = scheduled(kernel, arch);
  return { manifest: facts(kernel, program), cuda: emitCuda(program) };
};
