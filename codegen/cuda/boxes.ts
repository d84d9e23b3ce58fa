// The boxes of tensors that bulk copies read: which axis gives a box its rows, how many, and in which order the axes
// stand in the tensor map. Columns come 64 at a time, the width of a panel.

import { unreachable } from "../base/diagnostic.ts";
import type { Axis } from "../spec/description.ts";
import type { Expr } from "../expr/expr.ts";
import type { Kernel, Program, TensorDecl } from "../tile/program.ts";
import type { Slice } from "../tile/statement-parts.ts";
import type { BulkCopy } from "../tile/statement-scheduled.ts";
import { statementsOf } from "../tile/walk.ts";

export interface Boxes {
  readonly tensor: TensorDecl;
  /** Of a box; the tile's. */
  readonly rows: number;
  /** Columns first, then rows, then the others as in the tensor; with their place there. */
  readonly order: readonly {
    readonly axis: Axis;
    readonly extent: Expr;
    readonly place: number;
  }[];
}

/** The axes of a slice in the order of a tensor map. */
export const boxOrder = (tensor: TensorDecl, slice: Slice): Boxes["order"] => {
  const rank = (i: number): number => {
    const index = slice.index[i] ?? unreachable(`axes of ${tensor.name}`);
    return { all: 0, tile: 1, point: 2 }[index.kind];
  };
  return tensor.axes
    .map(({ axis, extent }, place) => ({ axis, extent, place }))
    .sort((a, b) => rank(a.place) - rank(b.place) || a.place - b.place);
};

/** One entry a tensor: its boxes are of one shape in a kernel. */
export const boxesOf = (program: Program, kernel: Kernel): readonly Boxes[] => {
  const copies = [...kernel.steps, ...kernel.roles]
    .flatMap((part) => [...statementsOf(part.body)])
    .filter((s): s is BulkCopy => s.kind === "bulk_copy");
  const found = new Map<string, Boxes>();
  for (const { from, to } of copies) {
    const tensor =
      program.inputs.find((t) => t.name === from.tensor) ?? unreachable(`no input ${from.tensor}`);
    const decl = kernel.tiles.find((t) => t.name === to.tile) ?? unreachable(`no tile ${to.tile}`);
    const axis = kernel.axes.find((a) => a.name === decl.shape[0]);
    const rows = axis?.size ?? unreachable(`no rows in ${to.tile}`);
    const known = found.get(tensor.name);
    if (known !== undefined && known.rows !== rows) unreachable(`two boxes of ${tensor.name}`);
    found.set(tensor.name, { tensor, rows, order: boxOrder(tensor, from) });
  }
  return [...found.values()];
};
