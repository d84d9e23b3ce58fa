// Rounding to the storage formats: to nearest, ties to even, with subnormals, infinities, NaN and -0.
// An f16 or bf16 value is held as the number that it stands for. Knows nothing of arrays' shapes.

import { convertValue } from "../expr/evaluate.ts";
import type { DType } from "../spec/description.ts";

/** A binary floating-point format of at most 16 bits: `2^minExponent` is its smallest normal number. */
interface Format {
  readonly mantissaBits: number;
  readonly minExponent: number;
  readonly largest: number;
}

const formats = {
  f16: { mantissaBits: 10, minExponent: -14, largest: 65504 },
  bf16: { mantissaBits: 7, minExponent: -126, largest: (2 - 2 ** -7) * 2 ** 127 },
} as const satisfies Record<string, Format>;

export type HalfType = keyof typeof formats;

const double = new Float64Array(1);
const doubleWords = new Uint32Array(double.buffer);
const highWord = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/**
 * Adding and taking away 1.5 * 2^(e + 52 - mantissaBits) rounds a number of exponent e to the format, since
 * that constant's unit in the last place is the format's. One constant per exponent field of a double.
 */
const roundingConstants = (format: Format): Float64Array =>
  Float64Array.from({ length: 2048 }, (_, field) => {
    if (field - 1023 > 128) return 0; // overflows, infinities and NaN stay as they are
    return 1.5 * 2 ** (Math.max(field - 1023, format.minExponent) + 52 - format.mantissaBits);
  });

const constants: Readonly<Record<HalfType, Float64Array>> = {
  f16: roundingConstants(formats.f16),
  bf16: roundingConstants(formats.bf16),
};

/** Rounds a float64 once (not by way of f32). */
const roundHalf = (type: HalfType, x: number): number => {
  double[0] = x;
  const c = constants[type][(doubleWords[highWord]! >>> 20) & 0x7ff]!;
  const rounded = x + c - c;
  const { largest } = formats[type];
  if (rounded > largest) return Infinity;
  if (rounded < -largest) return -Infinity;
  return rounded === 0 ? x * 0 : rounded; // keeps -0
};

/** The nearest value of `dtype`; i32 truncates and saturates. */
export const roundTo = (dtype: DType, x: number): number => {
  switch (dtype) {
    case "f16":
    case "bf16":
      return roundHalf(dtype, x);
    case "f32":
      return Math.fround(x);
    case "i32":
      return convertValue("i32", x, "f64");
  }
};

const roundBitsToF16 = (bits: Uint32Array, values: Float32Array): void => {
  const c = constants.f16[0]!;
  for (let i = 0; i < bits.length; i++) {
    const u = bits[i]!;
    const magnitude = u & 0x7fffffff;
    if (magnitude >= 0x7f800000) continue; // infinities and NaN
    if (magnitude < 0x38800000) {
      const x = values[i]!; // below 2^-14: subnormal
      const rounded = x + c - c;
      values[i] = rounded === 0 ? x * 0 : rounded;
      continue;
    }
    const rounded = (u + 0xfff + ((u >>> 13) & 1)) & 0xffffe000;
    bits[i] = (rounded & 0x7fffffff) >= 0x47800000 ? (u & 0x80000000) | 0x7f800000 : rounded;
  }
};

const roundBitsToBf16 = (bits: Uint32Array): void => {
  for (let i = 0; i < bits.length; i++) {
    const u = bits[i]!;
    if ((u & 0x7fffffff) < 0x7f800000) bits[i] = (u + 0x7fff + ((u >>> 16) & 1)) & 0xffff0000;
    else if ((u & 0x7fffff) !== 0) bits[i] = (u | 0x400000) & 0xffff0000;
  }
};

/** Rounds f32 values to `dtype` where they stand; the bulk form of `roundTo`. */
export const roundAll = (dtype: Exclude<DType, "i32">, values: Float32Array): void => {
  if (dtype === "f32") return;
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  if (dtype === "f16") roundBitsToF16(bits, values);
  else roundBitsToBf16(bits);
};

/** The value that 16 bits stand for; exact. */
export const fromBits = (type: HalfType, bits: number): number => {
  const { mantissaBits, minExponent } = formats[type];
  const sign = bits & 0x8000 ? -1 : 1;
  const field = (bits & 0x7fff) >>> mantissaBits;
  const mantissa = bits & ((1 << mantissaBits) - 1);
  if (field === 0x7fff >>> mantissaBits) return mantissa === 0 ? sign * Infinity : NaN;
  if (field === 0) return sign * mantissa * 2 ** (minExponent - mantissaBits);
  return sign * (mantissa + (1 << mantissaBits)) * 2 ** (field - 1 + minExponent - mantissaBits);
};

/** The 16 bits of the nearest value of the format; NaN becomes the quiet NaN 0x7e00 or 0x7fc0. */
export const toBits = (type: HalfType, x: number): number => {
  const { mantissaBits, minExponent } = formats[type];
  const value = roundHalf(type, x);
  const infinity = (0x7fff >>> mantissaBits) << mantissaBits;
  if (Number.isNaN(value)) return infinity | (1 << (mantissaBits - 1));
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude === Infinity) return sign | infinity;
  double[0] = magnitude;
  const exponent = Math.max((doubleWords[highWord]! >>> 20) - 1023, minExponent);
  const mantissa = magnitude / 2 ** (exponent - mantissaBits); // with the hidden bit where normal
  return sign | (((exponent - minExponent) << mantissaBits) + mantissa);
};

/** The distance from |x| to the next larger value of the format: one unit in the last place. */
export const ulp = (dtype: Exclude<DType, "i32">, x: number): number => {
  const { mantissaBits, minExponent } =
    dtype === "f32" ? { mantissaBits: 23, minExponent: -126 } : formats[dtype];
  double[0] = Math.abs(x);
  const exponent = Math.max((doubleWords[highWord]! >>> 20) - 1023, minExponent);
  return 2 ** (exponent - mantissaBits);
};

/** The largest |x| of those that are finite. */
export const largestFinite = (values: ArrayLike<number>): number => {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const x = Math.abs(values[i]!);
    if (x > largest && x < Infinity) largest = x;
  }
  return largest;
};
