// One block of a kernel's grid: its memory, its roles, and turns for each role until all are done.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { BarrierDecl, Kernel, Role } from "../tile/program.ts";
import { statementsOf } from "../tile/walk.ts";
import { Clocks } from "./clocks.ts";
import { type Block, type Context, Registers, type RoleWarps, shapeIn } from "./context.ts";
import { type Blocked, type Run, runBody } from "./interpret.ts";
import type { Launch } from "./launch.ts";
import { Mbarrier } from "./mbarriers.ts";
import { Scope } from "./scope.ts";
import { linkAliases, sharedTile } from "./shared.ts";
import { show, spanOf } from "./site.ts";

export const runBlock = (launch: Launch, index: number): void =>
  takeTurns(
    contextsOf(launch, index).map((context) => ({
      name: context.warps.role.name,
      run: runBody(context.warps.role.body, context),
    })),
  );

/** What each role of a block begins with. */
export const contextsOf = (launch: Launch, index: number): readonly Context[] => {
  const roles = assignWarps(launch.kernel);
  const block = makeBlock(launch, index, roles);
  return roles.map((warps) => contextFor(block, warps, index));
};

/** An unscheduled program has no warps: one stands for all threads. */
const assignWarps = (kernel: Kernel): readonly RoleWarps[] => {
  let firstWarp = 0;
  return kernel.roles.map((role) => {
    const warps = { role, firstWarp, count: role.warps ?? kernel.launch?.warps ?? 1 };
    firstWarp += warps.count;
    return warps;
  });
};

const makeBlock = (launch: Launch, index: number, roles: readonly RoleWarps[]): Block => {
  const { kernel, firstBlock } = launch;
  const clocks = new Clocks(roles.reduce((n, r) => n + r.count, 0));
  const shared = new Map(
    kernel.tiles
      .filter((tile) => tile.place.kind === "shared")
      .map((tile) => [tile.name, sharedTile(shapeIn(launch, tile), clocks)]),
  );
  linkAliases([...shared.values()]);
  const mbarriers = new Map(
    kernel.barriers.map((decl) => [decl.name, phases(decl, kernel, roles, clocks)]),
  );
  return {
    launch,
    actor: { number: firstBlock + index, firstBlock },
    clocks,
    shared,
    mbarriers,
    meeting: { done: 0, waiting: 0 },
    roles: roles.length,
  };
};

/** A phase needs one arrival of each thread of the roles that arrive there. */
const phases = (
  decl: BarrierDecl,
  kernel: Kernel,
  roles: readonly RoleWarps[],
  clocks: Clocks,
): readonly Mbarrier[] => {
  const arriving = roles.filter((r) => arrivesAt(decl.name, r.role, kernel));
  const expected = arriving.reduce((n, r) => n + r.count, 0);
  return Array.from(
    { length: decl.stages },
    (_, stage) => new Mbarrier(`${decl.name}[${stage}]`, expected, clocks),
  );
};

const arrivesAt = (
  barrier: string,
  role: Role | Kernel["steps"][number],
  kernel: Kernel,
): boolean =>
  statementsOf(role.body).some((s) => {
    if (s.kind === "arrive") return s.barrier.barrier === barrier;
    const step = s.kind === "call" ? kernel.steps.find((step) => step.name === s.step) : undefined;
    return step !== undefined && arrivesAt(barrier, step, kernel);
  });

const contextFor = (block: Block, warps: RoleWarps, index: number): Context => {
  const scope = new Scope(block.launch.scope);
  const { values, origins } = block.launch.point(index);
  for (const [name, value] of values) scope.set(name, value);
  const registers = new Registers(block.launch.kernel.tiles, block, warps.count);
  const active = Array.from({ length: warps.count }, (_, warp) => warp);
  return { block, warps, scope, registers, active, origins, columns: undefined };
};

interface Turn {
  readonly name: string;
  readonly run: Run;
  blocked?: Blocked;
}

/** Runs whichever role can go on; when none can, they wait for each other for ever. */
const takeTurns = (all: readonly Turn[]): void => {
  let turns = all;
  while (turns.length > 0) {
    const able = turns.filter((turn) => turn.blocked === undefined || turn.blocked.ready());
    if (able.length === 0) return reportDeadlock(turns);
    const done = new Set<Turn>();
    for (const turn of able) {
      const next = turn.run.next();
      if (next.done === true) done.add(turn);
      else turn.blocked = next.value;
    }
    turns = turns.filter((turn) => !done.has(turn));
  }
};

const reportDeadlock = (turns: readonly Turn[]): never => {
  const waits = turns.map(({ name, blocked }) => `role ${name} at ${show(blocked!.site)}`);
  return fail(codes.deadlock(spanOf(turns[0]!.blocked!.site), waits.join(", ")));
};
