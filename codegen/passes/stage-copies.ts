// Makes loads asynchronous copies to shared memory, ahead of their use. Before: a step that loads its
// tiles where it needs them, called in loops inside an `if` that tells whether they run at all. After: copies,
// waits and barriers; the loop's first copies stand before the loops.
//
// One buffer a tensor: before each use, `wait` and `barrier` make the tile visible and free the one used
// before, whose next copy starts there (block-barriers.ts). More buffers: mbarriers say when a
// stage is full or free, so that warps may drift (barrier-ring.ts). Where copies cannot be asynchronous, they pass
// through registers (register-staging.ts).

import type { Kernel, Step, TileDecl } from "../tile/program.ts";
import type { LoadTile, Statement } from "../tile/statement.ts";
import { barrierRing } from "./barrier-ring.ts";
import { blockBarriers } from "./block-barriers.ts";
import { editKernels, findTile } from "./edit.ts";
import { registerStaging } from "./register-staging.ts";
import { type Staging, type Turn, loadsOf, replaceOperand } from "./staging.ts";
import type { Pass, Target } from "./target.ts";
import { calls, visitsOf } from "./visits.ts";

const stageKernel = (kernel: Kernel, { arch, plan }: Target): Kernel => {
  const once = kernel.roles.flatMap((r) => loadsOf(r.body));
  const gets =
    plan.queries === "registers" ? once.map((s) => operandOf(findTile(kernel.tiles, s.to))) : [];
  const steps = kernel.steps.filter((step) => loadsOf(step.body).length > 0);
  const stagingOf = (loads: readonly LoadTile[]): Staging =>
    !arch.asyncCopies
      ? registerStaging(kernel, loads)
      : plan.stages === 1 && loads.length !== 1
        ? blockBarriers(loads)
        : barrierRing(loads, plan.stages);
  const stagings = steps.map((step) => ({ step, staging: stagingOf(loadsOf(step.body)) }));
  const alone = stagings.length === 1;
  const first = steps[0];
  const staged = stagings.reduce(
    (k, { step, staging }) => applyStaging(k, step, staging, alone ? once : [], gets, alone),
    kernel,
  );
  if (alone || first === undefined) return staged;
  const turn: Turn = { step: first, visits: visitsOf(kernel, first) };
  return beforeLoops(
    staged,
    turn,
    stagingOf([]),
    stagings.map((x) => x.staging),
    once,
    gets,
  );
};

/** Several loops: what all of them need is there before the first, whichever of them run. */
const beforeLoops = (
  kernel: Kernel,
  turn: Turn,
  start: Staging,
  stagings: readonly Staging[],
  once: readonly LoadTile[],
  gets: readonly Operand[],
): Kernel => {
  const setup = stagings.find((s) => s.setup.length > 0)?.setup ?? [];
  const body = [...setup, ...start.prologue(turn, once), ...start.landed, ...gets.map(get)];
  return {
    ...kernel,
    tiles: [
      ...kernel.tiles.map((t) => inShared(t, new Map(once.map((l) => [l.to, 1])))),
      ...gets.map((g) => g.tile),
      ...(start.passing?.prologue(once) ?? []),
    ],
    roles: kernel.roles.map((role) => {
      const loop = role.body.findIndex((s) => calls([s], turn.step.name));
      return { ...role, body: role.body.toSpliced(loop, 0, ...body) };
    }),
  };
};

/** Tiles that the role loads once, before the loop: they join the loop's first copies. */
const applyStaging = (
  kernel: Kernel,
  step: Step,
  staging: Staging,
  once: readonly LoadTile[],
  gets: readonly Operand[],
  alone: boolean,
): Kernel => {
  const turn: Turn = { step, visits: visitsOf(kernel, step) };
  const body = gets.reduce((b, g) => replaceOperand(b, g.from, g.tile.name), staging.step(turn));
  const tiles = [...step.tiles, ...(staging.passing?.step ?? [])];
  const staged = new Map<string, number>([
    ...staging.loads.map((l) => [l.to, staging.stages] as const),
    ...once.map((l) => [l.to, 1] as const),
  ]);
  const isFirst = kernel.steps.indexOf(step) === 0;
  const free: Statement = { kind: "barrier", note: "every warp is done with the loop before" };
  const prologue: readonly Statement[] = [
    ...(isFirst ? [] : [free]),
    ...(alone ? staging.setup : []),
    ...staging.prologue(turn, once),
    ...(alone && gets.length > 0 ? staging.landed : []),
    ...(alone ? gets.map(get) : []),
  ];
  return {
    ...kernel,
    tiles: [
      ...kernel.tiles.map((t) => inShared(t, staged)),
      ...(alone ? gets.map((g) => g.tile) : []),
      ...(staging.passing?.prologue(once) ?? []),
    ],
    barriers: [...kernel.barriers, ...staging.barriers],
    steps: kernel.steps.map((s) => (s.name === step.name ? { ...s, tiles, body } : s)),
    roles: kernel.roles.map((role) => ({
      ...role,
      body: role.body.flatMap((s): readonly Statement[] => {
        if (s.kind === "load") return [];
        if (s.kind === "if" && calls(s.then, step.name))
          return [{ ...s, then: [...prologue, ...s.then] }];
        return [s];
      }),
    })),
  };
};

const inShared = (t: TileDecl, staged: ReadonlyMap<string, number>): TileDecl => {
  const stages = staged.get(t.name);
  return stages === undefined
    ? t
    : { ...t, place: { kind: "shared" as const, stages, offset: 0, swizzle: 1 } };
};

const get = ({ tile, from }: Operand): Statement => ({
  kind: "get",
  to: tile.name,
  from: { tile: from },
});

interface Operand {
  readonly from: string;
  readonly tile: TileDecl;
}

/** The register copy of a shared tile, as operand of a product: qs becomes qr. */
const operandOf = (tile: TileDecl): Operand => ({
  from: tile.name,
  tile: {
    ...tile,
    name: `${tile.name.replace(/s$/, "")}r`,
    place: { kind: "registers", layout: "operand" },
  },
});

/** Needs the step and its loops (visit-key-tiles). */
export const stageCopies: Pass = (program, target) =>
  editKernels(program, (kernel) => stageKernel(kernel, target));
