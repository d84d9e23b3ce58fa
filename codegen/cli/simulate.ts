// `tilewright simulate`: the scheduled program of an architecture against the oracle, on given or random
// inputs.

import type { ArchName } from "../arch/arch.ts";
import { codes } from "../base/codes.ts";
import type { Diagnostic } from "../base/diagnostic.ts";
import { archs } from "../arch/archs.ts";
import { type CompiledKernel, scheduled } from "../compile.ts";
import { executionsOf } from "../cost/executions.ts";
import { type SharedTraffic, sharedTraffic, showSharedTraffic } from "../explain/shared-traffic.ts";
import type { NdArray } from "../sim/ndarray.ts";
import { type Run, runKernel } from "../simulate.ts";
import { type OutputFile, writeFiles } from "./files.ts";
import { readInputs } from "./inputs.ts";
import { writeNpy } from "./npy.ts";
import type { Report } from "./report.ts";
import { launchValues, smallSizes, type Values } from "./sizes.ts";
import { kernelsOf, type SourceFlags } from "./source.ts";

export interface SimulateFlags extends SourceFlags {
  readonly arch: ArchName;
  /** Sizes and launch scalars that the user chose. */
  readonly given: Values;
  readonly seed: number;
  readonly inputs?: string;
  readonly save?: string;
}

interface Result {
  readonly kernel: string;
  readonly arch: ArchName;
  readonly dims: Values;
  readonly seed: number;
  readonly seconds: number;
  readonly outputs: readonly OutputResult[];
  readonly sharedTraffic: readonly SharedTraffic[];
}

/** As the JSON document has it; a `.tile` file has no reference, so its errors are null. */
interface OutputResult {
  readonly name: string;
  readonly shape: readonly number[];
  readonly maxAbsError: number | null;
  readonly rmse: number | null;
  readonly bound: number | null;
  readonly pass: boolean;
}

export const simulate = async (file: string, flags: SimulateFlags): Promise<Report> => {
  const results: Result[] = [];
  const saved: OutputFile[] = [];
  for (const { kernel } of await kernelsOf([file], flags)) {
    const { sizes, scalars } = launchValues(kernel.program, flags.given, smallSizes);
    const inputs = flags.inputs === undefined ? {} : readInputs(kernel, flags.inputs);
    const { arch, seed } = flags;
    const run = await runKernel(kernel, { dims: sizes, scalars, inputs, seed, arch });
    const dims = { ...sizes, ...scalars };
    results.push({
      kernel: kernel.name,
      arch: run.arch,
      dims,
      seed,
      seconds: run.seconds,
      outputs: outputResults(run),
      sharedTraffic: trafficOf(kernel, run.arch, dims),
    });
    saved.push(...Object.entries(run.outputs).map(([name, array]) => npyFile(name, array)));
  }
  const paths = flags.save === undefined ? [] : writeFiles(flags.save, saved);
  return {
    results,
    lines: [...results.flatMap(show), ...paths],
    diagnostics: results.flatMap((r) => failures(r, file)),
  };
};

const trafficOf = (
  kernel: CompiledKernel,
  arch: ArchName,
  values: Values,
): readonly SharedTraffic[] => {
  const program = scheduled(kernel, arch);
  return sharedTraffic(program, archs[arch], executionsOf(program, archs[arch], values));
};

const outputResults = (run: Run): readonly OutputResult[] =>
  run.judgements.length > 0
    ? run.judgements.map((j) => j.accuracy)
    : Object.entries(run.outputs).map(([name, { shape }]) => ({
        name,
        shape,
        maxAbsError: null,
        rmse: null,
        bound: null,
        pass: true,
      }));

const npyFile = (name: string, array: NdArray): OutputFile => ({
  name: `${name}.npy`,
  data: writeNpy(array.shape, Float32Array.from(array.values())),
});

const show = ({
  kernel,
  arch,
  dims,
  seconds,
  outputs,
  sharedTraffic,
}: Result): readonly string[] => [
  `${kernel} ${arch}, ${pairs(dims)}: ${seconds.toFixed(2)} s`,
  ...outputs.map(({ name, shape, maxAbsError, bound, pass }) =>
    maxAbsError === null || bound === null
      ? `  ${name} [${shape.join(", ")}]: no reference, only run`
      : `  ${name} [${shape.join(", ")}]: error ${maxAbsError.toExponential(2)} of ${bound.toExponential(2)} allowed: ${pass ? "exact enough" : "WRONG"}`,
  ),
  `  ${showSharedTraffic(sharedTraffic)}`,
];

const pairs = (values: Values): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");

const failures = (
  { kernel, arch, dims, seed, outputs }: Result,
  file: string,
): readonly Diagnostic[] =>
  outputs
    .filter((o) => !o.pass)
    .map((o) =>
      codes.inexact(
        undefined,
        `${kernel}.${o.name}`,
        String(o.maxAbsError),
        String(o.bound),
        `tilewright simulate ${file} --kernel ${kernel} --arch ${arch} --dims ${pairs(dims)} --seed ${seed}`,
      ),
    );
