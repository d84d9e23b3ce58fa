// Small edits of tile programs that several passes need.

import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, Program, TileDecl } from "../tile/program.ts";

export const editKernels = (program: Program, edit: (kernel: Kernel) => Kernel): Program => ({
  ...program,
  kernels: program.kernels.map(edit),
});

export const findTile = (tiles: readonly TileDecl[], name: string): TileDecl =>
  tiles.find((t) => t.name === name) ?? unreachable(`no tile ${name}`);
