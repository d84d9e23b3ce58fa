// The figures of `explain` against counting by hand.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import type { CompiledKernel } from "../../../codegen/compile.ts";
import { executionsOf } from "../../../codegen/cost/executions.ts";
import { roofline } from "../../../codegen/cost/roofline.ts";
import { trustIn } from "../../../codegen/cost/trust.ts";
import { explainKernel } from "../../../codegen/explain/explain.ts";
import { sharedTraffic, showSharedTraffic } from "../../../codegen/explain/shared-traffic.ts";
import { showExplanation } from "../../../codegen/explain/text.ts";
import { binary, type Expr, i32, variable } from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import type { Description } from "../../../codegen/spec/description.ts";
import { dense } from "../../support/descriptions.ts";

const at = (name: string) => variable("i32", name);
const causal = dense({
  mask: binary("le", at("kv"), binary("add", at("q"), binary("sub", at("kvLen"), at("qLen")))),
});
const compiled = (description: Description): CompiledKernel => ({
  name: description.name,
  description,
  program: lower(description),
});

/** Visible and full key tiles of causal attention, counted element by element. */
const count = (Sq: number, Skv: number, tileQ: number, tileKv: number) => {
  let [visited, masked] = [0, 0];
  for (let q0 = 0; q0 < Sq; q0 += tileQ)
    for (let kv0 = 0; kv0 < Skv; kv0 += tileKv) {
      let [some, all] = [false, kv0 + tileKv <= Skv];
      for (let q = q0; q < Math.min(q0 + tileQ, Sq); q++)
        for (let kv = kv0; kv < Math.min(kv0 + tileKv, Skv); kv++) {
          const visible = kv <= q + Skv - Sq;
          some ||= visible;
          all &&= visible;
        }
      if (some) visited++;
      if (some && !all) masked++;
    }
  return { visited, masked };
};

test.each([
  [1, 1],
  [130, 130],
  [70, 500],
  [500, 70],
  [1023, 777],
])("key tiles of a causal kernel at Sq = %i, Skv = %i", (Sq, Skv) => {
  const { plan, roofline: found } = explainKernel(compiled(causal), "sm_80", {
    B: 2,
    Sq,
    Skv,
    Hkv: 3,
    G: 2,
  });
  const { counts } = found;
  const expected = count(Sq, Skv, plan.q, plan.kv);
  const heads = 2 * 3 * 2;
  expect(counts.blocks).toBe(heads * Math.ceil(Sq / plan.q));
  expect(counts.masked + counts.unmasked).toBe(heads * expected.visited);
  expect(counts.masked).toBe(heads * expected.masked);
  expect(counts.operations).toBe(heads * expected.visited * plan.q * plan.kv * (64 + 64) * 2);
});

test("counts of a kernel with no block", () => {
  const program = schedule(lower(causal), archs.sm_90);
  const { counts, estimate } = roofline(
    program,
    archs.sm_90,
    { B: 0, Sq: 9, Skv: 9, Hkv: 1, G: 1 },
    0,
  );
  expect(counts).toEqual({
    blocks: 0,
    masked: 0,
    unmasked: 0,
    operations: 0,
    exponentials: 0,
    copied: 0,
  });
  expect(estimate).toEqual({ microseconds: 0, teraflops: 0, matrixUtilisation: 0 });
});

test("an estimate is given with its evidence, or not at all", () => {
  const e = explainKernel(compiled(causal), "sm_75", { B: 1, Sq: 999, Skv: 999, Hkv: 1, G: 1 });
  const text = showExplanation(e, undefined).join("\n");
  expect(text).toMatch(/estimate: [\d.]+ us, [\d.]+ TFLOP\/s, .*matrix unit busy \d+ %/);
  expect(text).toMatch(/bound by \w+; the model meets 12 times measured on the H200 within/);
  const { evidence } = trustIn({ chip: "H200", times: 12, worstError: 0.21 });
  const none = showExplanation({ ...e, estimate: null, evidence }, undefined).join("\n");
  expect(none).not.toContain("estimate:");
  expect(none).toContain("no estimate of the time, since the model meets 12 times");
});

test("specialised warps: who does what, with how many registers; what bounds them, unproven", () => {
  const values = { B: 2, Sq: 999, Skv: 999, Hkv: 1, G: 3 };
  const e = explainKernel(compiled(causal), "sm_90a", values);
  const { kernels } = schedule(lower(causal), archs.sm_90a);
  expect(e.roles).toEqual(kernels[0]!.roles.map(({ body: _, ...role }) => role));
  const text = showExplanation(e, [
    {
      ...{ name: "causal", registers: 168, spillStores: 0, spillLoads: 0 },
      ...{ stackBytes: 0, sharedBytes: 0, barriers: 0 },
    },
  ]).join("\n");
  const [compute, load] = e.roles;
  expect(text).toContain(
    `Roles\n  compute: ${compute?.warps} warps, ${compute?.registers} registers a thread\n` +
      `  load: one thread of ${load?.warps} warps, ${load?.registers} registers a thread\n`,
  );
  expect(text).toMatch(/ks: \d+ bytes from \d+, \d stages/);
  expect(text).toContain("Registers of causal: 168 a thread until roles part, no spills");
  expect(text).toMatch(/at least: .*us for matrix/);
  for (const unit of ["exp", "memory"]) expect(text).toMatch(new RegExp(`[\\d.]+ us for ${unit}`));
  const [longest] = e.roofline.units;
  expect(text).toContain(
    `unproven: bound by ${longest?.unit}; no estimate of the time, since no time of`,
  );
  const one = explainKernel(compiled(causal), "sm_90", values);
  expect(one.roles).toEqual([]);
});

