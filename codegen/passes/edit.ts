// Small edits of tile programs that several passes need.

import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, Program, TileDecl } from "../tile/program.ts";

export const editKernels = (program: Program, edit: (kernel: Kernel) => Kernel): Program => ({
  ...program,
  kernels: program.kernels.map(edit),
});

export const findTile = (tiles: readonly TileDecl[], name: string): TileDecl =>
  tiles.find((t) => t.name === name) ?? unreachable(`no tile ${name}`);

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
