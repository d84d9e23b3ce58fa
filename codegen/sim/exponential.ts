// The f32 exponential of tiles. Knows one number at a time.

/** 2^(k / 16) for k / 16 from -126 to 128. */
const FIRST = -126 * 16;
const powers = Float64Array.from({ length: 254 * 16 + 1 }, (_, i) => 2 ** ((i + FIRST) / 16));

/**
 * 2^x to about 1e-15 (so that rounding it to f32 is correct but for near ties); results below 2^-126 are 0, as
 * with ex2.approx.ftz.f32 (PTX 9.7.3.20): x = k / 16 + r, and 2^r by its Taylor series, |r| <= 1 / 32.
 */
export const exp2 = (x: number): number => {
  if (!(x >= -126)) return x !== x ? x : 0;
  if (x >= 128) return Infinity;
  const k = Math.floor(x * 16 + 0.5);
  const t = (x - k / 16) * Math.LN2;
  const series =
    1 + t * (1 + t * (1 / 2 + t * (1 / 6 + t * (1 / 24 + t * (1 / 120 + t * (1 / 720))))));
  return powers[k - FIRST]! * series;
};
