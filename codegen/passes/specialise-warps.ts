// Gives each warp one trade, where an architecture lets one thread load for all. Before: one role that loads tiles
// where it needs them, calling a step in loops inside an `if` that tells whether they run at all. After: `start` holds
// what both roles must know; the role `load` brings tiles as buffers become free (load-ahead.ts), the role `compute`
// issues products and works on while they run (overlap-products.ts). mbarriers pass tiles between the two.

import { unreachable } from "../base/diagnostic.ts";
import { i32 } from "../expr/expr.ts";
import type { BarrierDecl, Kernel, TileDecl } from "../tile/program.ts";
import type { If, LoadTile, Statement } from "../tile/statement.ts";
import { editKernels } from "./edit.ts";
import { loadAhead } from "./load-ahead.ts";
import { overlapProducts } from "./overlap-products.ts";
import { groupWarps, loadingWarps } from "./plan-sizes.ts";
import { Ring, free, full } from "./ring.ts";
import { loadsOf } from "./staging.ts";
import type { Budgets, Pass, Plan } from "./target.ts";
import { calls, visitsOf } from "./visits.ts";

const specialise = (kernel: Kernel, plan: Plan, budgets: Budgets): Kernel => {
  const [role] = kernel.roles;
  const [step] = kernel.steps;
  if (step === undefined) return kernel; // nothing is loaded into tiles
  if (role === undefined) return unreachable("nothing to specialise");
  const runsStep = (s: Statement): s is If => s.kind === "if" && calls(s.then, step.name);
  const loop = role.body.find(runsStep) ?? unreachable(`${step.name} is not called`);
  const ring = new Ring(plan.stages);
  const [once, loads] = [loadsOf(role.body), loadsOf(step.body)];
  const groups = plan.warps / groupWarps;
  const computing = overlapProducts({ step, loop: loop.then, loads, ring, groups });
  const landed = once.map((l) => new Ring(1).awaitFull(l, i32(0)));
  const compute = role.body.flatMap((s): readonly Statement[] => {
    if (s.kind === "let" || s.kind === "load") return [];
    return s === loop ? [{ ...s, then: [...landed, ...computing.loop] }] : [s];
  });
  const load = loadAhead({ step, visits: visitsOf(kernel, step) }, loop, once, loads, ring);
  return {
    ...kernel,
    tiles: kernel.tiles
      .map((t) => inShared(t, once, 1))
      .map((t) => inShared(t, loads, ring.stages)),
    barriers: [
      ...kernel.barriers,
      ...once.map((l): BarrierDecl => new Ring(1).declare(full(l), "bytes")),
      ...loads.flatMap((l) => [ring.declare(full(l), "bytes"), ring.declare(free(l), "warps")]),
    ],
    steps: [computing.step],
    start: [
      ...kernel.start,
      ...role.body.filter((s) => s.kind === "let"),
      { kind: "init_barriers" },
      { kind: "barrier", note: "the mbarriers exist" },
    ],
    roles: [
      { name: "compute", warps: plan.warps, registers: budgets.compute, body: compute },
      {
        ...{ name: "load", warps: loadingWarps, registers: budgets.load },
        single: true,
        body: [...role.body.filter((s) => s.kind === "find"), load],
      },
    ],
  };
};

/** Columns of a panel, 128 bytes, as bulk copies and wgmma take them. */
const panel = 64;

const inShared = (tile: TileDecl, loads: readonly LoadTile[], stages: number): TileDecl =>
  loads.some((l) => l.to === tile.name)
    ? { ...tile, place: { kind: "shared", stages, offset: 0, swizzle: 1, panel } }
    : tile;

/** Needs the step and its loops (visit-key-tiles); leaves no loads for stage-copies. */
export const specialiseWarps: Pass = (program, { plan }) => {
  const { budgets } = plan;
  return budgets === undefined
    ? program
    : editKernels(program, (kernel) =>
        kernel.steps.length === 0 ? kernel : specialise(kernel, plan, budgets),
      );
};
