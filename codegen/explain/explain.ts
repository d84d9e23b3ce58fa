// What was decided for a kernel on an architecture, and what that costs: facts gathered, nothing printed.

import { archs } from "../arch/archs.ts";
import type { Arch, ArchName } from "../arch/arch.ts";
import { fail } from "../base/diagnostic.ts";
import { codes } from "../base/codes.ts";
import { type CompiledKernel, override, scheduled } from "../compile.ts";
import { evaluate } from "../expr/evaluate.ts";
import type { Expr } from "../expr/expr.ts";
import { plan } from "../passes/plan.ts";
import type { Plan } from "../passes/target.ts";
import type { Program } from "../tile/program.ts";
import { type Counts, dryRun } from "./dry-run.ts";
import { type KeyReport, keyReports } from "./keys.ts";
import { type BlockNeeds, type Occupancy, occupancy } from "./occupancy.ts";
import { type Bound, roofline } from "./roofline.ts";
import { type SharedTraffic, sharedTraffic } from "./shared-traffic.ts";
import { type SharedBuffer, sharedBuffers, sharedBytes } from "./shared.ts";

export interface Explanation {
  readonly kernel: string;
  readonly arch: Arch;
  readonly values: Readonly<Record<string, number>>;
  readonly plan: Plan;
  readonly keys: readonly KeyReport[];
  readonly buffers: readonly SharedBuffer[];
  readonly sharedBytes: number;
  readonly threads: number;
  readonly counts: Counts;
  readonly sharedTraffic: readonly SharedTraffic[];
  /** Inputs once and outputs once. */
  readonly bytes: number;
  readonly bounds: readonly Bound[];
}

/** `values`: sizes and launch scalars, for the counts. */
export const explainKernel = (
  kernel: CompiledKernel,
  archName: ArchName,
  values: Readonly<Record<string, number>>,
): Explanation => {
  const { program } = kernel;
  if (program.arch !== undefined)
    return fail(codes.onlyRun(undefined, program.source, "an explanation of its schedule"));
  const arch = archs[archName];
  const ready = scheduled(kernel, archName);
  const { counts, executions } = dryRun(ready, values);
  const bytes = tensorBytes(ready, values);
  return {
    kernel: kernel.name,
    arch,
    values,
    plan: plan(program, arch, override(kernel, arch)),
    keys: keyReports(kernel, arch),
    buffers: ready.kernels.flatMap(sharedBuffers),
    sharedBytes: Math.max(...ready.kernels.map(sharedBytes)),
    threads: 32 * Math.max(...ready.kernels.map((k) => k.launch?.warps ?? 1)),
    counts,
    sharedTraffic: sharedTraffic(ready, arch, executions),
    bytes,
    bounds: roofline(arch, { ...counts, bytes }),
  };
};

/** Once the registers are known. */
export const occupancyOf = (e: Explanation, registers: number): Occupancy => {
  const needs: BlockNeeds = { threads: e.threads, registers, shared: e.sharedBytes };
  return occupancy(e.arch, needs);
};

const tensorBytes = (program: Program, values: Readonly<Record<string, number>>): number => {
  const extent = (e: Expr): number =>
    evaluate(e, { variable: (n) => values[n] ?? Number.NaN, load: () => Number.NaN }, "f64");
  return [...program.inputs, ...program.outputs]
    .map((t) => t.axes.reduce<number>((n, a) => n * extent(a.extent), elementBytes[t.dtype]))
    .reduce((a, b) => a + b, 0);
};

const elementBytes = { f16: 2, bf16: 2, f32: 4, i32: 4 } as const;
