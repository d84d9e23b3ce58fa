// One kernel of a scheduled program on a chip: what all its blocks do, and when the last of them ends.

import type { Arch } from "../arch/arch.ts";
import { unreachable } from "../base/diagnostic.ts";
import type { Kernel } from "../tile/program.ts";
import { type BlockCost, Costs } from "./block.ts";
import { copyLatency } from "./demand.ts";
import { type Itinerary, itineraries, type Scope } from "./itinerary.ts";
import { makespan } from "./makespan.ts";
import { occupancy, type Occupancy } from "./occupancy.ts";
import { sharedBytes } from "../tile/size.ts";
import { type Work, sum, times } from "./work.ts";

export interface KernelRun {
  readonly blocks: number;
  /** Key tiles visited that need a mask, and that need none. */
  readonly masked: number;
  readonly unmasked: number;
  /** Of all warps of all blocks. */
  readonly work: Work;
  readonly occupancy: Occupancy;
  /** From the start of the first block to the end of the last. */
  readonly clocks: number;
}

/** `values`: sizes and launch scalars. */
export const runKernel = (kernel: Kernel, arch: Arch, values: Scope): KernelRun => {
  const costs = new Costs(kernel, arch);
  const blocks = itineraries(kernel, values, {
    of: (role, s) => costs.clocks(role, s),
    ofCopy: copyLatency,
  });
  const kinds = new Map<Itinerary, Kind>();
  for (const block of blocks) {
    const kind = kinds.get(block) ?? { cost: costs.block(block), blocks: 0 };
    kind.blocks++;
    kinds.set(block, kind);
  }
  const costOf = (block: Itinerary): BlockCost =>
    kinds.get(block)?.cost ?? unreachable("a block's kind");
  const counted = (what: "masked" | "unmasked"): number =>
    blocks.reduce((n, block) => n + block.reduce((m, role) => m + role[what], 0), 0);
  const fit = occupancyOf(kernel, arch);
  return {
    blocks: blocks.length,
    masked: counted("masked"),
    unmasked: counted("unmasked"),
    work: sum([...kinds.values()].map((kind) => times(kind.cost.work, kind.blocks))),
    occupancy: fit,
    clocks: makespan(blocks, { sms: arch.sms, blocksPerSM: fit.blocks }, (block, residents) =>
      costOf(block).clocksBeside(residents),
    ),
  };
};

/** Blocks with the same itinerary. */
interface Kind {
  readonly cost: BlockCost;
  blocks: number;
}

/** The launch bounds let a thread have as many registers as that many blocks leave it, which are dealt in eights. */
const occupancyOf = (kernel: Kernel, arch: Arch): Occupancy => {
  const { warps, blocksPerSM } = kernel.launch ?? unreachable("the program is not scheduled");
  const threads = 32 * warps;
  const registers = Math.min(
    arch.maxRegistersPerThread,
    Math.floor(arch.registersPerSM / (threads * blocksPerSM) / 8) * 8,
  );
  const fit = occupancy(arch, { threads, registers, shared: sharedBytes(kernel) });
  return fit.blocks > 0 ? fit : unreachable(`no block of ${kernel.name} fits ${arch.name}`);
};
