// Makes loads asynchronous copies to shared memory, ahead of their use. Before: a step that loads its
// tiles where it needs them, called in loops inside an `if` that tells whether they run at all. After: copies,
// waits and barriers; the loop's first copies stand before the loops.
//
// One buffer a tensor: before each use, `wait` and `barrier` make the tile visible and free the one used
// before, whose next copy starts there (block-barriers.ts). More buffers: mbarriers say when a
// stage is full or free, so that warps may drift (barrier-ring.ts). Where copies cannot be asynchronous, they pass
// through registers (register-staging.ts).

import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, Step, TileDecl } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import { barrierRing } from "./barrier-ring.ts";
import { blockBarriers } from "./block-barriers.ts";
import { editKernels, findTile } from "./edit.ts";
import { registerStaging } from "./register-staging.ts";
import { type Staging, type Turn, loadsOf, replaceOperand } from "./staging.ts";
import type { Pass, Target } from "./target.ts";
import { calls, visitsOf } from "./visits.ts";

const stageKernel = (kernel: Kernel, { arch, plan }: Target): Kernel =>
  kernel.steps.reduce((k, step) => {
    const loads = loadsOf(step.body);
    if (loads.length === 0) return k;
    const staging = !arch.asyncCopies
      ? registerStaging(k, loads)
      : plan.stages === 1 && loads.length > 1
        ? blockBarriers(loads)
        : barrierRing(loads, plan.stages);
    return applyStaging(k, step, staging, plan.queries === "registers");
  }, kernel);

/** Tiles that the role loads once, before the loop: they join the loop's first copies. */
const applyStaging = (
  kernel: Kernel,
  step: Step,
  staging: Staging,
  inRegisters: boolean,
): Kernel => {
  const once = kernel.roles.flatMap((r) => loadsOf(r.body));
  const gets = inRegisters ? once.map((s) => operandOf(findTile(kernel.tiles, s.to))) : [];
  const turn: Turn = { step, visits: visitsOf(kernel, step) };
  const body = gets.reduce((b, g) => replaceOperand(b, g.from, g.tile.name), staging.step(turn));
  const tiles = [...step.tiles, ...(staging.passing?.step ?? [])];
  const staged = new Map<string, number>([
    ...staging.loads.map((l) => [l.to, staging.stages] as const),
    ...once.map((l) => [l.to, 1] as const),
  ]);
  const prologue: readonly Statement[] = [
    ...staging.prologue(turn, once),
    ...(gets.length > 0 ? staging.landed : []),
    ...gets.map((g): Statement => ({ kind: "get", to: g.tile.name, from: { tile: g.from } })),
  ];
  return {
    ...kernel,
    tiles: [
      ...kernel.tiles.map((t) => {
        const stages = staged.get(t.name);
        return stages === undefined
          ? t
          : { ...t, place: { kind: "shared" as const, stages, offset: 0, swizzle: 1 } };
      }),
      ...gets.map((g) => g.tile),
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

/** The register copy of a shared tile, as operand of a product: qs becomes qr. */
const operandOf = (tile: TileDecl): { readonly from: string; readonly tile: TileDecl } => ({
  from: tile.name,
  tile: {
    ...tile,
    name: tile.name.endsWith("s") ? `${tile.name.slice(0, -1)}r` : unreachable(`tile ${tile.name}`),
    place: { kind: "registers", layout: "operand" },
  },
});

/** Needs the step and its loops (visit-key-tiles). */
export const stageCopies: Pass = (program, target) =>
  editKernels(program, (kernel) => stageKernel(kernel, target));
