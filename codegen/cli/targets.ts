// Which architectures a command means for a kernel.

import type { ArchName } from "../arch/arch.ts";
import { portableArchs } from "../arch/archs.ts";
import { type CompiledKernel, refusal } from "../compile.ts";

export interface Targets {
  readonly archs: readonly ArchName[];
  /** Why others of `all` were left out, a sentence each. */
  readonly left: readonly string[];
}

/** Those that are named, or of all portable ones those that can run the kernel. */
export const targets = (kernel: CompiledKernel, wanted: readonly ArchName[] | "all"): Targets => {
  if (wanted !== "all") return { archs: wanted, left: [] };
  const refusals = portableArchs.map((arch) => ({ arch, why: refusal(kernel, arch) }));
  return {
    archs: refusals.flatMap(({ arch, why }) => (why ? [] : [arch])),
    left: refusals.flatMap(({ arch, why }) => (why ? [`not for ${arch}: ${why.message}`] : [])),
  };
};
