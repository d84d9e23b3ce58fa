// How many elements a tile spans, where its axes have sizes.

import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, TileDecl } from "./program.ts";

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
