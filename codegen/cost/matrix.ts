// The matrix instruction of each architecture: how much one of them computes, and how often its operands are read.

import type { Mma } from "../arch/arch.ts";
import { type MatrixInstruction, matrixInstructions } from "../arch/matrix-instructions.ts";

/** Storage orders make no difference here. */
const instructions: Readonly<Record<Mma, MatrixInstruction>> = {
  m8n8k4: matrixInstructions["m8n8k4.row.col"],
  m16n8k8: matrixInstructions["m16n8k8.row.col"],
  m16n8k16: matrixInstructions["m16n8k16.row.col"],
  // A warp's part of eight columns.
  m64k16: matrixInstructions["m16n8k16.row.col"],
};

/** A multiply-add is two. */
export const operationsOf = (mma: Mma): number => {
  const { rows, columns, depth, matrices } = instructions[mma];
  return 2 * rows * columns * depth * matrices;
};

export interface OperandReads {
  /** Lanes that read the same element of A or B. */
  readonly readers: number;
  /** Bytes that one instruction brings a lane from the rows of the right side of pv. */
  readonly valueBytes: number;
}

const ldmatrix: OperandReads = { readers: 1, valueBytes: 16 };

export const operandReads: Readonly<Record<Mma, OperandReads>> = {
  // Four quad pairs, 2 x 2: two of them share rows, two share columns. A lane reads four neighbouring columns of v.
  m8n8k4: { readers: 2, valueBytes: 8 },
  m16n8k8: ldmatrix,
  m16n8k16: ldmatrix,
  m64k16: ldmatrix,
};
