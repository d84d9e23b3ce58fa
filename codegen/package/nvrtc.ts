// NVRTC, the compiler of device code that NVIDIA ships as a shared library; nvrtc.py beside this file drives it.

import { beside } from "./beside.ts";
import type { Compiler } from "./compiler.ts";
import { runTool } from "./tool.ts";

/** Names by which the loader finds it, by release: 13, 12, and 11.2 to 11.8. */
const sonames = ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2"];

/** One line of `nvrtc.py list`. */
interface Found {
  readonly library: string;
  readonly version: string;
  readonly archs: readonly string[];
}

/**
 * Every release that is there, the newest first; with the environment's `NVRTC`, the library at that path
 * alone. None where there is no Python.
 */
export const findNvrtc = async (): Promise<readonly Compiler[]> => {
  const named = process.env["NVRTC"];
  const driver = beside("nvrtc.py");
  const end = await runTool("python3", [driver, "list", ...(named ? [named] : sonames)]);
  if (end.kind !== "exited" || end.status !== 0) return [];
  const lines = end.output.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const { library, version, archs } = JSON.parse(line) as Found;
    return {
      tool: "NVRTC",
      version,
      archs,
      compile: ({ source, arch, output, seconds }) => {
        const args = [driver, "compile", library, arch, source, output];
        return runTool("python3", args, { seconds, output: 256 * 1024 });
      },
    };
  });
};
