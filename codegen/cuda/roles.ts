// Who runs what: the warps of each role, and how many of them arrive at an mbarrier. The first role has the block's first
// warps; rows are dealt to the warps of the role that computes.

import { unreachable } from "../base/diagnostic.ts";
import type { BarrierDecl, Kernel, Role, Step } from "../tile/program.ts";
import { statementsOf } from "../tile/walk.ts";

/** The one role whose threads hold tiles. */
export const computingRole = (kernel: Kernel): Role => {
  const [role = unreachable(`no role of ${kernel.name} computes`), ...others] = kernel.roles.filter(
    (r) => !r.single,
  );
  return others.length === 0 ? role : unreachable(`${kernel.name} has two roles that compute`);
};

export const warpConstant = (kernel: Kernel, role: Role): string =>
  kernel.roles.length === 1 ? "WARPS" : `${role.name.toUpperCase()}_WARPS`;

/** Roles whose warps the text counts: those that others stand behind, and those that are counted at mbarriers. */
export const namedRoles = (kernel: Kernel): readonly Role[] =>
  kernel.roles.filter(
    (role) =>
      role !== kernel.roles.at(-1) ||
      kernel.barriers.some((b) => b.counts !== "bytes" && arrivesAt(kernel, role, b.name)),
  );

export const roleThreads = (kernel: Kernel, role: Role): string =>
  kernel.roles.length === 1 ? "THREADS" : `${warpConstant(kernel, role)} * 32`;

/** Arrivals that complete a phase, as the text counts them. */
export const arrivalsOf = (kernel: Kernel, barrier: BarrierDecl): string => {
  switch (barrier.counts) {
    case "bytes":
      return "1";
    case "threads":
      return arriving(kernel, barrier, (role) => roleThreads(kernel, role));
    case "warps":
      return arriving(kernel, barrier, (role) => warpConstant(kernel, role));
  }
};

/** Where nobody arrives, whoever awaits waits for ever: any count will do. */
const arriving = (kernel: Kernel, barrier: BarrierDecl, count: (role: Role) => string): string => {
  const counts = kernel.roles.filter((role) => arrivesAt(kernel, role, barrier.name)).map(count);
  return counts.length > 0 ? counts.join(" + ") : "1";
};

const arrivesAt = (kernel: Kernel, part: Role | Step, barrier: string): boolean =>
  [...statementsOf(part.body)].some((s) => {
    if (s.kind === "arrive") return s.barrier.barrier === barrier;
    const step = s.kind === "call" ? kernel.steps.find((x) => x.name === s.step) : undefined;
    return step !== undefined && arrivesAt(kernel, step, barrier);
  });
