// Gives the axes the planned sizes and each kernel its warps. Before: a tile spans its whole axis. What has no loop over
// columns has nothing to plan for: a warp takes 16 rows of a few columns.

import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, TileAxis } from "../tile/program.ts";
import { statementsOf } from "../tile/walk.ts";
import { editKernels } from "./edit.ts";
import { loadingWarps } from "./plan-sizes.ts";
import type { Pass, Plan } from "./target.ts";

type Sizes = Pick<Kernel, "launch"> & { readonly size: (axis: TileAxis) => number };

const planned = (plan: Plan): Sizes => ({
  launch: {
    warps: plan.warps + (plan.budgets ? loadingWarps : 0),
    blocksPerSM: plan.blocksPerSM,
  },
  size: ({ name }) =>
    name === "q"
      ? plan.q
      : name === "kv"
        ? plan.kv
        : unreachable(`no size is planned for axis ${name}`),
});

/** Of columns the most up to 32 that divide them: many small blocks, since each only waits for memory. */
const rowByRow = ({ grid }: Kernel): Sizes => ({
  launch: { warps: 1, blocksPerSM: 16 },
  size: ({ name, extent }) =>
    grid.kind === "space" && name === grid.columns?.axis
      ? extent.kind === "const" && extent.value % 32 === 0
        ? 32
        : 16
      : 16,
});

const walksColumns = (kernel: Kernel): boolean =>
  kernel.roles.some((role) => statementsOf(role.body).some((s) => s.kind === "columns"));

export const setTileSizes: Pass = (program, { arch, plan }) => ({
  ...editKernels(program, (kernel) => {
    const { launch, size } = walksColumns(kernel) ? planned(plan) : rowByRow(kernel);
    return {
      ...kernel,
      ...(launch && { launch }),
      axes: kernel.axes.map((axis) => ({ ...axis, size: size(axis) })),
    };
  }),
  arch: arch.name,
});
