// How many elements and bytes tiles span, where their axes have sizes.

import { unreachable } from "../base/diagnostic.ts";
import { type Kernel, type TileDecl, columnsInMemory } from "./program.ts";

/** Number of rows and columns; 1 column for a row vector. */
export const sizeOf = (kernel: Kernel, tile: TileDecl): { rows: number; cols: number } => {
  const size = (e: string | number | undefined): number =>
    e === undefined
      ? 1
      : typeof e === "number"
        ? e
        : (kernel.axes.find((a) => a.name === e)?.size ?? unreachable(`axis ${e} has no size`));
  return { rows: size(tile.shape[0]), cols: size(tile.shape[1]) };
};

const bytesPerElement = { f16: 2, bf16: 2, f32: 4, i32: 4 } as const;
export const bytesPerMbarrier = 8;

/** Bytes of one stage of a shared tile. */
export const stageBytes = (kernel: Kernel, tile: TileDecl): number => {
  const { rows, cols } = sizeOf(kernel, tile);
  return rows * columnsInMemory(tile.place, cols) * bytesPerElement[tile.dtype];
};

/** Dynamic shared memory of a block. */
export const sharedBytes = (kernel: Kernel): number =>
  Math.max(
    0,
    ...kernel.tiles.map((t) =>
      t.place.kind === "shared" ? t.place.offset + t.place.stages * stageBytes(kernel, t) : 0,
    ),
    ...kernel.barriers.map((b) => b.offset + b.stages * bytesPerMbarrier),
  );
