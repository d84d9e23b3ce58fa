// A thread's share of a kernel's blocks: it takes the next one that nobody has taken until none is left.

import type { ProgramData } from "./launch.ts";
import { bindKernels } from "./launch.ts";
import { runBlock } from "./block.ts";

/** Plain data, so that it can be posted to a thread. */
export interface Share {
  readonly data: ProgramData;
  readonly kernel: number;
  /** How many blocks, or which. */
  readonly blocks: number | readonly number[];
  /** One number: how many have been taken. */
  readonly taken: SharedArrayBuffer;
}

export const runShare = ({ data, kernel, blocks, taken }: Share): void => {
  const launch = bindKernels(data)[kernel]!;
  const counter = new Int32Array(taken);
  const count = typeof blocks === "number" ? blocks : blocks.length;
  const next = (): number => Atomics.add(counter, 0, 1);
  for (let i = next(); i < count; i = next())
    runBlock(launch, typeof blocks === "number" ? i : blocks[i]!);
};
