// Tools outside that some tests need. Where one is missing its tests are skipped, and say so; with CI=true
// that is a failure.

import { spawnSync } from "node:child_process";

const commands = {
  nvcc: ["nvcc", "--version"],
  numpy: ["python3", "-c", "import numpy"],
} as const;

export type Tool = keyof typeof commands;

/** True if the tool works. Throws in CI if it does not; elsewhere says what is skipped. */
export const needs = (tool: Tool): boolean => {
  const [program, ...args] = commands[tool];
  if (spawnSync(program, args, { stdio: "ignore" }).status === 0) return true;
  if (process.env["CI"] === "true") throw new Error(`${tool} is needed here, and is not there`);
  console.warn(`skipped: ${tool} is not there (${[program, ...args].join(" ")})`);
  return false;
};
