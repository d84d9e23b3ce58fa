// The compiler on one page: kernel file -> descriptions -> tile program (L2) -> scheduled for an
// architecture (L2') -> artefacts. What each arrow does is known one floor below, never here.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Arch, ArchName } from "./arch/arch.ts";
import { archs } from "./arch/archs.ts";
import { codes } from "./base/codes.ts";
import { type Diagnostic, DiagnosticError, fail } from "./base/diagnostic.ts";
import { captureFile } from "./capture/capture.ts";
import { emitCuda } from "./cuda/emit.ts";
import { type Manifest, manifest } from "./cuda/manifest.ts";
import { lower } from "./lower/lower.ts";
import { emitNumpy } from "./numpy/emit.ts";
import { lacks } from "./passes/plan.ts";
import { schedule } from "./passes/schedule.ts";
import type { Description, ScheduleOverride } from "./spec/description.ts";
import { printProgram } from "./tile/print.ts";
import type { Program } from "./tile/program.ts";
import { verify } from "./tile/verify.ts";

export interface CompileOptions {
  /** Only this kernel, by its export or by its name in snake_case. */
  readonly kernel?: string;
  /** Values for the file's `param`s. */
  readonly set?: Readonly<Record<string, string>>;
  /** What `file` and the paths in messages are relative to; the working directory if absent. */
  readonly root?: string;
}

/** A kernel with its verified tile program. A `.tile` file has no description: it can only be run. */
export interface CompiledKernel {
  readonly name: string;
  readonly description?: Description;
  readonly program: Program;
}

export type Emission = "cu" | "tile" | "numpy";

/** One file to be written: its name without a directory, and its text. */
export interface Artefact {
  readonly name: string;
  readonly text: string;
}

/** Every kernel of a `.ts` or `.tile` file. Throws DiagnosticError. */
export const compileFile = async (
  file: string,
  options: CompileOptions = {},
): Promise<readonly CompiledKernel[]> => {
  const { kernel, ...capture } = options;
  const kernels = file.endsWith(".tile")
    ? [await tileFile(file)]
    : captureFile(file, capture).map(compileDescription);
  const wanted = kernels.filter(
    (k) => kernel === undefined || k.name === kernel || k.description?.exportName === kernel,
  );
  if (wanted.length > 0) return wanted;
  const names = kernels.map((k) => k.description?.exportName ?? k.name);
  return fail(
    kernel === undefined
      ? codes.noKernel(undefined, file)
      : codes.unknownKernel(undefined, file, kernel, names),
  );
};

/** Lowered and verified. */
export const compileDescription = (description: Description): CompiledKernel => ({
  name: description.name,
  description,
  program: guarded("lower", undefined, () => verified("lower", lower(description))),
});

/** Loads the parser only here: starting it takes longer than compiling a kernel. */
const tileFile = async (file: string): Promise<CompiledKernel> => {
  const { parseProgram } = await import("./tile/parse.ts");
  const program = parseProgram(textOf(file), file);
  const diagnostics = verify(program, program.arch && archs[program.arch]);
  if (diagnostics.length > 0) throw new DiagnosticError(diagnostics);
  return { name: program.name, program };
};

const textOf = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    return fail(codes.cannotRead(undefined, file, error instanceof Error ? error.message : ""));
  }
};

/** The kernel's program for an architecture; as it is if it is scheduled already. */
export const scheduled = (kernel: CompiledKernel, arch: ArchName): Program => {
  if (kernel.program.arch !== undefined) return kernel.program;
  const facts = archs[arch];
  let last = kernel.program;
  const run = (): Program => {
    const finished = schedule(kernel.program, facts, override(kernel, facts), (pass, program) => {
      last = program;
      verified(pass, program);
    });
    return verified("scheduled", finished, facts);
  };
  return guarded(`schedule for ${arch}`, () => last, run);
};

/** Why an architecture cannot run the kernel, whatever its schedule. */
export const refusal = (kernel: CompiledKernel, arch: ArchName): Diagnostic | undefined =>
  lacks(kernel.program, archs[arch]);

/** What the author asked for on this architecture; its own key goes before "*". */
export const override = (kernel: CompiledKernel, arch: Arch): ScheduleOverride => ({
  ...kernel.description?.schedule["*"],
  ...kernel.description?.schedule[arch.name],
});

/** The text of a kernel for one architecture, and with CUDA its manifest. */
export const artefacts = (
  kernel: CompiledKernel,
  arch: ArchName,
  emissions: readonly Emission[] = ["cu"],
): readonly Artefact[] => {
  const program = scheduled(kernel, arch);
  const stem = `${program.name}.${program.arch ?? arch}`;
  const emit = (emission: Emission): readonly Artefact[] => {
    switch (emission) {
      case "tile":
        return [{ name: `${stem}.tile`, text: printProgram(program) }];
      case "numpy":
        return [{ name: `${stem}.py`, text: emitNumpy(program) }];
      case "cu":
        return [
          { name: `${stem}.cu`, text: emitCuda(program) },
          { name: `${stem}.json`, text: `${JSON.stringify(facts(kernel, program), null, 2)}\n` },
        ];
    }
  };
  return guarded(
    "emit",
    () => program,
    () => emissions.flatMap(emit),
  );
};

/** What a loader of a scheduled program's CUDA must know. */
export const facts = (kernel: CompiledKernel, program: Program): Manifest =>
  manifest(program, sourceHash(kernel));

/** Of the unscheduled program as text: it changes when anything does that the kernel computes. */
export const sourceHash = (kernel: CompiledKernel): string =>
  createHash("sha256").update(printProgram(kernel.program)).digest("hex");

/** A fault of the compiler itself, with the last program that was sound, for a reproducer. */
export class CompilerBug extends Error {
  readonly stage: string;
  readonly program: Program | undefined;

  constructor(stage: string, program: Program | undefined, cause: unknown) {
    super(`${stage}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "CompilerBug";
    this.stage = stage;
    this.program = program;
  }
}

/** With an architecture's facts, also that the program is finished for it. */
const verified = (stage: string, program: Program, arch?: Arch): Program => {
  const diagnostics: readonly Diagnostic[] = verify(program, arch);
  if (diagnostics.length === 0) return program;
  const text = diagnostics.map((d) => `${d.code}: ${d.message}`).join("\n");
  throw new CompilerBug(stage, program, new Error(text));
};

/** Diagnostics pass through; anything else that is thrown in here is our fault. */
const guarded = <T>(stage: string, last: (() => Program) | undefined, run: () => T): T => {
  try {
    return run();
  } catch (error) {
    if (error instanceof DiagnosticError || error instanceof CompilerBug) throw error;
    throw new CompilerBug(stage, last?.(), error);
  }
};
