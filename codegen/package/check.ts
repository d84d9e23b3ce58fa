// Compiles an emitted file with whichever compiler of this machine serves its architecture, and reads what
// ptxas says: registers and spills of each kernel. Knows nothing of what the kernels compute.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { codes } from "../base/codes.ts";
import { type Diagnostic, fail } from "../base/diagnostic.ts";
import { type Compiler, type Job, outputOf } from "./compiler.ts";
import { findNvcc } from "./nvcc.ts";
import { findNvrtc } from "./nvrtc.ts";
import { type KernelResources, parsePtxas } from "./ptxas.ts";

export interface CompileReport {
  readonly file: string;
  readonly arch: string;
  /** With its version: `nvcc 13.0`. */
  readonly compiler: string;
  readonly seconds: number;
  readonly kernels: readonly KernelResources[];
}

export interface CompileOptions {
  readonly parts?: Job["parts"];
  readonly timeoutSeconds?: number;
}

/** Bytes of spills per thread, stores or loads, that an emitted kernel may have. */
export const spillLimit = 64;

/** Every compiler of CUDA on this machine, the one to be preferred first. */
export const findCompilers = async (): Promise<readonly Compiler[]> => {
  const [nvcc, nvrtc] = await Promise.all([findNvcc(), findNvrtc()]);
  return [...(nvcc ? [nvcc] : []), ...nvrtc];
};

/** The suffix of `sm_90a` asks for more of the same chip; compilers list chips. */
export const serves = (compiler: Compiler, arch: string): boolean =>
  compiler.archs.includes(arch.replace(/[a-z]$/, ""));

export const nameOf = ({ tool, version }: Compiler): string => `${tool} ${version}`;

/** Throws DiagnosticError A6301 where no compiler serves the architecture. */
export const chooseCompiler = (compilers: readonly Compiler[], arch: string): Compiler =>
  compilers.find((compiler) => serves(compiler, arch)) ??
  fail(codes.noCompiler(undefined, arch, compilers.map(nameOf)));

/** Compiles `file` for `arch`. Throws DiagnosticError: A6301 nothing serves `arch`, A6302 it failed. */
export const compileCuda = async (
  file: string,
  arch: string,
  { parts = "device", timeoutSeconds = 300 }: CompileOptions = {},
): Promise<CompileReport> => {
  const compiler = chooseCompiler(await findCompilers(), arch);
  const directory = mkdtempSync(join(tmpdir(), "tilewright-compile-"));
  try {
    const source = resolve(file);
    const output = join(directory, "out");
    const started = performance.now();
    const end = await compiler.compile({ source, arch, parts, output, seconds: timeoutSeconds });
    const seconds = (performance.now() - started) / 1000;
    const name = nameOf(compiler);
    const kernels = parsePtxas(outputOf(name, end, file));
    if (kernels.length === 0) fail(codes.toolFailed(undefined, name, `no kernel in ${file}`));
    return { file, arch, compiler: name, seconds, kernels };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** One diagnostic if a kernel of the file spills more than is tolerated. */
export const spillDiagnostics = (report: CompileReport): readonly Diagnostic[] => {
  const worst = Math.max(0, ...report.kernels.map((k) => Math.max(k.spillStores, k.spillLoads)));
  return worst > spillLimit ? [codes.spills(undefined, report.file, worst)] : [];
};

/** The resources of a report, one line a kernel. */
export const showResources = (report: CompileReport): readonly string[] => {
  const { arch, compiler, seconds, kernels } = report;
  return kernels.map(
    (k) =>
      `${k.name} ${arch}: ${k.registers} registers, ` +
      `${k.spillStores} bytes spilled and ${k.spillLoads} reloaded, ${compiler} ${seconds.toFixed(2)} s`,
  );
};
