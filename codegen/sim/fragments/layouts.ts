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

/** Of tiles that products read and write. */
export interface Layouts {
  readonly accumulator: BlockShape;
  readonly operand: BlockShape;
  readonly pairs: BlockShape;
}

const block = (columns: number, of: (lane: number) => readonly Position[]): BlockShape => ({
  fragment: laneNumbers.map(of),
  rows: 16,
  columns,
});

const places = (rows: readonly number[], columns: readonly number[]): readonly Position[] =>
  rows.flatMap((row) => columns.map((column) => ({ matrix: 0, row, column })));

/** Lane 4 g + c of an accumulator: rows g and g + 8, columns 2 c and 2 c + 1 of each 8. */
const quad = (lane: number, right: number): readonly Position[] => {
  const [g, c] = [lane >> 2, right + 2 * (lane & 3)];
  return places([g, g + 8], [c, c + 1]);
};

const sideBySide = block(16, (lane) => [...quad(lane, 0), ...quad(lane, 8)]);

/** m16n8: an operand is two accumulators side by side. */
export const quadLayouts: Layouts = {
  accumulator: block(8, (lane) => quad(lane, 0)),
  operand: sideBySide,
  pairs: sideBySide,
};

/** Four quad pairs of 8 x 8 stand 2 x 2: a lane has rows r and r + 2, columns c, c + 1, c + 4 and c + 5. */
const pairLane = (lane: number): readonly Position[] => {
  const r = (lane & 9) + 4 * (lane >> 4);
  const c = (lane & 2) + 2 * (lane & 4);
  return [c, c + 4].flatMap((column) => places([r, r + 2], [column, column + 1]));
};

const pairBlock = block(16, pairLane);

/** m8n8k4: of an operand a lane has one row whole. */
export const quadPairLayouts: Layouts = {
  accumulator: pairBlock,
  operand: block(16, (lane) => places([(lane & 11) + 4 * (lane >> 4)], [...Array(16).keys()])),
  pairs: pairBlock,
};
