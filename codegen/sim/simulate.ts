// Runs a tile program, scheduled or not, on the CPU. What is computed is defined by interpret.ts.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Program, TensorDecl } from "../tile/program.ts";
import {
  allocate,
  elementCount,
  extentsOf,
  globalTensor,
  indexOf,
  type TensorBuffers,
} from "./global.ts";
import { bindKernels, launchScope, type ProgramData, sizeIn, tensorDecls } from "./launch.ts";
import { NdArray, rowMajor } from "./ndarray.ts";
import { runBlocks } from "./pool.ts";

export interface SimulateOptions {
  /** A value for each of the program's dims. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly scalars?: Readonly<Record<string, number>>;
  /** By name; values already rounded to the declared dtypes. */
  readonly inputs: Readonly<Record<string, NdArray>>;
  /** Threads that share the blocks; 2 if absent. */
  readonly workers?: number;
  /** Only these blocks of each kernel; the rest of the outputs stays NaN. */
  readonly blocks?: readonly number[];
}

/**
 * The outputs by name, row-major, in their declared dtypes (16-bit types as the f32 values that they stand for).
 * Throws DiagnosticError (A5...) for an access outside a tensor, data used before it is there, two accesses that
 * nothing orders, a deadlock, and an output element that no block or more than one writes.
 */
export const simulateProgram = async (
  program: Program,
  options: SimulateOptions,
): Promise<Record<string, NdArray>> => {
  const size = sizeIn(launchScope(program, bound(program, options), options.scalars ?? {}));
  const buffers: Record<string, TensorBuffers> = {};
  for (const decl of tensorDecls(program)) {
    const extents = extentsOf(decl, size);
    const input = program.inputs.includes(decl);
    buffers[decl.name] = allocate(elementCount(extents), input ? "input" : "by blocks");
    if (input) fillInput(decl, extents, buffers[decl.name]!, options);
  }
  const data: ProgramData = {
    program,
    sizes: options.sizes,
    scalars: options.scalars ?? {},
    buffers,
  };
  for (const [kernel, { blocks }] of bindKernels(data).entries()) {
    const wanted = options.blocks?.filter((b) => b < blocks);
    await runBlocks(data, kernel, wanted ?? blocks, options.workers ?? 2);
  }
  const outputs = program.outputs.map((decl) => [
    decl.name,
    output(decl, extentsOf(decl, size), buffers[decl.name]!, options.blocks === undefined),
  ]);
  return Object.fromEntries(outputs) as Record<string, NdArray>;
};

const bound = (program: Program, options: SimulateOptions): SimulateOptions["sizes"] => {
  const given = { ...options.sizes, ...options.scalars };
  for (const name of [...program.dims, ...program.scalars.map((s) => s.name)])
    if (given[name] === undefined) fail(codes.missingInput(undefined, name, Object.keys(given)));
  return options.sizes;
};

const fillInput = (
  decl: TensorDecl,
  extents: readonly number[],
  buffers: TensorBuffers,
  { inputs }: SimulateOptions,
): void => {
  const array = inputs[decl.name];
  if (array === undefined)
    return fail(codes.missingInput(decl.span, `input ${decl.name}`, Object.keys(inputs)));
  if (array.shape.join() !== extents.join())
    fail(codes.wrongShape(decl.span, decl.name, array.shape.join(", "), extents.join(", ")));
  globalTensor(decl, extents, buffers).values.set(array.values());
};

const output = (
  decl: TensorDecl,
  extents: readonly number[],
  buffers: TensorBuffers,
  complete: boolean,
): NdArray => {
  const tensor = globalTensor(decl, extents, buffers);
  const missing = complete ? tensor.writers!.indexOf(0) : -1;
  if (missing >= 0) fail(codes.neverWritten(decl.span, decl.name, indexOf(tensor, missing)));
  const view = { shape: extents, strides: rowMajor(extents), offset: 0, axes: tensor.axes };
  return new NdArray(decl.dtype, tensor.values, view);
};
