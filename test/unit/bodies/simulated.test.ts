// Bodies in the simulator against one tile for everything in float64: shipped kernels at seeded random sizes on every
// architecture, and bodies that ask something particular of lowering.

import { expect, test } from "vitest";
import { archNames } from "../../../codegen/arch/archs.ts";
import type { ArchName } from "../../../codegen/arch/arch.ts";
import { type CompiledKernel, refusal } from "../../../codegen/compile.ts";
import { generator } from "../../../codegen/sim/random.ts";
import { runKernel } from "../../../codegen/simulate.ts";
import { bodyOf, compileText, only, shipped } from "./support.ts";

const kernels = await shipped();

/** Whether the run is exact enough, with one line that repeats it. */
const check = async (kernel: CompiledKernel, arch: ArchName, seed: number): Promise<void> => {
  const random = generator(seed, 1);
  const dims = {
    ...{ B: 1 + random.integer(2), Hkv: 1 + random.integer(2), G: 1 + random.integer(3) },
    ...{ Sq: 1 + random.integer(150), Skv: random.integer(170) },
  };
  const { judgements } = await runKernel(kernel, { dims, seed, arch, workers: 0 });
  const wrong = judgements.filter((j) => !j.accuracy.pass);
  const sizes = Object.entries(dims).map(([name, x]) => `${name}=${x}`);
  const repeat = `tilewright simulate ${kernel.program.source} --kernel ${kernel.name} --arch ${arch} --dims ${sizes.join(",")} --seed ${seed}`;
  expect(wrong, repeat).toEqual([]);
};

for (const [i, kernel] of kernels.entries())
  test.each(archNames.filter((arch) => refusal(kernel, arch) === undefined))(
    `${kernel.name} on %s`,
    async (arch) => check(kernel, arch, 10 * i + archNames.indexOf(arch)),
    60_000,
  );

test("sm_90a says why it cannot run a body with two loops, and what can", () => {
  const refused = kernels.flatMap((kernel) => {
    const found = refusal(kernel, "sm_90a");
    return found ? [`${found.code}: ${found.message}`] : [];
  });
  expect(refused).toEqual([
    "A3006: two_pass cannot be shared out among the warps of sm_90a: it has several loops over keys",
  ]);
});

const load = "const qs = tile.load(q, { b, h, q: rows });";
const scores = "tile.qk(qs, tile.load(k, { b, hkv, kv: cols }))";
const values = "tile.load(v, { b, hkv, kv: cols })";
const stores = "tile.store(o, { b, h, q: rows }, acc); tile.store(lse, { b, h, q: rows }, l);";

const bodies: readonly (readonly [what: string, body: string])[] = [
  [
    "variables that trade places in every step",
    `${load} let acc = tile.zeros(rows, D); let l = tile.zeros(rows); let other = l;
     for (const cols of tile.columns(Skv)) {
       const s = ${scores}; const kept = tile.rowSum(s, l); l = tile.rowSum(s, other); other = kept; }
     l = tile.map(l, other, (x, y) => x + 2 * y); ${stores}`,
  ],
  [
    "one value at the start of two variables",
    `${load} const zero = tile.zeros(rows); let l = zero, n = zero; let acc = tile.zeros(rows, D);
     for (const cols of tile.columns(Skv, { mask: masks.causal })) {
       const s = ${scores}; l = tile.rowSum(s, l); n = tile.rowSum(tile.map(s, () => 1), n);
       acc = tile.pv(acc, s, ${values}); }
     l = tile.map(l, n, (x, count) => (count === 0 ? 0 : x / count));
     acc = tile.map(acc, n, (x, count) => (count === 0 ? 0 : x / count)); ${stores}`,
  ],
  [
    "one tile read by a sum, a maximum and a product",
    `${load} let l = tile.zeros(rows); let top = tile.map(l, () => -1e30); let acc = tile.zeros(rows, D);
     for (const cols of tile.columns(Skv, { mask: masks.window(9) })) {
       const s = tile.map(${scores}, (x) => x * SCALE);
       top = tile.rowMax(s, top); acc = tile.pv(acc, s, ${values}); l = tile.rowSum(s, l); }
     l = tile.map(l, top, (x, y) => x + Math.max(y, -50)); ${stores}`,
  ],
  [
    "masks of two loops that differ",
    `${load} let l = tile.zeros(rows); let acc = tile.zeros(rows, D);
     for (const cols of tile.columns(Skv, { mask: masks.causal })) { l = tile.rowSum(${scores}, l); }
     for (const cols of tile.columns(Skv, { mask: ({ q, kv }) => kv % 7 < 3 && kv < q + 20 })) {
       acc = tile.pv(acc, ${scores}, ${values}); }
     ${stores}`,
  ],
  [
    "online softmax of scores that are read again, and of two sets of keys",
    `${load} let state = tile.emptySoftmax(rows, D); let sum = tile.zeros(rows);
     for (const cols of tile.columns(Skv, { mask: ({ kv }) => kv < 30 })) {
       const s = tile.map(${scores}, (x) => x * SCALE); const step = tile.onlineSoftmax(s, state);
       state = { l: step.l, acc: tile.pv(step.acc, step.p, ${values}), m: step.m };
       sum = tile.rowSum(s, sum); }
     for (const cols of tile.columns(Skv, { mask: ({ kv }) => kv >= 30 })) {
       const s = tile.map(${scores}, (x) => x * SCALE); const { m, l, acc } = tile.onlineSoftmax(s, state);
       const { p } = tile.onlineSoftmax(s, state); state = { m, l, acc: tile.pv(acc, p, ${values}) }; }
     const l = tile.map(state.l, state.m, sum, (x, m, s) => (x === 0 ? 0 : (m + Math.log2(x)) + 1e-3 * s));
     const acc = tile.map(state.acc, state.l, (x, y) => (y === 0 ? 0 : x / y)); ${stores}`,
  ],
];

for (const [i, [what, body]] of bodies.entries())
  test.each(["sm_75", "sm_80"] as const)(
    `${what}, on %s`,
    async (arch) => {
      const kernel = only(await compileText(bodyOf(body)));
      for (const seed of [100 + i, 200 + i]) await check(kernel, arch, seed);
    },
    60_000,
  );
