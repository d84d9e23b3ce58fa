// Which sizes a launch may have. Launcher, simulator and description ask here; what narrows arithmetic to i32
// relies on it.

/** How far beyond a size i32 reaches for certain: positions in a tile that a size cuts, and masks' small offsets. */
export const slack = 2 ** 16;

/** No dim of a launch, and no extent of a tensor, is beyond this. */
export const largestSize = 2 ** 31 - slack;

export const isSize = (value: number): boolean =>
  Number.isSafeInteger(value) && value >= 0 && value <= largestSize;
