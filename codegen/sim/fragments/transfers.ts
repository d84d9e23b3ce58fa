// Copies and stores, chunk by chunk: which thread moves which piece of a row of a shared tile.

import { CHUNK, type SharedMatrix } from "../../tile/shared-address.ts";
import { eachLane, LANES, type Lanes } from "./lanes.ts";
import type { Warp } from "./warp.ts";

/** Threads that share a row; they go on to the right when they have moved a chunk each. */
const sharing = (chunks: number): number => [8, 4].find((n) => chunks % n === 0) ?? 2;

interface Chunk {
  readonly row: number;
  readonly chunk: number;
}

/** For each access of a warp's lanes, the chunk that each of them moves; `threads` share rows `first` to `last`. */
function* dealt(
  m: SharedMatrix,
  [first, last]: readonly [number, number],
  [thread, threads]: readonly [number, number],
): Generator<(lane: number) => Chunk | undefined> {
  const chunks = m.columns / CHUNK;
  const wide = sharing(chunks);
  const tall = threads / wide;
  for (let down = first; down < last; down += tall)
    for (let right = 0; right < chunks; right += wide)
      yield (lane) => {
        const row = down + Math.floor((thread + lane) / wide);
        return row < last ? { row, chunk: right + ((thread + lane) % wide) } : undefined;
      };
}

const address =
  (w: Warp, m: SharedMatrix, chunk: (lane: number) => Chunk | undefined) =>
  (lane: number): number | undefined => {
    const at = chunk(lane);
    return at && w.address(m, at.row, at.chunk);
  };

/** copy, deposit: all threads of the block write the whole tile, row after row of `values`. */
export const fillTile = (w: Warp, to: SharedMatrix, values: Float32Array): void => {
  const place = [w.number * LANES, w.warps * LANES] as const;
  for (const chunk of dealt(to, [0, to.rows], place)) {
    const lanes = eachLane((lane) => {
      const { row, chunk: c } = chunk(lane) ?? { row: 0, chunk: 0 };
      const at = row * to.columns + c * CHUNK;
      return values.subarray(at, at + CHUNK);
    });
    w.memory.store16(address(w, to, chunk), lanes);
  }
};

/** store: each warp reads its own rows; what its lanes have read, row by row. */
export const readRows = (w: Warp, from: SharedMatrix): Float32Array => {
  const count = from.rows / w.warps;
  const first = w.number * count;
  const values = new Float32Array(count * from.columns);
  for (const chunk of dealt(from, [first, first + count], [0, LANES])) {
    const lanes: Lanes = w.memory.load16(address(w, from, chunk));
    for (const [lane, read] of lanes.entries()) {
      const at = chunk(lane);
      if (at !== undefined) values.set(read, (at.row - first) * from.columns + at.chunk * CHUNK);
    }
  }
  return values;
};

/** pv skip_zeros: each warp looks through the whole tile, 16 bytes a lane from its beginning. */
export const scan = (w: Warp, m: SharedMatrix): void => {
  for (let first = 0; first < m.rows * (m.columns / CHUNK); first += LANES)
    w.memory.load16((lane) => m.offset + (first + lane) * CHUNK * 2);
};
