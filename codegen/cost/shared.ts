// Where each tile of a scheduled kernel lies in shared memory, and which tiles share bytes.

import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, TileDecl } from "../tile/program.ts";

export interface SharedBuffer {
  readonly name: string;
  readonly offset: number;
  /** Of all stages. */
  readonly bytes: number;
  readonly stages: number;
  /** Buffers that this one overlaps: at most one of them holds data at a time. */
  readonly aliases: readonly string[];
}

const bytesPerElement = { f16: 2, bf16: 2, f32: 4, i32: 4 } as const;
const bytesPerMbarrier = 8;

export const sharedBuffers = (kernel: Kernel): readonly SharedBuffer[] => {
  const tiles = [...kernel.tiles, ...kernel.steps.flatMap((s) => s.tiles)].flatMap((tile) =>
    tile.place.kind === "shared"
      ? [
          {
            name: tile.name,
            offset: tile.place.offset,
            stages: tile.place.stages,
            bytes: tile.place.stages * bytesOf(kernel, tile),
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

/** Bytes that the launch asks for. */
export const sharedBytes = (kernel: Kernel): number =>
  Math.max(0, ...sharedBuffers(kernel).map((b) => b.offset + b.bytes));

const bytesOf = (kernel: Kernel, tile: TileDecl): number =>
  tile.shape.reduce<number>(
    (product, extent) => product * sizeOf(kernel, extent),
    bytesPerElement[tile.dtype],
  );

const sizeOf = (kernel: Kernel, extent: string | number): number =>
  typeof extent === "number"
    ? extent
    : (kernel.axes.find((a) => a.name === extent)?.size ??
      unreachable(`axis ${extent} has no size`));
