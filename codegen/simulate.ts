// Runs a compiled kernel on the CPU: its scheduled program in the simulator, and beside it the oracle.
// What either of them means is known in sim/.

import type { ArchName } from "./arch/arch.ts";
import { codes } from "./base/codes.ts";
import { fail } from "./base/diagnostic.ts";
import { isSize } from "./base/size.ts";
import { type CompiledKernel, scheduled } from "./compile.ts";
import { evaluate } from "./expr/evaluate.ts";
import type { Expr } from "./expr/expr.ts";
import { judge, type Judgement } from "./sim/accuracy.ts";
import { from, type NdArray } from "./sim/ndarray.ts";
import { randomTensors, type ShapedTensor } from "./sim/random.ts";
import { oracle } from "./sim/oracle.ts";
import { simulateProgram } from "./sim/simulate.ts";
import type { Program, TensorDecl } from "./tile/program.ts";

export type Sizes = Readonly<Record<string, number>>;
export type Arrays = Readonly<Record<string, NdArray>>;

export interface SimulateOptions {
  /** One whole number for each of the kernel's `dims`. */
  readonly dims: Sizes;
  /** One number for each of the kernel's `scalar`s. */
  readonly scalars?: Sizes;
  /** Arrays by input name, rounded to the declared dtype; those left out are random. */
  readonly inputs?: Arrays;
  /** Of the random inputs; 1 if absent. */
  readonly seed?: number;
  /** Whose program runs; sm_80 if absent. */
  readonly arch?: ArchName;
  /** Threads beside this one; chosen by the simulator if absent. */
  readonly workers?: number;
}

export interface Run {
  readonly arch: ArchName;
  readonly outputs: Arrays;
  /** Of each output; none for a `.tile` file, which has no oracle. */
  readonly judgements: readonly Judgement[];
  /** Of the simulation alone. */
  readonly seconds: number;
}

/** Throws DiagnosticError: sizes or arrays that do not fit, or a fault that the simulator found. */
export const runKernel = async (
  kernel: CompiledKernel | undefined,
  options: SimulateOptions,
): Promise<Run> => {
  if (kernel === undefined) return fail(codes.noSuchExport(undefined));
  const { description, program } = kernel;
  const arch = program.arch ?? options.arch ?? "sm_80";
  const sizes = bound(program, program.dims, options.dims, "size");
  const scalars = bound(
    program,
    program.scalars.map((s) => s.name),
    options.scalars ?? {},
    "scalar",
  );
  const inputs = inputArrays(program, sizes, options);
  const ready = scheduled(kernel, arch);
  const started = performance.now();
  const outputs = await simulateProgram(ready, {
    sizes,
    scalars,
    inputs,
    ...(options.workers !== undefined && { workers: options.workers }),
  });
  const seconds = (performance.now() - started) / 1000;
  const judgements = description
    ? judge(description, oracle(description, sizes, inputs, scalars), outputs)
    : [];
  return { arch, outputs, judgements, seconds };
};

/** Random arrays for every input: from N(0, 1), integers from 0 to 9; the same for the same seed. */
export const randomArrays = (program: Pick<Program, "inputs">, sizes: Sizes, seed = 1): Arrays =>
  randomTensors(
    program.inputs.map((t) => shaped(t, sizes)),
    seed,
  );

const bound = (
  program: Program,
  names: readonly string[],
  given: Sizes,
  what: "size" | "scalar",
): Sizes => {
  const wrong = (problem: string): never => fail(codes.sizes(undefined, problem, names));
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) wrong(`${program.name} has no ${what} named ${unknown}`);
  for (const name of names) {
    const value = given[name];
    if (value === undefined) wrong(`the ${what} ${name} is not given`);
    else if (what === "size" && !isSize(value)) wrong(`${name} is ${value}`);
  }
  return given;
};

/** Every input's array: the one that is given, or a random one. */
export const inputArrays = (
  program: Pick<Program, "name" | "inputs">,
  sizes: Sizes,
  options: Pick<SimulateOptions, "inputs" | "seed">,
): Arrays => {
  const given = options.inputs ?? {};
  const names = program.inputs.map((t) => t.name);
  for (const name of Object.keys(given))
    if (!names.includes(name)) fail(codes.unknownInput(undefined, program.name, name, names));
  return {
    ...randomArrays(program, sizes, options.seed),
    ...Object.fromEntries(
      program.inputs.flatMap((t) => {
        const array = given[t.name];
        return array === undefined ? [] : [[t.name, fitted(array, t, sizes)]];
      }),
    ),
  };
};

const fitted = (array: NdArray, tensor: TensorDecl, sizes: Sizes): NdArray => {
  const { name, dtype, shape, axes } = shaped(tensor, sizes);
  const show = (extents: readonly number[]): string => extents.join(", ");
  if (show(array.shape) !== show(shape))
    return fail(codes.wrongShape(undefined, name, show(array.shape), show(shape)));
  return from(dtype, array.values(), shape, axes);
};

const shaped = ({ name, dtype, axes }: TensorDecl, sizes: Sizes): ShapedTensor => ({
  name,
  dtype,
  shape: axes.map((a) => extent(a.extent, sizes)),
  axes: axes.map((a) => a.axis),
});

const extent = (e: Expr, sizes: Sizes): number =>
  evaluate(e, { variable: (name) => sizes[name] ?? Number.NaN, load: () => Number.NaN }, "f64");
