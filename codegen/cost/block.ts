// What a block costs: the work of its warps, and how long it takes beside others of its kind.

import type { Arch } from "../arch/arch.ts";
import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, Role } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import { demandOf, serialClocks } from "./demand.ts";
import type { Itinerary } from "./itinerary.ts";
import { timeBesideOthers } from "./overlap.ts";
import { workOf } from "./statement.ts";
import { type Work, sum, times } from "./work.ts";

export interface BlockCost {
  /** Of all its warps. */
  readonly work: Work;
  /** Of the block while so many of its kind share its SM, itself included. */
  clocksBeside(residents: number): number;
}

/** Costs of a kernel's statements, each found once. */
export class Costs {
  readonly #known = new Map<Role, Map<Statement, StatementCost>>();
  readonly #kernel: Kernel;
  readonly #arch: Arch;

  constructor(kernel: Kernel, arch: Arch) {
    this.#kernel = kernel;
    this.#arch = arch;
  }

  /** Clocks of a warp of that role, were it alone. */
  clocks(role: Role, s: Statement): number {
    return this.#of(role, s).clocks;
  }

  block(itinerary: Itinerary): BlockCost {
    const roles = itinerary.map(({ role, executions, stalls }) => {
      const all = [...executions].map(([s, n]) => times(this.#of(role, s).work, n));
      return { warps: this.#warps(role), work: sum(all), stalls };
    });
    const warps = roles.reduce((n, role) => n + role.warps, 0);
    const total = sum(roles.map((role) => times(role.work, role.warps)));
    const stalls = roles.reduce((n, role) => n + role.stalls * role.warps, 0) / warps;
    const mean = demandOf(times(total, 1 / warps), this.#arch, stalls);
    return { work: total, clocksBeside: memoised((n) => timeBesideOthers(mean, n * warps)) };
  }

  #warps(role: Role): number {
    return role.warps ?? this.#kernel.launch?.warps ?? unreachable("the program is not scheduled");
  }

  #of(role: Role, s: Statement): StatementCost {
    const costs = this.#known.get(role) ?? new Map<Statement, StatementCost>();
    this.#known.set(role, costs);
    const known = costs.get(s);
    if (known) return known;
    const work = workOf(s, { kernel: this.#kernel, arch: this.#arch, warps: this.#warps(role) });
    const cost = { work, clocks: serialClocks(demandOf(work, this.#arch)) };
    costs.set(s, cost);
    return cost;
  }
}

interface StatementCost {
  readonly work: Work;
  readonly clocks: number;
}

const memoised = (f: (n: number) => number): ((n: number) => number) => {
  const known: number[] = [];
  return (n) => (known[n] ??= f(n));
};
