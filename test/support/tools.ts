// Tools outside that some tests need. Where one is missing its tests are skipped, and say so; with CI=true
// that is a failure.

import { spawnSync } from "node:child_process";

const commands = {
  nvcc: ["nvcc", "--version"],
  nvrtc: ["python3", "-c", "import ctypes; ctypes.CDLL('libnvrtc.so.11.2')"],
  numpy: ["python3", "-c", "import numpy"],
} as const;

export type Tool = keyof typeof commands;

/** True if the tool works. Throws in CI if it does not; elsewhere says what is skipped. */
export const needs = (tool: Tool): boolean => {
  const [program, ...args] = commands[tool];
  const works = spawnSync(program, args, { stdio: "ignore" }).status === 0;
  return needed(works, `${tool} (${[program, ...args].join(" ")})`);
};

/** The same of anything that was found or not. */
export const needed = (found: boolean, what: string): boolean => {
  if (found) return true;
  if (process.env["CI"] === "true") throw new Error(`needed here, and not there: ${what}`);
  console.warn(`skipped: there is no ${what}`);
  return false;
};
