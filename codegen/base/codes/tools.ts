// A6: files, tools and the command line. A62 are mistakes in a command (exit code 2), A63 faults of tools
// outside (exit code 3).

import { largestSize } from "../size.ts";
import { entry } from "./entry.ts";

export const toolsCodes = {
  noKernel: entry("A6001", (file: string) => ({
    message: `${file} exports no kernel`,
    remedy: "export one: `export const name = attention({ ... })`",
  })),
  unknownKernel: entry("A6002", (file: string, kernel: string, names: readonly string[]) => ({
    message: `${file} has no kernel named ${kernel}`,
    remedy: `it has ${names.join(", ")}`,
  })),
  cannotRead: entry("A6003", (path: string, reason: string) => ({
    message: `${path} cannot be read: ${reason}`,
    remedy: "check the path, and that you may read it",
  })),
  cannotWrite: entry("A6004", (path: string, reason: string) => ({
    message: `${path} cannot be written: ${reason}`,
    remedy:
      "choose another directory with --out, or make room there; no file was left half-written",
  })),
  notOurFile: entry("A6005", (path: string) => ({
    message: `${path} exists, and is not a file that Tilewright generated`,
    remedy: "choose another directory with --out, or move that file away",
  })),
  sameKernelTwice: entry("A6006", (name: string, first: string, second: string) => ({
    message: `${first} and ${second} both make a kernel named ${name}, and their files would collide`,
    remedy: "rename one of the two exports",
  })),
  noSuchExport: entry("A6007", () => ({
    message: "this kernel is undefined: the compiled file has no export of that name",
    remedy: "compare the name with the exports of the kernel file",
  })),
  sizes: entry("A6008", (problem: string, dims: readonly string[]) => ({
    message: `these sizes do not fit the kernel: ${problem}`,
    remedy: `give each of ${dims.join(", ")} a whole number from 0 to ${largestSize}`,
  })),
  badArray: entry("A6009", (file: string, reason: string) => ({
    message: `${file} is not an array that can be read: ${reason}`,
    remedy: "save it with numpy.save as float16, float32, float64 or int32, in C order",
  })),
  wrongShape: entry("A6010", (input: string, found: string, wanted: string) => ({
    message: `input ${input} has shape [${found}], and these sizes make it [${wanted}]`,
    remedy: "change --dims, or save the array with that shape",
  })),
  inexact: entry("A6011", (output: string, error: string, bound: string, repeat: string) => ({
    message: `${output} differs from the reference by ${error}, and ${bound} is allowed`,
    remedy: `repeat it with: ${repeat}`,
  })),
  spills: entry("A6012", (file: string, bytes: number) => ({
    message: `${file} spills ${bytes} bytes of registers, and 64 are tolerated`,
    remedy: "choose smaller tiles or more warps in the kernel's schedule",
  })),
  onlyRun: entry("A6013", (file: string, wish: string) => ({
    message: `${file} is a tile program: ${wish} needs the kernel file it came from`,
    remedy: "name the .ts file",
  })),
  unknownInput: entry("A6014", (kernel: string, name: string, names: readonly string[]) => ({
    message: `${kernel} has no input named ${name}`,
    remedy: `it has ${names.join(", ")}`,
  })),
  packageName: entry("A6020", (name: string) => ({
    message: `${JSON.stringify(name)} cannot be the name of a Python package`,
    remedy: "let --out end in a name of letters, digits and _, which is no keyword of Python",
  })),
  reservedInPackage: entry("A6021", (kernel: string, name: string) => ({
    message: `${kernel} has an input, dim or scalar named ${name}, which its Python function cannot take`,
    remedy: "rename it in the kernel file",
  })),
  usage: entry("A6201", (message: string) => ({
    message,
    remedy: "`tilewright --help` lists the commands, `tilewright COMMAND --help` their options",
  })),
  noCompiler: entry("A6301", (arch: string, found: readonly string[]) => ({
    message: `no compiler here serves ${arch}; found: ${found.join(", ") || "none"}`,
    remedy:
      "put nvcc of a CUDA toolkit that has the architecture on PATH or in NVCC; or install NVRTC 11.8 and Python 3, " +
      "which compile device code for sm_35 to sm_90: Debian's libnvrtc11.2 and libnvrtc-builtins11.8 of its component non-free",
  })),
  toolFailed: entry("A6302", (tool: string, output: string) => ({
    message: `${tool} failed: ${output}`,
    remedy: "repeat the command by hand; `tilewright doctor` tells which tools were found",
  })),
} as const;
