// What one warp does, in instructions, bytes and waits, and how such counts add up. Knows no statement and
// no architecture.

export interface Work {
  /** Instructions of the matrix unit. */
  readonly matrix: number;
  /** exp2, log2, reciprocals and other results of the special-function unit. */
  readonly special: number;
  /** Roundings from f32 to 16 bits. */
  readonly rounding: number;
  /** Float additions and multiplications, fused where they can be, and integer multiplications. */
  readonly fma: number;
  /** Comparisons, selections, minima, integer additions and logic. */
  readonly alu: number;
  /** Instructions that only need a slot to be issued: memory, shuffles, barriers. */
  readonly other: number;
  /** Bytes that the banks of shared memory could move meanwhile: 128 for each time that they are asked. */
  readonly shared: number;
  /** Bytes read from L2 or beyond. */
  readonly fetched: number;
  /** How often what comes next waits for a result to come back from another unit. */
  readonly waits: number;
}

export const nothing: Work = {
  matrix: 0,
  special: 0,
  rounding: 0,
  fma: 0,
  alu: 0,
  other: 0,
  shared: 0,
  fetched: 0,
  waits: 0,
};

const kinds = Object.keys(nothing) as readonly (keyof Work)[];

const build = (of: (kind: keyof Work) => number): Work =>
  Object.fromEntries(kinds.map((kind) => [kind, of(kind)])) as unknown as Work;

export const work = (some: Partial<Work>): Work => ({ ...nothing, ...some });

export const times = (w: Work, n: number): Work => build((kind) => w[kind] * n);

export const sum = (all: readonly Work[]): Work =>
  build((kind) => all.reduce((total, w) => total + w[kind], 0));
