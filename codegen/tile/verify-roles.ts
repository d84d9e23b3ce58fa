// Roles: their warps and register budgets, and which statements may stand where. One thread has no rows of a
// tile; all threads of a block meet only where no role has gone its own way.

import type { Arch } from "../arch/arch.ts";
import { archs } from "../arch/archs.ts";
import { codes } from "../base/codes.ts";
import type { Span } from "../base/span.ts";
import { opOf, wordOf } from "./ops.ts";
import type { Kernel, Role, Step } from "./program.ts";
import type { Statement, StatementKind } from "./statement.ts";
import type { At } from "./verify-at.ts";
import type { Check } from "./verify-check.ts";
import { statementsOf } from "./walk.ts";

const whole = (n: number | undefined, least: number, most: number): boolean =>
  n === undefined || (Number.isInteger(n) && n >= least && n <= most);

/** Warps of a role: what it says, or all of the block's. */
export const warpsOf = (kernel: Kernel, role: Role): number =>
  role.warps ?? kernel.launch?.warps ?? 1;

const archOf = (check: Check): Arch | undefined => check.program.arch && archs[check.program.arch];

/** Reports what only architectures with warpgroups have. Without an architecture there is nothing to ask. */
export const needWarpgroups = (check: Check, what: string, span: Span | undefined): void => {
  const arch = archOf(check);
  if (arch?.warpgroups === false) check.report(codes.needsWarpgroups(span, what, arch.name));
};

export const checkWarps = (check: Check, kernel: Kernel): void => {
  const { launch, roles } = kernel;
  if (launch === undefined) return;
  if (!whole(launch.warps, 1, 32))
    check.report(codes.badSize(kernel.span, "the number of warps", launch.warps, "1 to 32"));
  if (!whole(launch.blocksPerSM, 1, 32))
    check.report(codes.badSize(kernel.span, "blocks_per_sm", launch.blocksPerSM, "1 to 32"));
  for (const role of roles) checkRole(check, kernel, role);
  const warps = roles.reduce((sum, role) => sum + warpsOf(kernel, role), 0);
  if (roles.length > 1 && warps !== launch.warps)
    check.report(
      codes.badSize(kernel.span, "the sum of the roles' warps", warps, `${launch.warps}`),
    );
  checkPool(check, kernel, launch);
};

const checkRole = (check: Check, kernel: Kernel, role: Role): void => {
  const { name, registers, span } = role;
  if (role.single) needWarpgroups(check, `the role ${name} of one thread`, span);
  if (registers === undefined) return;
  needWarpgroups(check, `the register budget of ${name}`, span);
  if (!whole(registers, 24, 240) || registers % 8 !== 0)
    check.report(
      codes.badSize(span, "the register budget", registers, "a multiple of 8 from 24 to 240"),
    );
  const warps = warpsOf(kernel, role);
  if (warps % 4 !== 0)
    check.report(
      codes.badSize(span, `the warps of ${name}, with a budget,`, warps, "a multiple of 4"),
    );
};

/** Budgets are served from what the block was launched with, not from the whole file (PTX 9.7, setmaxnreg). */
const checkPool = (
  check: Check,
  kernel: Kernel,
  { warps, blocksPerSM }: NonNullable<Kernel["launch"]>,
): void => {
  const arch = archOf(check);
  const eights = (n: number): number => Math.floor(n / 8) * 8;
  if (arch === undefined || kernel.roles.every((role) => role.registers === undefined)) return;
  const share = arch.registersPerSM / (blocksPerSM * warps * 32);
  const launched = eights(Math.min(share, arch.maxRegistersPerThread));
  const asked = kernel.roles.reduce(
    (sum, role) => sum + 32 * warpsOf(kernel, role) * (role.registers ?? launched),
    0,
  );
  const pool = launched * warps * 32;
  if (asked > pool) check.report(codes.registerPool(kernel.span, asked, pool, launched));
};

/** What readies the block: scalars, and all threads together. */
const startKinds: ReadonlySet<StatementKind> = new Set<StatementKind>([
  ...(["let", "for", "if", "init_barriers", "barrier"] as const),
]);

/** Where a statement stands that the role or the start cannot run; undefined: it can. */
const misplaced = (at: At, s: Statement): string | undefined => {
  const { kernel, place } = at;
  if (place === "start") return startKinds.has(s.kind) ? undefined : "the start of the block";
  if (place === undefined) return undefined;
  if (place.single && opOf(s).alone !== true) return `${place.name}, a role of one thread`;
  if (!place.single && s.kind === "bulk_copy") return `${place.name}, which many threads run`;
  if (kernel.roles.length > 1 && s.kind === "barrier")
    return `${place.name}, which other roles never meet`;
  return undefined;
};

export const checkPlace = (at: At, s: Statement): void => {
  const all = s.kind === "call" ? [s, ...calledBy(at.callable, s.step)] : [s];
  for (const one of all) {
    const where = misplaced(at, one);
    if (where === undefined) continue;
    return at.check.report(codes.wrongRole(s.span, wordOf(one), where));
  }
};

/** All statements that a call runs; steps call only steps above them, so this ends. */
export const calledBy = (callable: readonly Step[], name: string): readonly Statement[] => {
  const i = callable.findIndex((step) => step.name === name);
  const above = callable.slice(0, Math.max(i, 0));
  return [...statementsOf(callable[i]?.body ?? [])].flatMap((s) =>
    s.kind === "call" ? [s, ...calledBy(above, s.step)] : [s],
  );
};
