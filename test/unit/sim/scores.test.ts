// Scores that read tensors: scheduled programs against the oracle, and indices that leave their axis.

import { describe, expect, test } from "vitest";
import { archNames, archs } from "../../../codegen/arch/archs.ts";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import * as e from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { generator, randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import type { TensorSpec } from "../../../codegen/spec/description.ts";
import { statementsOf } from "../../../codegen/tile/walk.ts";
import { printProgram } from "../../../codegen/tile/print.ts";
import { type DenseOptions, dense } from "../../support/descriptions.ts";
import { causal, window } from "../reference/describe.ts";

const v = (name: string): e.Expr => e.variable("i32", name);
const s = e.variable("f32", "s");
const heads = { axis: "h", extent: ["G", "Hkv"] } as const;
const distance = e.sub(v("q"), v("kv"));

const read = (tensor: TensorSpec, ...index: readonly e.Expr[]): e.Expr =>
  e.load(
    "f32",
    tensor.name,
    tensor.axes.map(({ axis }, i) => ({ axis, value: index[i]! })),
  );

const heat: TensorSpec = { name: "heat", dtype: "f32", axes: [heads] };
const table: TensorSpec = {
  name: "table",
  dtype: "f32",
  axes: [heads, { axis: "distance", extent: 21 }],
};
const bias: TensorSpec = {
  name: "bias",
  dtype: "bf16",
  axes: [heads, { axis: "q", extent: ["Sq"] }, { axis: "kv", extent: ["Skv"] }],
};
const ofKeys: TensorSpec = {
  name: "ofKeys",
  dtype: "f16",
  axes: [
    { axis: "b", extent: ["B"] },
    { axis: "kv", extent: ["Skv"] },
  ],
};
const near = e.min(e.max(e.add(distance, e.i32(10)), e.i32(0)), e.i32(20));

const forms: Readonly<Record<string, DenseOptions>> = {
  "a temperature per head": {
    score: e.mul(s, read(heat, v("h"))),
    more: [heat],
    mask: causal,
  },
  "a table by distance": {
    score: e.add(s, read(table, v("h"), near)),
    more: [table],
    mask: window(40),
  },
  "a bias for each score": {
    score: e.add(s, read(bias, v("h"), v("q"), v("kv"))),
    more: [bias],
  },
  "a bias for each key, after a cap": {
    score: e.add(
      e.mul(e.f32(4), e.unary("tanh", e.mul(s, e.f32(0.25)))),
      read(ofKeys, v("b"), v("kv")),
    ),
    more: [ofKeys],
    mask: causal,
  },
  "tanh.approx": { score: e.mul(e.f32(5), e.unary("tanhApprox", e.mul(s, e.f32(0.2)))) },
};

const random = generator(17);

describe.each(archNames)("%s", (arch) => {
  test.each(Object.keys(forms))("%s", async (name) => {
    const d = dense({ headDim: 32, ...forms[name] });
    const sizes = {
      ...{ B: 1 + random.integer(2), Sq: 1 + random.integer(70), Skv: random.integer(150) },
      ...{ Hkv: 1, G: 1 + random.integer(2) },
    };
    const inputs = randomInputs(d, sizes, 5);
    const outputs = await simulateProgram(schedule(lower(d), archs[arch]), { sizes, inputs });
    for (const { accuracy, worst } of judge(d, reference(d, sizes, inputs, {}), outputs))
      expect(accuracy.pass, JSON.stringify({ arch, name, sizes, accuracy, worst })).toBe(true);
  });
});

const indexIn = (d: DenseOptions): string => {
  const program = schedule(lower(dense({ headDim: 32, ...d })), archs.sm_80);
  return /s = .*?(?:table|heat|bias)\[(.*?)\](?: |$)/m.exec(printProgram(program))?.[1] ?? "none";
};

describe("indices", () => {
  const sizes = { B: 1, Sq: 20, Skv: 40, Hkv: 1, G: 2 };
  const wrong: Readonly<Record<string, DenseOptions>> = {
    "a distance beyond the table": {
      score: e.add(s, read(table, v("h"), e.sub(v("kv"), v("q")))),
      more: [table],
    },
    "another head": { score: e.mul(s, read(heat, e.add(v("h"), e.i32(1)))), more: [heat] },
    "a product that leaves the integers": {
      score: e.mul(s, read(heat, e.mul(v("q"), e.i32(1 << 30)))),
      more: [heat],
    },
  };

  test.each(Object.keys(wrong))(
    "%s: refused by the oracle and before scheduling, harmless after",
    async (name) => {
      const d = dense({ headDim: 32, ...wrong[name] });
      const inputs = randomInputs(d, sizes, 5);
      const fault = /of (table|heat)|(table|heat) at /;
      expect(() => reference(d, sizes, inputs, {})).toThrow(fault);
      await expect(simulateProgram(lower(d), { sizes, inputs })).rejects.toThrow(DiagnosticError);
      await simulateProgram(schedule(lower(d), archs.sm_80), { sizes, inputs });
    },
  );

  test("what is proven to be inside is read as it is written", () => {
    expect(indexIn(forms["a table by distance"]!)).toMatch(/^h, min\(max\([^m]*, 0\), 20\)$/);
    expect(indexIn(wrong["a distance beyond the table"]!)).toMatch(/^h, max\(min\(.*, 20\), 0\)$/);
  });

  test("the columns of a tile that lies inside need no limit", () => {
    const program = schedule(lower(dense({ ...forms["a bias for each score"] })), archs.sm_80);
    const maps = program.kernels.flatMap((k) => k.steps.flatMap((step) => statementsOf(step.body)));
    const reads = maps.flatMap((m) =>
      m.kind === "map" && m.to === "s" ? (/bias.*$/.exec(JSON.stringify(m.value))?.[0] ?? []) : [],
    );
    expect(reads.map((r) => r.includes('"Skv"'))).toEqual([true, false]);
  });

  test("a scalar given at launch may be negative", () => {
    const at = e.add(v("q"), e.variable("i32", "shift"));
    const options = {
      score: e.add(s, read(bias, v("h"), at, v("kv"))),
      more: [bias],
      scalars: [{ name: "shift", type: "i32" }],
    } as const;
    expect(indexIn(options)).toMatch(/^h, max\(min\(.*shift.*, 0\)/);
  });
});

test("scores that tanh.approx has put off by 2^-11 are exact enough where it was asked for, and only there", () => {
  const sizes = { B: 1, Sq: 9, Skv: 33, Hkv: 1, G: 1 };
  const capped = (op: "tanh" | "tanhApprox", off: number): e.Expr =>
    e.mul(e.f32(50 * (1 + off)), e.unary(op, e.mul(s, e.f32(0.2))));
  const of = (op: "tanh" | "tanhApprox", off = 0) => {
    const d = dense({ headDim: 32, score: capped(op, off) });
    return { d, ...reference(d, sizes, randomInputs(d, sizes, 5), {}) };
  };
  const [asked, exact] = [of("tanhApprox"), of("tanh")];
  for (const off of [2 ** -11, -(2 ** -11)]) {
    const { baseline } = of("tanh", off);
    expect(judge(asked.d, asked, baseline).map((j) => j.accuracy.pass)).toEqual([true, true]);
    expect(judge(exact.d, exact, baseline).every((j) => j.accuracy.pass)).toBe(false);
  }
  expect(asked.slack).toBeLessThan(50 / 2048);
});
