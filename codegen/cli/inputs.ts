// Arrays that a user gives for a kernel's inputs: `<input>.npy` in a directory. Knows no command.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { CompiledKernel } from "../compile.ts";
import { from } from "../sim/ndarray.ts";
import type { Arrays } from "../simulate.ts";
import { reason } from "./files.ts";
import { readNpy } from "./npy.ts";

/** Those that are there, rounded to the declared dtypes. */
export const readInputs = (kernel: CompiledKernel, directory: string): Arrays =>
  Object.fromEntries(
    kernel.program.inputs.flatMap(({ name, dtype }) => {
      const path = join(directory, `${name}.npy`);
      if (!existsSync(path)) return [];
      const { values, shape } = readNpy(bytesOf(path), path);
      return [[name, from(dtype, values, shape)]];
    }),
  );

const bytesOf = (path: string): Uint8Array => {
  try {
    return readFileSync(path);
  } catch (error) {
    return fail(codes.cannotRead(undefined, path, reason(error)));
  }
};
