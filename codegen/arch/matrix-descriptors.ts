// Where the matrix unit and the copy engine find an element of a matrix in shared memory (PTX ISA 9.7.15, matrix
// descriptor, and 5.5, tensor swizzling). Facts only, of the 128-byte swizzle; knows no tiles.

/** A row of a panel: as many 16-bit elements as its bytes hold. */
export const PANEL_BYTES = 128;
export const PANEL_COLUMNS = PANEL_BYTES / 2;

/** In bytes. Eight rows follow each other; then come other eight, and beside them the next panel. */
export interface Descriptor {
  readonly start: number;
  /** From eight rows to the next eight. */
  readonly stride: number;
  /** From a panel to the next one on the right. */
  readonly leading: number;
}

/** Bits 4 to 6 of an address are turned by bits 7 to 9: of the address, not of a place in a tile. */
export const swizzled = (address: number): number => address ^ ((address >> 3) & 0x70);

export const elementAddress = (
  { start, stride, leading }: Descriptor,
  row: number,
  column: number,
): number => {
  const panel = Math.floor(column / PANEL_COLUMNS);
  const inPanel = (row % 8) * PANEL_BYTES + (column % PANEL_COLUMNS) * 2;
  return swizzled(start + Math.floor(row / 8) * stride + panel * leading + inPanel);
};
