// nvcc, the compiler of the CUDA toolkit.

import { type Compiler, outputOf } from "./compiler.ts";
import { runTool } from "./tool.ts";

/** The program: the environment's `NVCC`, otherwise `nvcc` on the path. */
const nvccProgram = (): string => process.env["NVCC"] ?? "nvcc";

/** Undefined where there is none. Throws DiagnosticError A6302 where it is there and fails. */
export const findNvcc = async (): Promise<Compiler | undefined> => {
  const program = nvccProgram();
  const [version, archs] = await Promise.all([
    runTool(program, ["--version"]),
    runTool(program, ["--list-gpu-arch"]),
  ]);
  if (version.kind === "missing") return undefined;
  const release = /release ([\d.]+)/.exec(outputOf(program, version, "--version"));
  const listed = outputOf(program, archs, "--list-gpu-arch").matchAll(/compute_(\w+)/g);
  return {
    tool: "nvcc",
    version: release?.[1] ?? "of unknown version",
    archs: [...listed].map((match) => `sm_${match[1]}`),
    compile: ({ source, arch, parts, output, seconds }) => {
      const form = parts === "device" ? "-cubin" : "-c";
      // -arch=sm_90a alone would compile a launcher's file for sm_90 too, which has not its instructions.
      const target = `-gencode=arch=compute_${arch.slice("sm_".length)},code=${arch}`;
      // By C++17 the headers that nvcc includes by itself hold more, which takes half a second a file.
      const flags = [form, target, "-std=c++14", "-O3", "-Xptxas", "-v"];
      return runTool(program, [...flags, "-o", output, source], { seconds, output: 256 * 1024 });
    },
  };
};
