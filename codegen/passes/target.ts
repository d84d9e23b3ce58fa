// What passes work towards: an architecture, and the tile sizes planned for this program on it.

import type { Arch } from "../arch/arch.ts";
import type { Program } from "../tile/program.ts";

export interface Budgets {
  readonly compute: number;
  readonly load: number;
}

export interface Plan {
  /** Rows of queries and columns of keys in a tile. */
  readonly q: number;
  readonly kv: number;
  /** That compute. */
  readonly warps: number;
  readonly blocksPerSM: number;
  /** Buffers for each tensor that the loop loads: 1 is guarded by block barriers, more by mbarriers. */
  readonly stages: number;
  readonly queries: "registers" | "shared";
  /** Whether whole tiles are weighed by the maximum so far, and done again where that was too low. */
  readonly lazyMaximum: boolean;
  /** Parts of the keys; absent where they are not split. */
  readonly splits?: number | "auto";
  /** Registers a thread of the warps that compute and of those that load; absent where warps do not specialise. */
  readonly budgets?: Budgets;
  /** Why these sizes, one sentence each. */
  readonly reasons: readonly string[];
}

export interface Target {
  readonly arch: Arch;
  readonly plan: Plan;
}

/** Pure; what must hold before and after stands at each pass. */
export type Pass = (program: Program, target: Target) => Program;
