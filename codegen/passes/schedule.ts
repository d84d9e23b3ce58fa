// L2 to L2': the ordered list of passes. Reading it from top to bottom is reading what happens to a
// tile program on its way to an architecture.

import type { Arch } from "../arch/arch.ts";
import type { ScheduleOverride } from "../spec/description.ts";
import type { Program } from "../tile/program.ts";
import { aside, renamed } from "../tile/step-aside.ts";
import { allocateShared } from "./allocate-shared.ts";
import { chooseSplits } from "./choose-splits.ts";
import { expandSoftmax } from "./expand-softmax.ts";
import { keepLoadsInside } from "./keep-loads-inside.ts";
import { orderBlocks } from "./order-blocks.ts";
import { padHeadDims } from "./pad-head-dims.ts";
import { placeRegisters } from "./place-registers.ts";
import { plan } from "./plan.ts";
import { reduceInLanes } from "./reduce-in-lanes.ts";
import { setTileSizes } from "./set-tile-sizes.ts";
import { splitColumns } from "./split-columns.ts";
import { stageCopies } from "./stage-copies.ts";
import { stageStores } from "./stage-stores.ts";
import { specialiseWarps } from "./specialise-warps.ts";
import type { Pass, Target } from "./target.ts";
import { visitKeyTiles } from "./visit-key-tiles.ts";

export const passes: readonly { readonly name: string; readonly run: Pass }[] = [
  { name: "pad-head-dims", run: padHeadDims },
  { name: "set-tile-sizes", run: setTileSizes },
  { name: "choose-splits", run: chooseSplits },
  { name: "keep-loads-inside", run: keepLoadsInside },
  { name: "order-blocks", run: orderBlocks },
  // Needs tile sizes; later passes rely on the masked flag that it makes.
  { name: "visit-key-tiles", run: visitKeyTiles },
  { name: "expand-softmax", run: expandSoftmax },
  { name: "reduce-in-lanes", run: reduceInLanes },
  // After visit-key-tiles, which writes masks into maps.
  { name: "split-columns", run: splitColumns },
  { name: "specialise-warps", run: specialiseWarps },
  // Where warps do not specialise.
  { name: "stage-copies", run: stageCopies },
  { name: "stage-stores", run: stageStores },
  { name: "place-registers", run: placeRegisters },
  // Last: only now is every shared tile known.
  { name: "allocate-shared", run: allocateShared },
];

/** `watch` sees the program after each pass; compile.ts verifies there. */
export const schedule = (
  program: Program,
  arch: Arch,
  override?: ScheduleOverride,
  watch: (pass: string, program: Program) => void = () => {},
): Program => {
  const target: Target = { arch, plan: plan(program, arch, override) };
  const { away, back } = aside(program);
  const last = passes.reduce(
    (p, pass) => {
      const next = pass.run(p, target);
      watch(pass.name, renamed(next, back));
      return next;
    },
    renamed(program, away),
  );
  return renamed(last, back);
};