test("a model that missed a measurement, or met none, is not trusted", () => {
  const trusted = (times: number, worstError: number): boolean =>
    trustIn({ chip: "H200", times, worstError }).trusted;
  expect(trusted(12, 0.2)).toBe(true);
  expect(trusted(12, 0.201)).toBe(false);
  expect(trusted(12, Number.NaN)).toBe(false);
  expect(trusted(0, 0)).toBe(false);
});

test("buffers fill the shared memory that the launch asks for", () => {
  for (const arch of ["sm_80", "sm_90"] as const) {
    const values = { B: 1, Sq: 99, Skv: 99, Hkv: 1, G: 1 };
    const { buffers, sharedBytes } = explainKernel(compiled(causal), arch, values);
    expect(buffers.map((b) => b.name)).toEqual(expect.arrayContaining(["qs", "ks", "vs"]));
    expect(Math.max(...buffers.map((b) => b.offset + b.bytes))).toBe(sharedBytes);
    expect(sharedBytes).toBeLessThanOrEqual(archs[arch].sharedPerBlock);
  }
});

test("bank conflicts of all blocks, and the statement that loses most", () => {
  const name = "lanes-conflicts.tile";
  const text = readFileSync(new URL(`../../files/${name}`, import.meta.url), "utf8");
  const program = parseProgram(text, name);
  const executions = executionsOf(program, archs.sm_80, { Sq: 200, Skv: 32 });
  const found = sharedTraffic(program, archs.sm_80, executions);
  // By hand: `get` of 16 bytes a row and lane, four blocks of 64 rows by 64; eight rows meet in one group of banks.
  const gets = found.filter((f) => f.op === "get qr <- qs").map((f) => [f.transactions, f.ideal]);
  expect(gets.slice(0, 3)).toEqual([
    [2 * 4 * 64, 4 * 64],
    [4 * 4 * 64, 4 * 64],
    [8 * 4 * 64, 4 * 64],
  ]);
  expect(showSharedTraffic(found)).toMatch(
    /^shared memory: \d+ transactions, \d+\.\d % more by bank conflicts, worst: `qk s = qs, ks` at lanes-conflicts\.tile:\d+:5, 700\.0 %$/,
  );
  expect(showSharedTraffic([])).toBe("shared memory: no lane asks its banks");
});

test("inputs and outputs in bytes", () => {
  const values = { B: 2, Sq: 5, Skv: 7, Hkv: 3, G: 2 };
  const { bytes } = explainKernel(compiled(causal), "sm_80", values);
  const [q, kv, lse] = [2 * 5 * 6 * 64 * 2, 2 * 7 * 3 * 64 * 2, 2 * 6 * 5 * 4];
  expect(bytes).toBe(2 * q + 2 * kv + lse);
});

test("says what is unknown without a compiler", () => {
  const e = explainKernel(compiled(causal), "sm_86", { B: 1, Sq: 9, Skv: 9, Hkv: 1, G: 1 });
  expect(showExplanation(e, undefined).join("\n")).toContain(
    "unknown, since no compiler here serves",
  );
  const resources = {
    name: "test",
    registers: 128,
    spillStores: 0,
    spillLoads: 0,
    stackBytes: 0,
    sharedBytes: 0,
    barriers: 1,
  };
  expect(showExplanation(e, [resources]).join("\n")).toContain("128 a thread, no spills");
});

test("says how a mask is solved: by ranges, tile by tile, or not at all, and what is to blame", () => {
  const values = { B: 1, Sq: 300, Skv: 300, Hkv: 1, G: 1 };
  const text = (mask: Expr): string => {
    const e = explainKernel(compiled(dense({ mask })), "sm_80", values);
    return showExplanation(e, undefined).join("\n");
  };
  const visible = binary("lt", at("kv"), at("q"));
  expect(text(visible)).toContain("solved: no tile is visited in vain");
  const product = text(binary("lt", binary("mul", at("q"), at("kv")), i32(5000)));
  expect(product).toContain("but not where i64(q0) * i64(kv0) > 4999L");
  expect(product).toContain("not masked where (i64(min(q0 + 128, Sq)) - 1L)");
  expect(product).toContain("the kernel asks each tile by its corners\n  because of q * kv < 5000");
  const odd = binary("eq", binary("rem", at("kv"), i32(2)), i32(1));
  expect(text(binary("and", visible, odd))).toMatch(
    /all of them masked\n {2}not solved exactly: some tiles may be visited in vain\n {2}because of kv % 2 == 1/,
  );
});
