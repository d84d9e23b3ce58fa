// Random inputs for tests and simulations, the same for the same seed on every machine.
// Knows which shapes a kernel's inputs have, not what the kernel does with them.

import type { Description, TensorSpec } from "../spec/description.ts";
import { extentOf } from "../spec/description.ts";
import { type NdArray, product, from } from "./ndarray.ts";

export interface Generator {
  uint32(): number;
  /** In [0, 1), 53 bits. */
  uniform(): number;
  /** In 0 .. count - 1. */
  integer(count: number): number;
  /** From N(0, 1). */
  normal(): number;
}

/** One of a family of sequences: splitmix32 seeds xoshiro128** (Blackman and Vigna 2018). */
export const generator = (seed: number, stream = 0): Generator => {
  let z = (seed ^ Math.imul(stream, 0x9e3779b9)) >>> 0;
  const splitmix = (): number => {
    z = (z + 0x9e3779b9) | 0;
    let t = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    t = Math.imul(t ^ (t >>> 15), 0x735a2d97);
    return t ^ (t >>> 15);
  };
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix()];
  const rotate = (x: number, n: number): number => (x << n) | (x >>> (32 - n));
  const uint32 = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return result;
  };
  const uniform = (): number => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) * 2 ** -53;
  let spare: number | undefined;
  const normal = (): number => {
    if (spare !== undefined) {
      const x = spare;
      spare = undefined;
      return x;
    }
    // Box and Muller 1958.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { uint32, uniform, integer: (count) => Math.floor(uniform() * count), normal };
};

/** A tensor whose sizes are bound. */
export interface ShapedTensor {
  readonly name: string;
  readonly dtype: TensorSpec["dtype"];
  readonly shape: readonly number[];
  readonly axes: readonly string[];
}

export const shaped = (t: TensorSpec, sizes: Readonly<Record<string, number>>): ShapedTensor => ({
  name: t.name,
  dtype: t.dtype,
  shape: t.axes.map((a) => extentOf(a.extent, sizes)),
  axes: t.axes.map((a) => a.axis),
});

/** Floats from N(0, 1) rounded to the dtype; integers from 0 .. 9. Each tensor has its own sequence. */
export const randomTensors = (
  tensors: readonly ShapedTensor[],
  seed: number,
): Readonly<Record<string, NdArray>> =>
  Object.fromEntries(
    tensors.map(({ name, dtype, shape, axes }, i) => {
      const random = generator(seed, i + 1);
      const draw = dtype === "i32" ? () => random.integer(10) : random.normal;
      const values = new Float64Array(product(shape));
      for (let j = 0; j < values.length; j++) values[j] = draw();
      return [name, from(dtype, values, shape, axes)];
    }),
  );

/** Inputs of a kernel at the given sizes, by name. */
export const randomInputs = (
  description: Pick<Description, "inputs">,
  sizes: Readonly<Record<string, number>>,
  seed: number,
): Readonly<Record<string, NdArray>> =>
  randomTensors(
    description.inputs.map((t) => shaped(t, sizes)),
    seed,
  );
