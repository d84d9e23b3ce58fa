// Compiles an emitted file with nvcc and reads what ptxas says of it: registers, spills and shared
// memory of each kernel. Knows nothing of what the kernels compute.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { codes } from "../base/codes.ts";
import { type Diagnostic, fail } from "../base/diagnostic.ts";
import { runTool } from "./tool.ts";

/** What ptxas assigned to one `__global__` function. */
export interface KernelResources {
  readonly name: string;
  /** Per thread. */
  readonly registers: number;
  /** Bytes per thread, written and read. */
  readonly spillStores: number;
  readonly spillLoads: number;
  readonly stackBytes: number;
  /** Static shared memory, bytes per block. */
  readonly sharedBytes: number;
  readonly barriers: number;
}

export interface NvccReport {
  readonly file: string;
  readonly arch: string;
  readonly seconds: number;
  readonly kernels: readonly KernelResources[];
}

export interface NvccOptions {
  /** The program; otherwise the environment's `NVCC`, otherwise `nvcc` on the path. */
  readonly nvcc?: string;
  readonly timeoutSeconds?: number;
  /** `device` makes a cubin; `object` also compiles the launcher. */
  readonly parts?: "device" | "object";
}

/** Bytes of spills per thread, stores or loads, that an emitted kernel may have. */
export const spillLimit = 64;

export const nvccProgram = (options: NvccOptions = {}): string =>
  options.nvcc ?? process.env["NVCC"] ?? "nvcc";

/** Compiles `file` for `arch` (`sm_80`). Throws DiagnosticError: A6301 no nvcc, A6302 it failed. */
export const compileCuda = async (
  file: string,
  arch: string,
  options: NvccOptions = {},
): Promise<NvccReport> => {
  const directory = mkdtempSync(join(tmpdir(), "tilewright-nvcc-"));
  try {
    const form = (options.parts ?? "device") === "device" ? "-cubin" : "-c";
    const args = [form, `-arch=${arch}`, "-std=c++17", "-O3", "-Xptxas", "-v"];
    const program = nvccProgram(options);
    const started = performance.now();
    const end = await runTool(program, [...args, "-o", join(directory, "out"), resolve(file)], {
      seconds: options.timeoutSeconds ?? 300,
      output: 256 * 1024,
    });
    const seconds = (performance.now() - started) / 1000;
    switch (end.kind) {
      case "missing":
        return fail(codes.toolMissing(undefined, program, `compiling ${file}`, whereToGetNvcc));
      case "timeout":
        return fail(
          codes.toolFailed(undefined, program, `no end after ${end.seconds} s on ${file}`),
        );
      case "exited":
        if (end.status !== 0)
          return fail(codes.toolFailed(undefined, program, excerpt(end.output, end.status)));
        return { file, arch, seconds, kernels: parsePtxas(end.output) };
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const whereToGetNvcc =
  "install the CUDA toolkit (11.8 or later) and put its bin directory on PATH, or set NVCC to its path";

/** The lines that say what is wrong; all of the output where none does. */
const excerpt = (output: string, status: number): string => {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const errors = lines.filter((line) => /error|fatal|unsupported/i.test(line));
  const shown = (errors.length > 0 ? errors : lines).slice(0, 20).join("\n");
  return shown === "" ? `exit status ${status}` : shown;
};

/** The numbers of `ptxas -v`, by mangled name in the order of the report. */
export const parsePtxas = (output: string): readonly KernelResources[] => {
  const parts = output.split(/Compiling entry function '/).slice(1);
  return parts.map((text) => {
    const count = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);
    return {
      name: plainName(text.slice(0, text.indexOf("'"))),
      registers: count(/Used (\d+) registers/),
      spillStores: count(/(\d+) bytes spill stores/),
      spillLoads: count(/(\d+) bytes spill loads/),
      stackBytes: count(/(\d+) bytes stack frame/),
      sharedBytes: count(/(\d+) bytes smem/),
      barriers: count(/used (\d+) barriers/),
    };
  });
};

/** The innermost name of an Itanium-mangled function: `_ZN12_GLOBAL__N_12goEv` is `go`. */
const plainName = (mangled: string): string => {
  let rest = mangled.replace(/^_ZN?/, "");
  let name = mangled;
  for (let match = /^(\d+)/.exec(rest); match; match = /^(\d+)/.exec(rest)) {
    const start = match[0].length;
    const length = Number(match[0]);
    name = rest.slice(start, start + length);
    rest = rest.slice(start + length);
  }
  return name;
};

/** One diagnostic if a kernel of the file spills more than is tolerated. */
export const spillDiagnostics = (report: NvccReport): readonly Diagnostic[] => {
  const worst = Math.max(0, ...report.kernels.map((k) => Math.max(k.spillStores, k.spillLoads)));
  return worst > spillLimit ? [codes.spills(undefined, report.file, worst)] : [];
};

/** The resources of a report, one line a kernel. */
export const showResources = (report: NvccReport): readonly string[] =>
  report.kernels.map(
    (k) =>
      `${k.name} ${report.arch}: ${k.registers} registers, ` +
      `${k.spillStores} bytes spilled and ${k.spillLoads} reloaded, nvcc ${report.seconds.toFixed(2)} s`,
  );
