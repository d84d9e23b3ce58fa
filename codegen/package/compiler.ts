// What a compiler of CUDA on this machine is, and how it is asked. Knows no particular one.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { ToolEnd } from "./tool.ts";

export interface Compiler {
  readonly tool: string;
  readonly version: string;
  /** The architectures that it compiles for, such as `sm_80`. */
  readonly archs: readonly string[];
  /** Runs it; what ptxas says of each kernel stands in the output. */
  readonly compile: (job: Job) => Promise<ToolEnd>;
}

export interface Job {
  readonly source: string;
  readonly arch: string;
  /** `device` makes a cubin; `object` also compiles the launcher, where the compiler takes host code. */
  readonly parts: "device" | "object";
  /** The file to write. */
  readonly output: string;
  readonly seconds: number;
}

/** The output of a run that succeeded. Throws DiagnosticError A6302, which names the tool and what it was given. */
export const outputOf = (tool: string, end: ToolEnd, given: string): string => {
  switch (end.kind) {
    case "missing":
      return fail(codes.toolFailed(undefined, tool, "it cannot be started"));
    case "timeout":
      return fail(codes.toolFailed(undefined, tool, `no end after ${end.seconds} s on ${given}`));
    case "exited":
      return end.status === 0
        ? end.output
        : fail(codes.toolFailed(undefined, tool, excerpt(end.output, end.status)));
  }
};

/** The lines that say what is wrong; all of the output where none does. */
const excerpt = (output: string, status: number): string => {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const errors = lines.filter((line) => /error|fatal|unsupported/i.test(line));
  const shown = (errors.length > 0 ? errors : lines).slice(0, 20).join("\n");
  return shown === "" ? `exit status ${status}` : shown;
};
