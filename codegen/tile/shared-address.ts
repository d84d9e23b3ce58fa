// Where the elements of a shared tile lie, in bytes. The one reading of a place's swizzle; knows no lanes.

import { type RowBits, usualRowBits } from "../arch/fragments.ts";
import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, TileDecl } from "./program.ts";
import { sizeOf } from "./size.ts";

/** A piece of a row that one thread moves at a time, and that a swizzle keeps whole: bytes, and 16-bit elements. */
export const CHUNK_BYTES = 16;
export const CHUNK = CHUNK_BYTES / 2;

/** The first stage of a tile of 16-bit elements. */
export interface SharedMatrix {
  readonly offset: number;
  readonly swizzle: number;
  readonly rowBits: RowBits;
  readonly rows: number;
  readonly columns: number;
  /** Columns of a panel; all of them where the tile lies in one piece. */
  readonly panel: number;
}

export const sharedMatrix = (kernel: Kernel, tile: TileDecl): SharedMatrix => {
  const { name, place } = tile;
  if (place.kind !== "shared") return unreachable(`${name} is not in shared memory`);
  const { rows, cols } = sizeOf(kernel, tile);
  const { offset, swizzle, rowBits = usualRowBits, panel = cols } = place;
  return { offset, swizzle, rowBits, rows, columns: cols, panel };
};

/** The address of the chunk that holds columns 8 `chunk` to 8 `chunk` + 7 of a row. */
export const chunkAddress = (m: SharedMatrix, row: number, chunk: number): number => {
  const bits = m.rowBits.slice(m.rowBits.length - Math.log2(m.swizzle));
  const inPanel = chunk % (m.panel / CHUNK);
  const turned = bits.reduce((at, bit, i) => ((row & bit) === 0 ? at : at ^ (1 << i)), inPanel);
  const left = ((chunk - inPanel) * CHUNK) / m.panel;
  return m.offset + (left * m.rows + row) * m.panel * 2 + turned * CHUNK_BYTES;
};
