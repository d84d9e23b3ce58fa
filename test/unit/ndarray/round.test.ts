// Rounding against a slow oracle that searches the 65,536 values of a format for the nearest.

import { describe, expect, test } from "vitest";
import {
  fromBits,
  roundAll,
  roundTo,
  toBits,
  ulp,
  type HalfType,
} from "../../../codegen/sim/round.ts";
import { generator } from "../../../codegen/sim/random.ts";

/** Decodes by the definition in IEEE 754, with a DataView for bf16 (the upper half of an f32). */
const decode = (type: HalfType, bits: number): number => {
  if (type === "bf16") {
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, bits * 65536);
    return view.getFloat32(0);
  }
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = Math.floor(bits / 1024) % 32;
  const fraction = (bits % 1024) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
};

/** Magnitudes ascend with their bits, so a bisection finds the two neighbours; ties go to even bits. */
const oracle = (type: HalfType, x: number): number => {
  if (Number.isNaN(x)) return NaN;
  const negative = x < 0 || Object.is(x, -0);
  const magnitude = Math.abs(x);
  const infinity = type === "f16" ? 0x7c00 : 0x7f80;
  let low = 0;
  let high = infinity;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (decode(type, middle) <= magnitude) low = middle;
    else high = middle;
  }
  const below = decode(type, low);
  // Where the format ends, the next step would be as wide as the last one.
  const above = high === infinity ? 2 * below - decode(type, low - 1) : decode(type, high);
  const toLow = magnitude - below;
  const toHigh = above - magnitude;
  const bits = toLow < toHigh ? low : toHigh < toLow ? high : low % 2 === 0 ? low : high;
  return negative ? -decode(type, bits) : decode(type, bits);
};

const random = generator(20260101);
const word = new Uint32Array(2);
const single = new Float32Array(word.buffer, 0, 1);
const double = new Float64Array(word.buffer);
const randomSingle = (): number => {
  word[0] = random.uint32();
  return single[0]!;
};
const randomDouble = (): number => {
  word[0] = random.uint32();
  // Half of the exponents near the ends and ties of the 16-bit formats.
  word[1] = random.uint32();
  return random.uniform() < 0.5 ? double[0]! : randomSingle() * (1 + 2 ** -40);
};

describe.each(["f16", "bf16"] as const)("%s", (type) => {
  test("every pattern is decoded, kept by rounding, and encoded back", () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = fromBits(type, bits);
      if (!Object.is(value, decode(type, bits))) throw new Error(`fromBits(${type}, ${bits})`);
      if (!Object.is(roundTo(type, value), value)) throw new Error(`roundTo(${type}, ${value})`);
      const back = Number.isNaN(value) ? { f16: 0x7e00, bf16: 0x7fc0 }[type] : bits;
      if (toBits(type, value) !== back) throw new Error(`toBits(${type}, ${value})`);
    }
    expect(fromBits(type, 1)).toBe(type === "f16" ? 2 ** -24 : 2 ** -133);
  });

  test("the midpoints of neighbours go to even, and what is just beside them does not", () => {
    const infinity = type === "f16" ? 0x7c00 : 0x7f80;
    for (let bits = 0; bits + 1 < infinity; bits++) {
      const [low, high] = [decode(type, bits), decode(type, bits + 1)];
      const middle = (low + high) / 2;
      const even = bits % 2 === 0 ? low : high;
      for (const [x, y] of [
        [middle, even],
        [middle * (1 + 2 ** -50), high],
        [middle * (1 - 2 ** -50), low],
        [-middle, -even],
      ] as const)
        if (!Object.is(roundTo(type, x), y)) throw new Error(`roundTo(${type}, ${x}) is not ${y}`);
    }
    expect(roundTo(type, 1 + ulp(type, 1) / 2)).toBe(1);
  });

  test("random float64 and f32 values agree with the oracle, one by one and in bulk", () => {
    const values = Float32Array.from({ length: 20000 }, randomSingle);
    const subnormal = Float32Array.from(
      { length: 5000 },
      () => (random.uniform() - 0.5) * 2 ** (type === "f16" ? -13 : -125),
    );
    for (const list of [values, subnormal]) {
      const bulk = list.slice();
      roundAll(type, bulk);
      list.forEach((x, i) => {
        const expected = oracle(type, x);
        if (!Object.is(roundTo(type, x), expected)) throw new Error(`roundTo(${type}, ${x})`);
        if (!Object.is(bulk[i], expected)) throw new Error(`roundAll(${type}, ${x}) = ${bulk[i]}`);
      });
    }
    for (let i = 0; i < 20000; i++) {
      const x = randomDouble();
      if (!Object.is(roundTo(type, x), oracle(type, x))) throw new Error(`roundTo(${type}, ${x})`);
    }
    expect(values.some((x) => Number.isNaN(x))).toBe(true);
  });

  test("what is too large becomes infinite, from half a step above the largest value", () => {
    const largest = decode(type, type === "f16" ? 0x7bff : 0x7f7f);
    const half = ulp(type, largest) / 2;
    expect(roundTo(type, largest + half)).toBe(Infinity);
    expect(roundTo(type, -largest - half)).toBe(-Infinity);
    expect(roundTo(type, (largest + half) * (1 - 2 ** -52))).toBe(largest);
    const bulk = new Float32Array([largest + half, -largest - half, Infinity, NaN, -0]);
    roundAll(type, bulk);
    expect([...bulk]).toEqual([Infinity, -Infinity, Infinity, NaN, -0]);
  });
});

test("f32 and i32 round as Math.fround and a truncating conversion", () => {
  expect(roundTo("f32", 0.1)).toBe(Math.fround(0.1));
  expect(roundTo("i32", -2.9)).toBe(-2);
  expect(ulp("f32", 1)).toBe(2 ** -23);
  expect(ulp("f16", 0)).toBe(2 ** -24);
});
