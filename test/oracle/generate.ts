// Random kernel files as an author would write them, and sizes to run them at. The same seed gives the
// same text everywhere, so that a failure is repeated from its file alone.

import { type ArchName } from "../../codegen/arch/arch.ts";
import { archNames, archs } from "../../codegen/arch/archs.ts";
import { type Generator, generator } from "../../codegen/sim/random.ts";

export interface Config {
  readonly kernel: string;
  readonly arch: ArchName;
  /** Sizes and launch scalars. */
  readonly values: Readonly<Record<string, number>>;
  readonly seed: number;
}

export interface KernelFile {
  readonly text: string;
  readonly configs: readonly Config[];
}

const pick = <T>(random: Generator, choices: readonly T[]): T =>
  choices[random.integer(choices.length)] as T;

/** A part of a kernel: the field's text, and the input that it reads. */
interface Part {
  readonly field?: string;
  readonly input?: string;
}

/** Numbers in the range that tiles of 16 to 128 make interesting. */
const width = (random: Generator): number => 1 + random.integer(150);

const masks: readonly ((random: Generator) => Part)[] = [
  () => ({}),
  () => ({ field: "masks.causal" }),
  (r) => ({ field: `masks.window(${width(r)})` }),
  (r) => ({ field: `masks.and(masks.causal, masks.window(${width(r)}))` }),
  (r) => ({ field: `masks.or(masks.causal, ({ kv }) => kv < ${width(r)})` }),
  () => ({ field: "masks.not(masks.causal)" }),
  () => ({ field: "({ q, kv }) => kv <= q" }),
  (r) => ({ field: `({ q, kv }) => kv - q < ${width(r)} && q - kv < ${width(r)}` }),
  (r) => ({ field: `({ q, kv }) => kv < ${width(r)} || Math.abs(q - kv) <= ${width(r)}` }),
  (r) => ({ field: blockwise(1 + r.integer(40)) }),
  (r) => ({ field: `({ q, kv }) => (q + kv) % ${2 + r.integer(5)} !== 0` }),
  (r) => ({ field: `({ q, kv }) => kv <= q && Math.floor(kv / 16) % ${2 + r.integer(4)} === 1` }),
  (r) => ({ field: `({ q, kv }) => q * kv < ${1000 + r.integer(9000)}` }),
  (r) => ({ field: `({ h, q, kv }) => (h % 2 === 0 ? kv <= q : kv < ${width(r)})` }),
  (r) => ({ field: `({ kv, kvLen }) => kv * 2 < kvLen - ${r.integer(9)}` }),
  () => ({
    field: "({ b, q, kv }, { docs }) => docs({ b, kv }) > 4 && kv - q < 60",
    input: "docs: i32({ b: B, kv: Skv })",
  }),
];

const blockwise = (size: number): string =>
  `({ q, kv }) => Math.floor(kv / ${size}) <= Math.floor(q / ${size})`;

const scores: readonly ((random: Generator) => Part)[] = [
  () => ({}),
  () => ({}),
  (r) => ({ field: `scores.softcap(${5 + r.integer(30)})` }),
  () => ({
    field: "(s, { h, q, kv }, { slopes }) => s + slopes({ h }) * (kv - q)",
    input: "slopes: f32({ h: HEADS })",
  }),
  () => ({
    field: "(s, { h, q, kv }, { bias }) => s + bias({ h, q, kv })",
    input: "bias: f32({ h: HEADS, q: Sq, kv: Skv })",
  }),
  () => ({ field: "(s, { q, kv }) => s - Math.abs(q - kv) * 0.03125" }),
  () => ({ field: "(s, { kv }) => (kv > 20 ? s * 0.5 : Math.max(s, -1))" }),
  () => ({ field: "(s) => s * temperature" }),
  () => ({ field: "(s) => temperature * Math.tanh(s / temperature)" }),
];

const sinks: readonly (() => Part)[] = [
  () => ({}),
  () => ({}),
  () => ({}),
  () => ({
    field: "({ h }, { logits }) => logits({ h })",
    input: "logits: f32({ h: HEADS })",
  }),
  () => ({
    field: "({ q, qLen }) => (q % 3 === 0 ? -Infinity : math.float(qLen - q) / 64)",
  }),
];

const scales: readonly ((random: Generator, d: number) => string | undefined)[] = [
  () => undefined,
  (_, d) => `1 / Math.sqrt(${d})`,
  (r) => String((1 + r.integer(15)) / 64),
  () => "temperature",
];

const headDims: readonly number[] = [16, 24, 32, 40, 48, 64, 72, 80, 96, 128];
const orders: readonly (readonly string[])[] = [
  ["b", "row", "head", "d"],
  ["b", "head", "row", "d"],
];

const axes = (order: readonly string[], of: Readonly<Record<string, string>>): string =>
  `{ ${order.map((o) => of[o]).join(", ")} }`;

/** Grouped by a size known at launch, by constants, or not at all. */
const heads: readonly { readonly h: string; readonly hkv: string }[] = [
  { h: "Hq", hkv: "Hkv" },
  { h: "Hq", hkv: "Hkv" },
  { h: "6", hkv: "2" },
  { h: "Hkv", hkv: "Hkv" },
];

