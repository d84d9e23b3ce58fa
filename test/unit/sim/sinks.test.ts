// A sink is one more key that has no value: in the oracle, and in scheduled programs against the oracle.

import { describe, expect, test } from "vitest";
import { archNames, archs } from "../../../codegen/arch/archs.ts";
import { binary, type Expr, f32, i32, select, variable } from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { generator, randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { causal, describeAttention, type Options, sink, window } from "../reference/describe.ts";

const random = generator(41);
const size = (most: number): number => random.integer(most);
const everyThirdHasNone: Expr = select(
  binary("eq", binary("mod", variable("i32", "q"), i32(3)), i32(0)),
  f32(-Infinity),
  f32(2),
);
const outputsOf = (options: Options, sizes: Readonly<Record<string, number>>) => {
  const d = describeAttention(options);
  return reference(d, sizes, randomInputs(d, sizes, 3), {}).outputs;
};

describe("in the oracle", () => {
  const sizes = { B: 1, Sq: 6, Skv: 4, Hkv: 1, G: 2 };

  test("o and lse are those of softmax over one more key", () => {
    const without = outputsOf({ mask: causal }, sizes);
    const { o, lse } = outputsOf({ mask: causal, sink: f32(0.75) }, sizes);
    for (let h = 0; h < 2; h++)
      for (let q = 0; q < sizes.Sq; q++) {
        const keys = Math.exp(without["lse"]!.at({ b: 0, h, q }));
        const all = keys + Math.exp(0.75);
        expect(lse!.at({ b: 0, h, q })).toBeCloseTo(Math.log(all), 12);
        const before = without["o"]!.at({ b: 0, q, h, d: 5 });
        expect(o!.at({ b: 0, q, h, d: 5 })).toBeCloseTo((before * keys) / all, 12);
      }
  });

  test("a row that sees no key has o = 0 and the sink's logit; with a sink of -inf, no key and no sink", () => {
    const { o, lse } = outputsOf({ mask: causal, sink: everyThirdHasNone }, sizes);
    expect([0, 1].map((q) => lse!.at({ b: 0, h: 0, q }))).toEqual([-Infinity, 2]);
    expect(
      o!
        .slice(0, [0, 2])
        .values()
        .every((x) => x === 0),
    ).toBe(true);
    const none = outputsOf({ mask: causal }, sizes);
    expect(lse!.at({ b: 0, h: 1, q: 3 })).toBe(none["lse"]!.at({ b: 0, h: 1, q: 3 }));
  });

  test("a sink that is no number spoils its rows", () => {
    const { o, lse } = outputsOf({ sink: f32(NaN) }, sizes);
    expect([...o!.values(), ...lse!.values()].every(Number.isNaN)).toBe(true);
  });
});

const forms: readonly Options[] = [
  { sink },
  { sink, mask: window(20), base: 2 },
  { sink: everyThirdHasNone, mask: causal },
  { sink: f32(100), mask: causal, dtype: "bf16" },
  { sink: f32(-100) },
];

test.each(["sm_75", "sm_80", "sm_90a"] as const)(
  "%s: split keys meet the sink once",
  async (arch) => {
    const d = {
      ...describeAttention({ sink, mask: causal, headDim: 32 }),
      schedule: { "*": { splitKv: 3 } },
    };
    const sizes = { B: 1, Sq: 7, Skv: 1 + size(200), Hkv: 1, G: 2 };
    const inputs = randomInputs(d, sizes, 1);
    const program = schedule(lower(d), archs[arch], { splitKv: 3 });
    const outputs = await simulateProgram(program, { sizes, inputs });
    for (const { accuracy, worst } of judge(d, reference(d, sizes, inputs, {}), outputs))
      expect(accuracy.pass, JSON.stringify({ arch, sizes, accuracy, worst })).toBe(true);
  },
);

describe.each(archNames)("%s", (arch) => {
  test.each(forms.map((options, i) => [i, options] as const))("form %d", async (i, options) => {
    const sizes = { B: 1, Sq: 1 + size(80), Skv: size(150), Hkv: 1, G: 1 + size(2) };
    const dtype = archs[arch].bf16 ? (options.dtype ?? "f16") : "f16";
    const d = describeAttention({ ...options, dtype, headDim: 32 });
    const inputs = randomInputs(d, sizes, i);
    const outputs = await simulateProgram(schedule(lower(d), archs[arch]), { sizes, inputs });
    for (const { accuracy, worst } of judge(d, reference(d, sizes, inputs, {}), outputs))
      expect(accuracy.pass, JSON.stringify({ arch, i, sizes, accuracy, worst })).toBe(true);
  });
});
