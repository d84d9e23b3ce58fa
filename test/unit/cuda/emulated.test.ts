// Emitted kernels run on a CPU against the oracle: fragments, swizzles, copies, masks and the launcher, for head
// dims that are padded, tiles that are ragged, and rows that see no key.

import { expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import type { ArchName } from "../../../codegen/arch/arch.ts";
import { emitCuda } from "../../../codegen/cuda/emit.ts";
import { manifest } from "../../../codegen/cuda/manifest.ts";
import { add, type Expr, load, variable } from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { type DenseOptions, dense } from "../../support/descriptions.ts";
import { alibi, causal, sink, window } from "../reference/describe.ts";
import { launchEmulated } from "./launch.ts";

interface Case {
  readonly arch: ArchName;
  readonly options: DenseOptions;
  readonly sizes: Readonly<Record<string, number>>;
}

const sizes = (B: number, Sq: number, Skv: number, Hkv: number, G: number) => ({
  B,
  Sq,
  Skv,
  Hkv,
  G,
});
const slopes = {
  name: "slopes",
  dtype: "f32",
  axes: [{ axis: "h", extent: ["G", "Hkv"] }],
} as const;

const v = (name: string): Expr => variable("i32", name);
const bias = {
  name: "bias",
  dtype: "bf16",
  axes: [
    { axis: "h", extent: ["G", "Hkv"] },
    { axis: "q", extent: ["Sq"] },
    { axis: "kv", extent: ["Skv"] },
  ],
} as const;
/** bias[h, q, kv] */
const biased = add(
  variable("f32", "s"),
  load(
    "f32",
    "bias",
    bias.axes.map(({ axis }) => ({ axis, value: v(axis) })),
  ),
);

const cases: readonly Case[] = [
  { arch: "sm_80", options: { headDim: 64, mask: causal }, sizes: sizes(1, 203, 203, 1, 2) },
  { arch: "sm_80", options: { headDim: 64, dtype: "bf16" }, sizes: sizes(2, 65, 113, 1, 1) },
  {
    arch: "sm_90",
    options: { headDim: 128, mask: causal, dtype: "bf16" },
    sizes: sizes(1, 130, 300, 1, 2),
  },
  { arch: "sm_80", options: { headDim: 128, mask: window(70) }, sizes: sizes(1, 150, 260, 1, 1) },
  {
    arch: "sm_86",
    options: { headDim: 96, valueDim: 40, mask: causal },
    sizes: sizes(1, 140, 70, 1, 1),
  },
  { arch: "sm_89", options: { headDim: 40, valueDim: 72 }, sizes: sizes(1, 64, 63, 2, 1) },
  {
    arch: "sm_80",
    options: { headDim: 80, dtype: "bf16", score: alibi, mask: causal, more: [slopes] },
    sizes: sizes(1, 70, 129, 1, 2),
  },
  { arch: "sm_90", options: { headDim: 256, mask: causal }, sizes: sizes(1, 131, 66, 1, 1) },
  ...(["sm_70", "sm_80"] as const).map((arch) => ({
    arch,
    options: { headDim: 64, score: biased, mask: window(70), more: [bias] },
    sizes: sizes(1, 37, 150, 1, 2),
  })),
  ...(["sm_70", "sm_80"] as const).map((arch) => ({
    arch,
    options: { headDim: 64, mask: window(9), sink, more: [slopes] },
    sizes: sizes(1, 90, 70, 1, 2),
  })),
  { arch: "sm_80", options: { headDim: 16, mask: window(5) }, sizes: sizes(1, 3, 1, 1, 1) },
  { arch: "sm_80", options: { headDim: 112 }, sizes: sizes(1, 1, 64, 1, 1) },
  { arch: "sm_70", options: { headDim: 64, mask: causal }, sizes: sizes(1, 203, 203, 1, 2) },
  { arch: "sm_70", options: { headDim: 128, mask: window(70) }, sizes: sizes(1, 150, 260, 1, 1) },
  { arch: "sm_70", options: { headDim: 40, valueDim: 72 }, sizes: sizes(1, 64, 63, 2, 1) },
  {
    arch: "sm_70",
    options: { headDim: 80, score: alibi, mask: causal, more: [slopes] },
    sizes: sizes(1, 70, 129, 1, 2),
  },
  { arch: "sm_70", options: { headDim: 256, mask: causal }, sizes: sizes(1, 67, 66, 1, 1) },
  { arch: "sm_70", options: { headDim: 16, mask: window(5) }, sizes: sizes(1, 3, 1, 1, 1) },
  { arch: "sm_75", options: { headDim: 64, mask: causal }, sizes: sizes(1, 203, 203, 1, 2) },
  { arch: "sm_75", options: { headDim: 128, mask: window(70) }, sizes: sizes(1, 150, 260, 1, 1) },
  { arch: "sm_75", options: { headDim: 40, valueDim: 72 }, sizes: sizes(1, 64, 63, 2, 1) },
  { arch: "sm_75", options: { headDim: 256, mask: causal }, sizes: sizes(1, 67, 66, 1, 1) },
  { arch: "sm_80", options: { headDim: 192, mask: causal }, sizes: sizes(1, 67, 128, 1, 1) },
  { arch: "sm_80", options: { headDim: 64 }, sizes: sizes(1, 5, 0, 1, 1) },
  { arch: "sm_90a", options: { headDim: 64, mask: causal }, sizes: sizes(1, 203, 650, 1, 2) },
  { arch: "sm_90a", options: { headDim: 64, dtype: "bf16" }, sizes: sizes(2, 65, 530, 1, 1) },
  {
    arch: "sm_90a",
    options: { headDim: 128, mask: causal, dtype: "bf16", score: alibi, more: [slopes] },
    sizes: sizes(1, 301, 301, 1, 2),
  },
  {
    arch: "sm_90a",
    options: { headDim: 96, valueDim: 40, mask: window(70) },
    sizes: sizes(1, 140, 400, 2, 1),
  },
  { arch: "sm_90a", options: { headDim: 256, mask: causal }, sizes: sizes(1, 131, 166, 1, 1) },
  { arch: "sm_90a", options: { headDim: 64 }, sizes: sizes(1, 5, 0, 1, 1) },
];

test.each(["sm_70", "sm_80", "sm_90a"] as const)(
  "%s: NaN in keys and values that a row does not see never reaches it",
  (arch) => {
    const description = dense({ headDim: 64, mask: causal });
    const program = schedule(lower(description), archs[arch]);
    const s = sizes(1, 20, 75, 1, 1);
    const inputs = randomInputs(description, s, 11);
    for (const [name, kv] of [
      ["k", 70],
      ["v", 66],
      ["v", 74],
    ] as const) {
      const { data, shape } = inputs[name]!;
      data.fill(
        name === "k" || kv === 66 ? Number.NaN : Infinity,
        kv * shape[3]!,
        (kv + 1) * shape[3]!,
      );
    }
    const run = launchEmulated(emitCuda(program), manifest(program, ""), { sizes: s, inputs });
    const o = run.outputs["o"]!;
    expect([10, 11, 14, 19].map((q) => Number.isFinite(o.at([0, q, 0, 5])))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    for (const { accuracy, worst } of judge(
      description,
      reference(description, s, inputs, {}),
      run.outputs,
    ))
      expect(accuracy.pass, JSON.stringify({ accuracy, worst })).toBe(true);
  },
);

/** Of two results, to the last bit. */
const firstDifference = (a: ArrayLike<number>, b: ArrayLike<number>): string | undefined => {
  for (let i = 0; i < Math.max(a.length, b.length); i++)
    if (!Object.is(a[i], b[i])) return `element ${i}: ${a[i]} emulated, ${b[i]} simulated`;
  return undefined;
};

for (const { arch, options, sizes: s } of cases) {
  const title = `${arch} ${JSON.stringify(options, (key, value: unknown) => (["mask", "score", "sink"].includes(key) ? "yes" : value))} ${JSON.stringify(s)}`;
  test(title, async () => {
    const description = dense(options);
    const program = schedule(lower(description), archs[arch]);
    const inputs = randomInputs(description, s, 7);
    const run = launchEmulated(emitCuda(program), manifest(program, ""), { sizes: s, inputs });
    expect(`${run.code} ${run.error}`).toBe("0 no error");
    for (const { accuracy, worst } of judge(
      description,
      reference(description, s, inputs, {}),
      run.outputs,
    ))
      expect(accuracy.pass, JSON.stringify({ accuracy, worst })).toBe(true);
    const simulated = await simulateProgram(program, { sizes: s, inputs });
    for (const [name, { data }] of Object.entries(run.outputs))
      expect(firstDifference(data, simulated[name]!.data), name).toBe(undefined);
  });
}