const schedule = (random: Generator): string | undefined => {
  if (random.integer(3) > 0) return undefined;
  const warps = pick(random, [1, 2, 4]);
  const q = warps * pick(random, [16, 32]);
  const kv = pick(random, [16, 32, 48, 64]);
  const stages = pick(random, [1, 2]);
  const groups = pick(random, [1, 2]);
  const whole = `tile: { q: ${groups * 64}, kv: ${kv} }, warps: ${groups * 4}, stages: ${stages}`;
  const grouped = archNames.filter((arch) => archs[arch].warpgroups);
  return `{ ${[
    `"*": { tile: { q: ${q}, kv: ${kv} }, warps: ${warps}, stages: ${stages} }`,
    ...grouped.map((arch) => `${arch}: { ${whole} }`),
  ].join(", ")} }`;
};

/** One exported kernel. */
const kernelText = (name: string, random: Generator): string => {
  const dtype = pick(random, ["f16", "bf16"]);
  const d = pick(random, headDims);
  const dv = random.integer(3) > 0 ? d : pick(random, headDims);
  const order = pick(random, orders);
  const head = pick(random, heads);
  const q = { b: "b: B", row: "q: Sq", head: `h: ${head.h}` };
  const kv = { b: "b: B", row: "kv: Skv", head: `hkv: ${head.hkv}` };
  const mask = pick(random, masks)(random);
  const score = pick(random, scores)(random);
  const scale = pick(random, scales)(random, d);
  const lse = pick(random, ["", "", "base 2"]);
  const plan = schedule(random);
  const sink = pick(random, sinks)();
  const fields = [
    "inputs: {",
    `  q: ${dtype}(${axes(order, { ...q, d: `d: ${d}` })}),`,
    `  k: ${dtype}(${axes(order, { ...kv, d: `d: ${d}` })}),`,
    `  v: ${dtype}(${axes(order, { ...kv, d: `d: ${dv}` })}),`,
    ...[mask.input, score.input, sink.input].flatMap((i) =>
      i === undefined ? [] : [`  ${i.replace("HEADS", head.h)},`],
    ),
    "},",
    ...(scale === undefined ? [] : [`scale: ${scale},`]),
    ...(score.field === undefined ? [] : [`score: ${score.field},`]),
    ...(mask.field === undefined ? [] : [`mask: ${mask.field},`]),
    ...(sink.field === undefined ? [] : [`sink: ${sink.field},`]),
    ...(plan === undefined ? [] : [`schedule: ${plan},`]),
    "outputs: {",
    `  o: out.values(${dtype}(${axes(order, { ...q, d: `d: ${dv}` })})),`,
    `  lse: out.logSumExp(f32({ b: B, h: ${head.h}, q: Sq })${lse === "" ? "" : ", { base: 2 }"}),`,
    "},",
  ];
  return `export const ${name} = attention({\n${fields.map((f) => `  ${f}`).join("\n")}\n});\n`;
};

const header = `// Random kernels; see test/oracle/generate.ts.

import { attention, bf16, dims, f16, f32, i32, masks, math, out, scalar, scores } from "../../dsl/index.ts";

const { B, Sq, Skv, Hkv, G } = dims("B", "Sq", "Skv", "Hkv", "G");
const Hq = G.times(Hkv);
const temperature = scalar("temperature", f32);

`;

const lengths: readonly number[] = [0, 1, 3, 16, 17, 31, 63, 64, 65, 97, 113, 128, 150];

/** Mostly lengths around tile edges, sometimes any. */
const length = (random: Generator): number =>
  random.integer(4) > 0 ? pick(random, lengths) : random.integer(160);

/** Sizes for every kernel of a file; one that lacks a size leaves it out. */
const config = (kernel: string, random: Generator, serving: readonly ArchName[]): Config => ({
  kernel,
  arch: pick(random, serving),
  values: {
    B: pick(random, [1, 1, 1, 2, 0]),
    Sq: length(random),
    Skv: length(random),
    Hkv: pick(random, [1, 1, 2]),
    G: pick(random, [1, 2, 3]),
    temperature: (random.integer(3) > 0 ? 1 : -1) * ((1 + random.integer(16)) / 8),
  },
  seed: random.integer(2 ** 31),
});

/** Those that have what the kernel asks for. */
const architecturesFor = (text: string): readonly ArchName[] =>
  archNames.filter(
    (name) =>
      (archs[name].bf16 || !text.includes("bf16(")) &&
      (archs[name].asyncCopies || !text.includes("stages: 2")),
  );

/** A file of `kernels` exports, each to be run at `each` sizes. */
export const kernelFile = (seed: number, kernels: number, each: number): KernelFile => {
  const random = generator(seed);
  const names = Array.from({ length: kernels }, (_, i) => `k${i}`);
  const texts = names.map((name) => kernelText(name, random));
  return {
    text: header + texts.join("\n"),
    configs: names.flatMap((name, i) => {
      const serving = architecturesFor(texts[i] ?? "");
      return Array.from({ length: each }, () => config(name, random, serving));
    }),
  };
};
