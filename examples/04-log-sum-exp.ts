// Lesson 4: attention over all keys is the mean of attention over two halves of them, weighed by e^lse of each.
// That is how work is split over blocks, or over machines.

import { compile, type NdArray, random, simulate } from "../codegen/index.ts";

const { plain } = await compile("examples/kernels/attention.ts");
const dims = { B: 1, Sq: 5, Skv: 90, H: 1 };
const inputs = random(plain, dims, 3);

/** Attention of the same queries over keys from .. to. */
const part = async (from: number, to: number): Promise<Readonly<Record<string, NdArray>>> => {
  const { q, k, v } = inputs;
  if (!q || !k || !v) throw new Error("the kernel has other inputs");
  const keys = (array: NdArray): NdArray => array.slice([0], [from, to]);
  return simulate(plain, {
    dims: { ...dims, Skv: to - from },
    inputs: { q, k: keys(k), v: keys(v) },
  });
};

const [whole, left, right] = [await part(0, 90), await part(0, 37), await part(37, 90)];

for (let q = 0; q < dims.Sq; q++) {
  const weigh = (p: typeof whole): number => Math.exp(p["lse"]?.at([0, 0, q]) ?? 0);
  const value = (p: typeof whole): number => p["o"]?.at([0, q, 0, 0]) ?? 0;
  const [a, b] = [weigh(left), weigh(right)];
  const merged = (a * value(left) + b * value(right)) / (a + b);
  console.log(`query ${q}: whole ${value(whole).toFixed(5)}, merged ${merged.toFixed(5)}`);
}
