// One block of a kernel's grid: its memory, its start, and then its roles side by side until all are done.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Kernel, Role } from "../tile/program.ts";
import { arrivals, assignWarps, type Cast, numbers, warpCount } from "./casts.ts";
import { Clocks } from "./clocks.ts";
import { type Block, type Context, Registers, shapeIn } from "./context.ts";
import { runBody } from "./interpret.ts";
import type { Launch } from "./launch.ts";
import { MatrixUnit } from "./matrix-unit.ts";
import { Mbarrier } from "./mbarriers.ts";
import { type Blocked, Meeting, type Run, Turns } from "./meetings.ts";
import { Scope } from "./scope.ts";
import { linkAliases, sharedTile } from "./shared.ts";
import { show, spanOf } from "./site.ts";

/** Where all warps of a block stand before anything has run. */
export const contextOf = (launch: Launch, index: number): Context => {
  const casts = assignWarps(launch.kernel);
  return startContext(makeBlock(launch, casts, index), casts, index);
};

export const runBlock = (launch: Launch, index: number): void => {
  const casts = assignWarps(launch.kernel);
  const start = startContext(makeBlock(launch, casts, index), casts, index);
  interleave([{ name: "the start", run: runBody(launch.kernel.start, start) }]);
  const meeting = new Meeting(casts.reduce((n, cast) => n + cast.groups.length, 0));
  interleave(casts.flatMap((cast) => parts(cast, start, meeting)));
};

const makeBlock = (launch: Launch, casts: readonly Cast[], index: number): Block => {
  const { kernel, firstBlock } = launch;
  const landings = kernel.barriers.filter((b) => b.counts === "bytes");
  const clocks = new Clocks(
    warpCount(casts),
    landings.reduce((n, b) => n + b.stages, 0),
  );
  const shared = new Map(
    kernel.tiles
      .filter((tile) => tile.place.kind === "shared")
      .map((tile) => [tile.name, sharedTile(shapeIn(launch, tile), clocks)]),
  );
  linkAliases([...shared.values()]);
  const actor = { number: firstBlock + index, firstBlock };
  return { launch, actor, clocks, shared, mbarriers: makeBarriers(kernel, casts, clocks) };
};

const makeBarriers = (
  kernel: Kernel,
  casts: readonly Cast[],
  clocks: Clocks,
): Block["mbarriers"] => {
  let landings = 0;
  return new Map(
    kernel.barriers.map((decl) => {
      const expected = arrivals(decl, kernel, casts);
      const stages = numbers(decl.stages).map((stage) => {
        const landing = decl.counts === "bytes" ? clocks.landing(landings++) : undefined;
        return new Mbarrier(`${decl.name}[${stage}]`, expected, clocks, landing);
      });
      return [decl.name, stages];
    }),
  );
};

const startContext = (block: Block, casts: readonly Cast[], index: number): Context => {
  const { kernel, scope: outer, point } = block.launch;
  const { values, origins } = point(index);
  const scope = new Scope(outer);
  for (const [name, value] of values) scope.set(name, value);
  const count = warpCount(casts);
  const alone = new Meeting(1);
  return {
    block,
    warps: { firstWarp: 0, count },
    meetings: { block: alone, role: alone },
    turns: new Turns(1),
    group: 0,
    unit: new MatrixUnit(),
    scope,
    registers: new Registers(kernel.tiles, block, count),
    active: numbers(count),
    origins,
    columns: undefined,
  };
};

/** What each group of a role's warps runs, after the start. */
const parts = (cast: Cast, start: Context, block: Meeting): readonly Part[] => {
  const { role, groups, count } = cast;
  const meetings = { block, role: new Meeting(groups.length) };
  const turns = new Turns(groups.length);
  return groups.map((active, group) => {
    const registers = new Registers(start.block.launch.kernel.tiles, start.block, count);
    const scope = new Scope(start.scope);
    const unit = new MatrixUnit();
    const own = { warps: cast, meetings, turns, group, unit, scope, registers, active };
    const name = `${groups.length > 1 ? `warpgroup ${group} of ` : ""}role ${role.name}`;
    return { name, run: runRole(role, { ...start, ...own }) };
  });
};

function* runRole(role: Role, context: Context): Run {
  yield* runBody(role.body, context);
  context.unit.checkReturned(`role ${role.name}`, () => true);
}

interface Part {
  readonly name: string;
  readonly run: Run;
  blocked?: Blocked;
}

/** Runs whichever part can go on; when none can, they wait for each other for ever. */
const interleave = (all: readonly Part[]): void => {
  let parts = all;
  while (parts.length > 0) {
    const able = parts.filter((part) => part.blocked === undefined || part.blocked.ready());
    if (able.length === 0) return reportDeadlock(parts);
    const done = new Set<Part>();
    for (const part of able) {
      const next = part.run.next();
      if (next.done === true) done.add(part);
      else part.blocked = next.value;
    }
    parts = parts.filter((part) => !done.has(part));
  }
};

const reportDeadlock = (parts: readonly Part[]): never => {
  const waits = parts.map(({ name, blocked }) => `${name} at ${show(blocked!.site)}`);
  return fail(codes.deadlock(spanOf(parts[0]!.blocked!.site), waits.join(", ")));
};
