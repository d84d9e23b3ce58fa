// Widens constant tile columns to multiples of 16, what mma.m16n8k16 wants. Before: tiles as wide as
// their tensors. After: wider ones hold zeros beyond the tensor's extent; loads and stores see to that.

import type { TileDecl } from "../tile/program.ts";
import { editKernels } from "./edit.ts";
import { padHeadDim } from "./plan.ts";
import type { Pass } from "./target.ts";

const pad = (tile: TileDecl): TileDecl => ({
  ...tile,
  shape: tile.shape.map((e, i) => (i === 1 && typeof e === "number" ? padHeadDim(e) : e)),
});

export const padHeadDims: Pass = (program) =>
  editKernels(program, (kernel) => ({ ...kernel, tiles: kernel.tiles.map(pad) }));
