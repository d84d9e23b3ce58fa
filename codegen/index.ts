// The library: `import { compile, simulate, emit } from "tilewright"`.

import type { ArchName } from "./arch/arch.ts";
import { codes } from "./base/codes.ts";
import { fail } from "./base/diagnostic.ts";
import {
  type Artefact,
  artefacts,
  compileFile,
  type CompiledKernel,
  type CompileOptions,
  type Emission,
} from "./compile.ts";
import {
  type Arrays,
  randomArrays,
  runKernel,
  type SimulateOptions,
  type Sizes,
} from "./simulate.ts";

export type { ArchName } from "./arch/arch.ts";
export { archNames } from "./arch/archs.ts";
export { type Code, type Diagnostic, DiagnosticError } from "./base/diagnostic.ts";
export type { Artefact, CompiledKernel, CompileOptions, Emission } from "./compile.ts";
export { type Judgement, judgementOf } from "./sim/accuracy.ts";
export { from, type NdArray } from "./sim/ndarray.ts";
export type { Arrays, SimulateOptions, Sizes } from "./simulate.ts";

/**
 * The kernels of a file by the name of their export. The file is analysed, never executed.
 * Throws DiagnosticError where something is wrong with it.
 */
export const compile = async (
  file: string,
  options: CompileOptions = {},
): Promise<Readonly<Record<string, CompiledKernel>>> =>
  Object.fromEntries(
    (await compileFile(file, options)).map((k) => [k.description?.exportName ?? k.name, k]),
  );

/**
 * Runs the scheduled program of one architecture on the CPU and returns its outputs by name. Each array
 * remembers how it compares with the float64 reference: see `expect(o).toMatchReference()` of
 * `tilewright/vitest`. Throws DiagnosticError: sizes or arrays that do not fit, a wrong schedule.
 */
export const simulate = async (
  kernel: CompiledKernel | undefined,
  options: SimulateOptions,
): Promise<Arrays> => (await runKernel(kernel, options)).outputs;

/** Random inputs of a kernel at these sizes, the same for the same seed on every machine. */
export const random = (kernel: CompiledKernel | undefined, dims: Sizes, seed = 1): Arrays =>
  randomArrays(defined(kernel).program, dims, seed);

/** The generated files of a kernel for one architecture: CUDA and its manifest, unless told otherwise. */
export const emit = (
  kernel: CompiledKernel | undefined,
  arch: ArchName,
  emissions: readonly Emission[] = ["cu"],
): readonly Artefact[] => artefacts(defined(kernel), arch, emissions);

const defined = (kernel: CompiledKernel | undefined): CompiledKernel =>
  kernel ?? fail(codes.noSuchExport(undefined));
