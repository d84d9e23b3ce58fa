// Where the lanes of a warp have the elements of register tiles, as the layouts of tile programs declare it. That the
// matrix instructions agree is what prove.ts finds out.

import type { Fragment, Position } from "../../arch/matrix-instructions.ts";
import { laneNumbers } from "./lanes.ts";

/** One fragment, `rows` x `columns`, of which a warp's part of a tile is made. */
export interface BlockShape {
  readonly fragment: Fragment;
  readonly rows: number;
  readonly columns: number;
}

const block = (columns: number, of: (lane: number) => readonly Position[]): BlockShape => ({
  fragment: laneNumbers.map(of),
  rows: 16,
  columns,
});

const accumulatorLane = (lane: number): readonly Position[] => {
  const [g, c] = [lane >> 2, lane & 3];
  return [g, g + 8].flatMap((row) =>
    [2 * c, 2 * c + 1].map((column) => ({ matrix: 0, row, column })),
  );
};

/** Lane 4 g + c: rows g and g + 8, columns 2 c and 2 c + 1 of each. */
export const accumulator = block(8, accumulatorLane);

/** Two accumulators side by side. */
export const operand = block(16, (lane) =>
  [0, 8].flatMap((right) =>
    accumulatorLane(lane).map((at) => ({ ...at, column: at.column + right })),
  ),
);
