// Runs a program of the machine: no shell, a deadline for its whole process group, and a cap on
// what is kept of its output. Knows nothing of what the programs do.

import { type ChildProcess, spawn } from "node:child_process";

export type ToolEnd =
  | { readonly kind: "exited"; readonly status: number; readonly output: string }
  | { readonly kind: "timeout"; readonly seconds: number; readonly output: string }
  | { readonly kind: "missing" };

export interface ToolLimits {
  readonly seconds: number;
  /** Characters of standard output and error together; what comes later is read and dropped. */
  readonly output: number;
}

const defaults: ToolLimits = { seconds: 120, output: 256 * 1024 };

/** What a compiler needs of the environment; nothing that could change its result unseen. */
const passed = ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"];

const environment = (): NodeJS.ProcessEnv => ({
  LC_ALL: "C",
  ...Object.fromEntries(
    passed.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  ),
});

/** Ends when the program has ended; it never rejects. */
export const runTool = (
  program: string,
  args: readonly string[],
  limits: ToolLimits = defaults,
): Promise<ToolEnd> =>
  new Promise((resolve) => {
    const child = spawn(program, args, {
      shell: false,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: environment(),
    });
    let output = "";
    let late = false;
    const keep = (chunk: Buffer): void => {
      if (output.length < limits.output)
        output += chunk.toString("utf8").slice(0, limits.output - output.length);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const timer = setTimeout(() => {
      late = true;
      killGroup(child);
    }, limits.seconds * 1000);
    child.on("error", () => {
      clearTimeout(timer);
      resolve({ kind: "missing" });
    });
    child.on("close", (status) => {
      clearTimeout(timer);
      if (late) resolve({ kind: "timeout", seconds: limits.seconds, output });
      else resolve({ kind: "exited", status: status ?? -1, output });
    });
  });

/** `detached` made the child lead a group of its own: its children (cicc, ptxas) end with it. */
const killGroup = (child: ChildProcess): void => {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
};
