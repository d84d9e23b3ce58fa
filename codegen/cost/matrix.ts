// The matrix instruction of each architecture: how much one of them computes.

import type { Mma } from "../arch/arch.ts";

/** A warp's C[rows][columns] += A[rows][depth] B[depth][columns] (PTX ISA 9.7, mma). */
export interface MmaShape {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

export const mmaShape: Readonly<Record<Mma, MmaShape>> = {
  m16n8k8: { rows: 16, columns: 8, depth: 8 },
  m16n8k16: { rows: 16, columns: 8, depth: 16 },
};

/** A multiply-add is two. */
export const operationsOf = (mma: Mma): number => {
  const { rows, columns, depth } = mmaShape[mma];
  return 2 * rows * columns * depth;
};
