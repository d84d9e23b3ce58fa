// A scheduled program as one self-contained CUDA C++ file. It prints and decides nothing: every statement of
// a kernel comes from a statement of the program, and the same program gives the same bytes.

import type { Program } from "../tile/program.ts";
import { printConstantTable } from "./constants.ts";
import { printHeader } from "./header.ts";
import { helperText } from "./helpers.ts";
import { printKernel } from "./kernel.ts";
import { printLauncher } from "./launcher.ts";
import { nothingUsed } from "./used.ts";
import { wrap } from "./text.ts";

const preamble = `
typedef unsigned int u32;
typedef long long i64;

#define DEVICE __device__ __forceinline__
#define HOST_DEVICE __host__ __device__ __forceinline__
#define INLINED __attribute__((always_inline))  // into every call, so that flags are constants in each
#define UNROLL _Pragma("unroll")
#define ROLLED _Pragma("unroll 1")
`;

export const emitCuda = (program: Program): string => {
  const used = nothingUsed(program);
  const kernels = program.kernels.map((kernel) => {
    const text = printKernel(program, kernel, used);
    return program.kernels.length === 1 ? text : `\nnamespace ${kernel.name} {\n${text}\n}`;
  });
  const launcher = printLauncher(program, used);
  return [
    printHeader(program),
    preamble,
    printConstantTable(program, used.constantsUsed),
    helperText(used.helpers, used.arch),
    ...kernels.map(wrapLines),
    "\n",
    wrapLines(launcher),
  ].join("");
};

const wrapLines = (text: string): string => text.split("\n").map(wrap).join("\n");
