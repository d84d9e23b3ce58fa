// What was decided for a kernel on an architecture, and what that costs: facts gathered, nothing printed.

import { archs } from "../arch/archs.ts";
import type { Arch, ArchName } from "../arch/arch.ts";
import { fail } from "../base/diagnostic.ts";
import { codes } from "../base/codes.ts";
import { type CompiledKernel, override, scheduled } from "../compile.ts";
import { executionsOf } from "../cost/executions.ts";
import { type BlockNeeds, type Occupancy, occupancy } from "../cost/occupancy.ts";
import { type Estimate, type Roofline, roofline } from "../cost/roofline.ts";
import { type SharedBuffer, sharedBuffers } from "../cost/shared.ts";
import { sharedBytes } from "../tile/size.ts";
import { trust } from "../cost/trust.ts";
import { evaluate } from "../expr/evaluate.ts";
import type { Expr } from "../expr/expr.ts";
import { plan } from "../passes/plan.ts";
import type { Plan } from "../passes/target.ts";
import type { Kernel, Program, Role } from "../tile/program.ts";
import { type KeyReport, keyReports } from "./keys.ts";
import { type SharedTraffic, sharedTraffic } from "./shared-traffic.ts";

export interface Explanation {
  readonly kernel: string;
  readonly arch: Arch;
  readonly values: Readonly<Record<string, number>>;
  readonly plan: Plan;
  readonly keys: readonly KeyReport[];
  readonly buffers: readonly SharedBuffer[];
  readonly sharedBytes: number;
  readonly threads: number;
  /** Who does what in a block, where warps specialise. */
  readonly roles: readonly Omit<Role, "body" | "span">[];
  readonly sharedTraffic: readonly SharedTraffic[];
  /** Inputs once and outputs once. */
  readonly bytes: number;
  readonly roofline: Omit<Roofline, "estimate">;
  /** Only a model that has met what was measured may speak of what was not. */
  readonly estimate: Estimate | null;
  /** Why the estimate may be trusted, or may not be given. */
  readonly evidence: string;
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
  const bytes = tensorBytes(ready, values);
  const { trusted, evidence } = trust(arch);
  const { estimate, ...facts } = roofline(ready, arch, values, bytes);
  return {
    kernel: kernel.name,
    arch,
    values,
    plan: plan(program, arch, override(kernel, arch)),
    keys: keyReports(kernel, arch),
    buffers: ready.kernels.flatMap(sharedBuffers),
    sharedBytes: Math.max(...ready.kernels.map(sharedBytes)),
    threads: 32 * Math.max(...ready.kernels.map((k) => k.launch?.warps ?? 1)),
    roles: ready.kernels.flatMap(rolesOf),
    sharedTraffic: sharedTraffic(ready, arch, executionsOf(ready, arch, values)),
    bytes,
    roofline: facts,
    estimate: trusted ? estimate : null,
    evidence,
  };
};

const rolesOf = ({ roles }: Kernel): Explanation["roles"] =>
  roles.length === 1 ? [] : roles.map(({ body: _, span: __, ...role }) => role);

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
