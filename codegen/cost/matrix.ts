// The matrix instruction of each architecture: how much one of them computes.

import type { Mma } from "../arch/arch.ts";

/** A warp's C[rows][columns] += A[rows][depth] B[depth][columns] (PTX ISA 9.7, mma). */
export interface MmaShape {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Lanes that give the same element of A or B: so often it leaves shared memory. */
  readonly givers: number;
  /** Bytes that one instruction brings a lane from the rows of the right side of pv. */
  readonly valueBytes: number;
}

export const mmaShape: Readonly<Record<Mma, MmaShape>> = {
  // Four quad pairs, 2 x 2; without ldmatrix.trans a lane reads four neighbouring columns of v.
  m8n8k4: { rows: 16, columns: 16, depth: 4, givers: 2, valueBytes: 8 },
  m16n8k8: { rows: 16, columns: 8, depth: 8, givers: 1, valueBytes: 16 },
  m16n8k16: { rows: 16, columns: 8, depth: 16, givers: 1, valueBytes: 16 },
};

/** A multiply-add is two. */
export const operationsOf = (mma: Mma): number => {
  const { rows, columns, depth } = mmaShape[mma];
  return 2 * rows * columns * depth;
};
