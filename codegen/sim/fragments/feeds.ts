// How each matrix instruction is fed from shared memory: which lane reads what, and which of its registers that is.

import type { Mma } from "../../arch/arch.ts";
import { matrixInstructions } from "../../arch/matrix-instructions.ts";
import { CHUNK, type SharedMatrix } from "../../tile/shared-address.ts";
import { eachLane, elements, joined, type Lanes, shuffleXor } from "./lanes.ts";
import { quadLayouts, quadPairLayouts } from "./layouts.ts";
import type { Feed, Warp } from "./warp.ts";

const matrices = (
  w: Warp,
  m: SharedMatrix,
  order: "plain" | "transposed",
  place: (lane: number) => readonly [row: number, chunk: number],
): Lanes => w.memory.loadMatrices((lane) => w.address(m, ...place(lane)), order);

/** By ldmatrix: four matrices of 8 x 8 at a time. */
const ldmatrix: Feed = {
  layouts: quadLayouts,
  operand: (w, m, row, column) =>
    matrices(w, m, "plain", (lane) => [row + (lane & 15), column / CHUNK + (lane >> 4)]),
  columns: (w, m, row, column) =>
    matrices(w, m, "plain", (lane) => [
      row + (lane & 7) + 8 * (lane >> 4),
      column / CHUNK + ((lane >> 3) & 1),
    ]),
  rows: (w, m, row, column) =>
    matrices(w, m, "transposed", (lane) => [row + (lane & 15), column / CHUNK + (lane >> 4)]),
  turn: (weights) => weights,
};

/** 16 columns of one row for each lane, in two reads. */
const wholeRows = (
  w: Warp,
  m: SharedMatrix,
  column: number,
  row: (lane: number) => number,
): Lanes =>
  joined(
    [0, 1].map((chunk) =>
      w.memory.load16((lane) => w.address(m, row(lane), column / CHUNK + chunk)),
    ),
  );

/** By plain loads. Of four rows and 16 columns of V a lane reads four neighbours. */
const loads: Feed = {
  layouts: quadPairLayouts,
  operand: (w, m, row, column) =>
    wholeRows(w, m, column, (lane) => row + (lane & 11) + 4 * (lane >> 4)),
  columns: (w, m, row, column) =>
    wholeRows(w, m, column, (lane) => row + (lane & 3) + 2 * (lane & 4) + 4 * (lane >> 4)),
  rows: (w, m, row, column) =>
    joined(
      [0, 4, 8, 12].map((below) =>
        w.memory.load8(
          (lane) =>
            w.address(m, row + below + (lane & 3), column / CHUNK + ((lane >> 2) & 1)) +
            8 * (lane >> 4),
        ),
      ),
    ),
  turn: (weights) => turnPairs(weights),
};

/** Each lane keeps the pairs of one of its two rows and gives away the others; then it trades columns. */
const turnPairs = (weights: Lanes): Lanes => {
  const pair = (n: number): Lanes => elements(weights, 2 * n, 2);
  const choose = (bit: number, yes: Lanes, no: Lanes): Lanes =>
    eachLane((lane) => ((lane & bit) === 0 ? no : yes)[lane]!);
  const words = [0, 2].flatMap((n) => {
    const own = choose(2, pair(n + 1), pair(n));
    const got = shuffleXor(choose(2, pair(n), pair(n + 1)), 2);
    return [choose(2, got, own), choose(2, own, got)];
  });
  const others = words.map((word) => shuffleXor(word, 4));
  return joined([
    ...words.map((word, i) => choose(4, others[i]!, word)),
    ...words.map((word, i) => choose(4, word, others[i]!)),
  ]);
};

const both = (instruction: Warp["instructions"]["qk"]): Warp["instructions"] => ({
  qk: instruction,
  pv: instruction,
});

/** The instructions of qk and of pv, and how they are fed. */
export const machines: Readonly<Record<Mma, Pick<Warp, "instructions" | "feed">>> = {
  m16n8k16: { instructions: both(matrixInstructions["m16n8k16.row.col"]), feed: ldmatrix },
  // Products that are not issued to the matrix unit of a warpgroup.
  m64k16: { instructions: both(matrixInstructions["m16n8k16.row.col"]), feed: ldmatrix },
  m16n8k8: { instructions: both(matrixInstructions["m16n8k8.row.col"]), feed: ldmatrix },
  m8n8k4: {
    instructions: {
      qk: matrixInstructions["m8n8k4.row.col"],
      pv: matrixInstructions["m8n8k4.row.row"],
    },
    feed: loads,
  },
};
