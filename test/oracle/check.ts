// Runs the configurations of one random file and says, in one line each, how to repeat those that fail.

import { mkdirSync, writeFileSync } from "node:fs";
import { DiagnosticError, unreachable } from "../../codegen/base/diagnostic.ts";
import { compileFile, type CompiledKernel } from "../../codegen/compile.ts";
import { runKernel } from "../../codegen/simulate.ts";
import { type Config, kernelFile } from "./generate.ts";

const directory = "build/oracle";

/** How many ran, and a line for each that is wrong. */
export interface Outcome {
  readonly ran: number;
  readonly failures: readonly string[];
}

export const checkFile = async (seed: number, kernels: number, each: number): Promise<Outcome> => {
  const { text, configs } = kernelFile(seed, kernels, each);
  const file = `${directory}/random_${seed}.ts`;
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, text);
  const compiled = new Map((await compileFile(file)).map((k) => [k.name, k]));
  const failures: string[] = [];
  for (const config of configs) {
    const kernel = compiled.get(config.kernel) ?? unreachable("no kernel", config.kernel);
    const problem = await problemOf(kernel, config);
    if (problem !== undefined) failures.push(`${repeat(file, kernel, config)}\n    ${problem}`);
  }
  return { ran: configs.length, failures };
};

const problemOf = async (kernel: CompiledKernel, config: Config): Promise<string | undefined> => {
  const { program } = kernel;
  try {
    const run = await runKernel(kernel, {
      dims: only(config.values, program.dims),
      scalars: only(
        config.values,
        program.scalars.map((s) => s.name),
      ),
      seed: config.seed,
      arch: config.arch,
      workers: 0,
    });
    const wrong = run.judgements.filter((j) => !j.accuracy.pass);
    return wrong.length === 0 ? undefined : JSON.stringify(wrong);
  } catch (error) {
    if (error instanceof DiagnosticError) return error.message;
    return error instanceof Error ? error.stack : String(error);
  }
};

const only = (
  values: Config["values"],
  names: readonly string[],
): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));

const repeat = (file: string, kernel: CompiledKernel, { arch, values, seed }: Config): string => {
  const { name, program } = kernel;
  const names = [...program.dims, ...program.scalars.map((s) => s.name)];
  const sizes = Object.entries(only(values, names)).map(([size, value]) => `${size}=${value}`);
  return `node dist/codegen/cli.js simulate ${file} --kernel ${name} --arch ${arch} --dims ${sizes.join(",")} --seed ${seed}`;
};
