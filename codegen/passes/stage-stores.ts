// Sends a two-dimensional result through shared memory, so that it leaves in whole 16-byte pieces.
// Before: `store` from registers. After: put, then a store from the staging tile, which takes
// the place of the dead query tile. Where warps specialise, results leave straight from registers, without waiting
// for other warps: the lanes of a quad make pieces of 16 bytes among themselves. States for another kernel, and parts of rows, leave
// from registers too.

import type { Kernel, Program, TileDecl } from "../tile/program.ts";
import { sizeOf } from "../tile/size.ts";
import type { Statement, StoreTile } from "../tile/statement.ts";
import { statementsOf } from "../tile/walk.ts";
import { editKernels, findTile } from "./edit.ts";
import type { Pass } from "./target.ts";

const stageKernel = (program: Program, kernel: Kernel): Kernel => {
  const staged: TileDecl[] = [];
  const split = (s: StoreTile): readonly Statement[] => {
    const tile = findTile(kernel.tiles, s.from.tile);
    const output = program.outputs.find((o) => o.name === s.to.tensor);
    const wholeRows = s.to.index.at(-1)?.kind === "all";
    if (tile.shape.length < 2 || tile.place.kind === "shared" || !output || !wholeRows) return [s];
    const staging: TileDecl = {
      name: `${s.to.tensor}s`,
      dtype: output.dtype,
      shape: tile.shape,
      place: { kind: "shared", stages: 1, offset: 0, swizzle: 1 },
    };
    const free = staged.length === 0 ? freeFirst(kernel, staging) : afterAnother(staged, staging);
    staged.push(staging);
    return [
      ...free,
      { kind: "put", to: { tile: staging.name }, from: tile.name },
      { kind: "sync_warp", note: "the warp's rows are complete" },
      { ...s, from: { tile: staging.name } },
    ];
  };
  const roles = kernel.roles.map((role) => ({
    ...role,
    body: role.body.flatMap((s) => (s.kind === "store" ? split(s) : [s])),
  }));
  return { ...kernel, roles, tiles: [...kernel.tiles, ...staged] };
};

/** What must happen before each warp overwrites its rows of the first shared tile. */
const freeFirst = (kernel: Kernel, staging: TileDecl): readonly Statement[] => {
  const first = kernel.tiles.find((t) => t.place.kind === "shared");
  const loop = kernel.steps.flatMap((step) => statementsOf(step.body));
  const sameRows = first && sizeOf(kernel, first).cols === sizeOf(kernel, staging).cols;
  if (first?.shape[0] !== staging.shape[0] || !sameRows)
    return [{ kind: "barrier", note: "every warp is done with the shared tiles" }];
  // Only the warp itself reads these rows: a barrier of the loop after the last read serves as well, if the loop runs.
  const isRead = kernel.roles.some(({ body }) =>
    body.some((s) => s.kind === "get" && s.from.tile === first.name),
  );
  const lastRead = loop.findLastIndex((s) => s.kind === "product" && s.a.tile === first.name);
  if (!isRead && loop.findLastIndex((s) => s.kind === "barrier") > lastRead) return [];
  return [{ kind: "sync_warp", note: "every lane has read the warp's own query rows" }];
};

/** The staging tile before it lies in the same place. */
const afterAnother = (staged: readonly TileDecl[], { shape }: TileDecl): readonly Statement[] =>
  staged.every((t) => String(t.shape) === String(shape))
    ? [{ kind: "sync_warp", note: "the warp's rows of the output before have been read" }]
    : [{ kind: "barrier", note: "every warp is done with the output before" }];

/** Needs the query tile in shared memory (stage-copies). */
export const stageStores: Pass = (program, { arch }) =>
  arch.warpgroups ? program : editKernels(program, (kernel) => stageKernel(program, kernel));
