#!/usr/bin/env node
// The command line: flags and help, nothing else. Each command lives in cli/ and is loaded only when
// it is called, so that the others cost nothing.

import { realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Command, CommanderError, Option } from "commander";
import { codes } from "./base/codes.ts";
import { fail } from "./base/diagnostic.ts";
import { version } from "./base/version.ts";
import * as options from "./cli/options.ts";
import { type ExitCode, finish, type Output, type Report } from "./cli/report.ts";
import type { SourceFlags } from "./cli/source.ts";

interface Flags extends SourceFlags {
  readonly json?: true;
}

/** Runs one command line (without `node` and the script) and returns its exit code; never throws. */
export const main = async (
  args: readonly string[],
  write: Pick<Output, "out" | "error"> = { out: console.log, error: console.error },
): Promise<ExitCode> => {
  const output: Output = { json: args.includes("--json"), ...write };
  let exit: ExitCode = 0;
  const run = async (command: () => Promise<Report>): Promise<void> => {
    exit = await finish(command, output);
  };
  try {
    await program(run, output).parseAsync(args, { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const problem = error instanceof CommanderError ? usage(error.message) : error;
    return finish(async () => {
      throw problem;
    }, output);
  }
};

type Run = (command: () => Promise<Report>) => Promise<void>;

const program = (run: Run, output: Output): Command => {
  const tilewright = new Command("tilewright")
    .description("Tiled attention kernels from TypeScript: readable CUDA, and a simulator for CPUs")
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: (t) => output.out(t.trimEnd()), writeErr: () => {} });
  const command = (name: string, description: string): Command =>
    tilewright.command(name).description(description).option("--json", "print one JSON document");
  const onFiles = (name: string, description: string): Command =>
    command(name, description)
      .option("--kernel <name>", "only this kernel of the file")
      .option("--set <D=64>", "a value for a parameter of the file", collect, []);
  const archs = new Option(
    "--arch <names>",
    "architectures joined by commas; all: each whose files run on later GPUs too",
  ).default("all");
  const arch = new Option("--arch <name>", "the architecture").default("sm_80");

  onFiles("check <file...>", "type-check, capture and verify, on every architecture").action(
    (files: string[], flags: Flags) =>
      run(async () => (await import("./cli/check.ts")).check(files, flags)),
  );

  onFiles("build <file...>", "write DIR/<kernel>.<arch>.cu and .json")
    .addOption(archs)
    .option("--out <dir>", "where to", "build")
    .option("--emit <kinds>", "cu, tile, numpy, joined by commas", "cu")
    .option(
      "--check",
      "compile it with nvcc or NVRTC, and fail on more than 64 bytes of spills",
      false,
    )
    .action(
      (
        files: string[],
        flags: Flags & { arch: string; out: string; emit: string; check: boolean },
      ) =>
        run(async () => {
          const { build, emissions } = await import("./cli/build.ts");
          return build(files, {
            ...flags,
            archs: options.architectures(flags.arch),
            emit: options.someOf("--emit", emissions, flags.emit),
          });
        }),
    );

  onFiles("simulate <file>", "run the scheduled program on the CPU against the reference")
    .addOption(arch)
    .option("--dims <B=1,Sq=128>", "sizes and launch scalars; absent ones get small defaults", "")
    .option("--seed <n>", "seed of the random inputs", "1")
    .option("--inputs <dir>", "read <input>.npy from there; absent ones are random")
    .option("--save <dir>", "write <output>.npy there")
    .action((file: string, flags: Flags & SimulateText) =>
      run(async () =>
        (await import("./cli/simulate.ts")).simulate(file, {
          ...flags,
          arch: options.architecture(flags.arch),
          given: options.numbers("--dims", flags.dims),
          seed: options.naturalNumber("--seed", flags.seed),
        }),
      ),
    );

  onFiles("dump <file>", "print any level of a kernel as text")
    .requiredOption("--stage <stage>", "description, tile, scheduled, cuda or numpy")
    .addOption(arch)
    .action((file: string, flags: Flags & { stage: string; arch: string }) =>
      run(async () => {
        const { dump, stages } = await import("./cli/dump.ts");
        return dump(file, {
          ...flags,
          stage: options.oneOf("--stage", stages, flags.stage),
          arch: options.architecture(flags.arch),
        });
      }),
    );

  onFiles(
    "explain <file>",
    "tile sizes and why, memory, registers, occupancy, roofline, key ranges",
  )
    .addOption(arch)
    .option("--dims <B=1,Sq=128>", "sizes for the roofline and the visited keys", "")
    .action((file: string, flags: Flags & { arch: string; dims: string }) =>
      run(async () =>
        (await import("./cli/explain.ts")).explain(file, {
          ...flags,
          arch: options.architecture(flags.arch),
          given: options.numbers("--dims", flags.dims),
        }),
      ),
    );

  onFiles("package <file...>", "write a Python package that is called on torch tensors")
    .requiredOption("--out <dir>", "where to; its last part names the package")
    .addOption(archs)
    .action((files: string[], flags: Flags & { out: string; arch: string }) =>
      run(async () =>
        (await import("./cli/package.ts")).packageKernels(files, {
          ...flags,
          archs: options.architectures(flags.arch),
        }),
      ),
    );

  onFiles("mask [file]", "draw a mask and its full, partial and skipped tiles as an SVG")
    .addOption(arch)
    .option("--mask <condition>", 'a mask as text in place of a file: "kv <= q && q - kv < 4096"')
    .option("--dims <B=1,Sq=128>", "sizes and launch scalars; absent ones get usual values", "")
    .option("--at <b=0,h=0>", "the batch entry and the head that are drawn", "")
    .option("--seed <n>", "seed of random inputs that the mask reads", "1")
    .option("--inputs <dir>", "read <input>.npy from there; absent ones are random")
    .option("--out <file>", "where to", "mask.svg")
    .action((file: string | undefined, flags: Flags & MaskText) =>
      run(async () =>
        (await import("./cli/mask.ts")).mask(file, {
          ...flags,
          arch: options.architecture(flags.arch),
          given: options.numbers("--dims", flags.dims),
          at: options.numbers("--at", flags.at),
          seed: options.naturalNumber("--seed", flags.seed),
        }),
      ),
    );

  command("doctor", "which tools are there, and how to get those that are not").action(() =>
    run(async () => (await import("./cli/doctor.ts")).doctor()),
  );

  return tilewright;
};

interface SimulateText {
  readonly arch: string;
  readonly dims: string;
  readonly seed: string;
  readonly inputs?: string;
  readonly save?: string;
}

interface MaskText {
  readonly arch: string;
  readonly dims: string;
  readonly at: string;
  readonly seed: string;
  readonly inputs?: string;
  readonly out: string;
  readonly mask?: string;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const usage = (message: string): unknown => {
  try {
    return fail(codes.usage(undefined, message.replace(/^error: /, "")));
  } catch (error) {
    return error;
  }
};

/** npm puts a link to this file on the PATH. */
const called = (script: string | undefined): boolean =>
  script !== undefined && import.meta.url === pathToFileURL(realpathSync(script)).href;
if (called(process.argv[1])) process.exitCode = await main(process.argv.slice(2));
