// A block's warps as the lane-by-lane execution sees them: the architecture's instruction, the block's shared memory.

import type { Arch } from "../../arch/arch.ts";
import type { Kernel } from "../../tile/program.ts";
import { chunkAddress, CHUNK, type SharedMatrix } from "../../tile/shared-address.ts";
import { stageBytes } from "../../tile/size.ts";
import type { Statement } from "../../tile/statement.ts";
import { castOf } from "../casts.ts";
import { machines } from "./feeds.ts";
import { multiplyAdd, SharedMemory } from "./lanes.ts";
import type { Warp } from "./warp.ts";
import { descriptors } from "./warpgroup.ts";

/** What a test may plant wrong. */
export type Facts = Pick<Warp, "instructions" | "feed" | "address" | "multiply" | "descriptors">;

export const factsOf = ({ mma }: Arch): Facts => ({
  ...machines[mma],
  address: chunkAddress,
  multiply: multiplyAdd,
  descriptors,
});

/** All warps of the role that runs the statement, over one memory that holds nothing yet. */
export const warpsOf = (kernel: Kernel, facts: Facts, s: Statement): readonly Warp[] => {
  const ends = kernel.tiles.map((tile) => {
    if (tile.place.kind !== "shared") return 0;
    return tile.place.offset + stageBytes(kernel, tile);
  });
  const memory = new SharedMemory(Math.max(0, ...ends));
  const warps = castOf(kernel, s)?.count ?? 0;
  return Array.from({ length: warps }, (_, number) => ({ ...facts, memory, warps, number }));
};

/** Puts the elements of a tile, row by row, where the tile is declared to have them. */
export const writeTile = (
  { elements }: SharedMemory,
  m: SharedMatrix,
  values: Float32Array,
): void => {
  for (const [i, at] of places(m).entries()) elements[at] = values[i]!;
};

export const readTile = ({ elements }: SharedMemory, m: SharedMatrix): Float32Array =>
  Float32Array.from(places(m), (at) => elements[at]!);

const places = (m: SharedMatrix): readonly number[] =>
  Array.from({ length: m.rows * m.columns }, (_, i) => {
    const column = i % m.columns;
    const row = (i - column) / m.columns;
    return chunkAddress(m, row, Math.floor(column / CHUNK)) / 2 + (column % CHUNK);
  });
