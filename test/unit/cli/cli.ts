// Runs the command line in this process and keeps what it printed.

import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { main } from "../../../codegen/cli.ts";
import { mkdirSync } from "node:fs";

export interface Ended {
  readonly exit: number;
  readonly out: string;
  readonly error: string;
}

export const run = async (...args: readonly string[]): Promise<Ended> => {
  const out: string[] = [];
  const error: string[] = [];
  const exit = await main(args, { out: (t) => out.push(t), error: (t) => error.push(t) });
  return { exit, out: out.join("\n"), error: error.join("\n") };
};

/** The one document that --json prints. */
export interface Document {
  readonly ok: boolean;
  readonly diagnostics: readonly {
    readonly code: string;
    readonly message: string;
    readonly remedy: string;
    readonly file?: string;
    readonly line?: number;
    readonly column?: number;
  }[];
  readonly results: readonly Readonly<Record<string, unknown>>[];
}

export const runJson = async (
  ...args: readonly string[]
): Promise<{ readonly exit: number; readonly document: Document }> => {
  const { exit, out, error } = await run(...args, "--json");
  if (error !== "") throw new Error(`with --json nothing goes to stderr: ${error}`);
  return { exit, document: JSON.parse(out) as Document };
};

/** A directory inside the project, since kernel files resolve `tilewright/dsl` from where they lie. */
export const scratch = (): string => {
  mkdirSync("build", { recursive: true });
  return mkdtempSync(resolve("build", "cli-"));
};

/** A small kernel file in a directory of its own; `mask` is the text of that field. */
export const kernelFile = (
  options: { mask?: string; name?: string; file?: string; dtype?: "f16" | "bf16" } = {},
): string => {
  const { mask = "masks.causal", name = "tiny", file = "tiny.ts", dtype = "f16" } = options;
  const path = join(scratch(), file);
  writeFileSync(
    path,
    `// A kernel for tests of the command line.
import { attention, bf16, dims, f16, f32, masks, out } from "tilewright/dsl";

const { B, Sq, Skv, H } = dims("B", "Sq", "Skv", "H");

export const ${name} = attention({
  inputs: {
    q: ${dtype}({ b: B, q: Sq, h: H, d: 16 }),
    k: ${dtype}({ b: B, kv: Skv, hkv: H, d: 16 }),
    v: ${dtype}({ b: B, kv: Skv, hkv: H, d: 16 }),
  },
  mask: ${mask},
  outputs: {
    o: out.values(${dtype}({ b: B, q: Sq, h: H, d: 16 })),
    lse: out.logSumExp(f32({ b: B, h: H, q: Sq })),
  },
});
`,
  );
  return path;
};

/** A program in nvcc's place, which serves sm_80 and takes 40 registers for whatever it is given. */
export const compilerStandIn = (): string => {
  const path = join(scratch(), "nvcc");
  const body = [
    `echo "Compiling entry function 'tiny' for 'sm_80'"`,
    `echo "release 99.1, compute_80, Used 40 registers"`,
  ];
  writeFileSync(path, `#!/bin/sh\n${body.join("\n")}\n`);
  chmodSync(path, 0o700);
  return path;
};
