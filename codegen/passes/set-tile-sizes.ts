// Gives the axes the planned sizes and the kernel its warps. Before: a tile spans its whole axis.

import { unreachable } from "../base/diagnostic.ts";
import { editKernels } from "./edit.ts";
import { loadingWarps } from "./plan-sizes.ts";
import type { Pass } from "./target.ts";

export const setTileSizes: Pass = (program, { arch, plan }) => ({
  ...editKernels(program, (kernel) => ({
    ...kernel,
    launch: {
      warps: plan.warps + (plan.budgets ? loadingWarps : 0),
      blocksPerSM: plan.blocksPerSM,
    },
    axes: kernel.axes.map((axis) => ({
      ...axis,
      size:
        axis.name === "q"
          ? plan.q
          : axis.name === "kv"
            ? plan.kv
            : unreachable(`no size is planned for axis ${axis.name}`),
    })),
  })),
  arch: arch.name,
});
