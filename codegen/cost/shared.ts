// Where each tile of a scheduled kernel lies in shared memory, and which tiles share bytes.

import type { Kernel } from "../tile/program.ts";
import { bytesPerMbarrier, stageBytes } from "../tile/size.ts";

export interface SharedBuffer {
  readonly name: string;
  readonly offset: number;
  /** Of all stages. */
  readonly bytes: number;
  readonly stages: number;
  /** Buffers that this one overlaps: at most one of them holds data at a time. */
  readonly aliases: readonly string[];
}

export const sharedBuffers = (kernel: Kernel): readonly SharedBuffer[] => {
  const tiles = [...kernel.tiles, ...kernel.steps.flatMap((s) => s.tiles)].flatMap((tile) =>
    tile.place.kind === "shared"
      ? [
          {
            name: tile.name,
            offset: tile.place.offset,
            stages: tile.place.stages,
            bytes: tile.place.stages * stageBytes(kernel, tile),
          },
        ]
      : [],
  );
  const barriers = kernel.barriers.map(({ name, offset, stages }) => ({
    name,
    offset,
    stages,
    bytes: stages * bytesPerMbarrier,
  }));
  const all = [...tiles, ...barriers];
  return all.map((a) => ({
    ...a,
    aliases: all
      .filter((b) => b !== a && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes)
      .map((b) => b.name),
  }));
};
