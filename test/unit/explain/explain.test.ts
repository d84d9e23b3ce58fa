// The figures of `explain` against counting by hand.

import { expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import type { CompiledKernel } from "../../../codegen/compile.ts";
import { dryRun } from "../../../codegen/explain/dry-run.ts";
import { explainKernel } from "../../../codegen/explain/explain.ts";
import { showExplanation } from "../../../codegen/explain/text.ts";
import { binary, type Expr, i32, variable } from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
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
  const { plan, counts } = explainKernel(compiled(causal), "sm_80", {
    B: 2,
    Sq,
    Skv,
    Hkv: 3,
    G: 2,
  });
  const expected = count(Sq, Skv, plan.q, plan.kv);
  const heads = 2 * 3 * 2;
  expect(counts.blocks).toBe(heads * Math.ceil(Sq / plan.q));
  expect(counts.masked + counts.unmasked).toBe(heads * expected.visited);
  expect(counts.masked).toBe(heads * expected.masked);
  expect(counts.operations).toBe(heads * expected.visited * plan.q * plan.kv * (64 + 64) * 2);
});

test("counts of a kernel with no block", () => {
  const counts = dryRun(schedule(lower(causal), archs.sm_90), {
    B: 0,
    Sq: 9,
    Skv: 9,
    Hkv: 1,
    G: 1,
  });
  expect(counts).toEqual({
    blocks: 0,
    masked: 0,
    unmasked: 0,
    operations: 0,
    exponentials: 0,
    copied: 0,
  });
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

test("inputs and outputs in bytes", () => {
  const values = { B: 2, Sq: 5, Skv: 7, Hkv: 3, G: 2 };
  const { bytes } = explainKernel(compiled(causal), "sm_80", values);
  const [q, kv, lse] = [2 * 5 * 6 * 64 * 2, 2 * 7 * 3 * 64 * 2, 2 * 6 * 5 * 4];
  expect(bytes).toBe(2 * q + 2 * kv + lse);
});

test("says what is unknown without nvcc", () => {
  const e = explainKernel(compiled(causal), "sm_86", { B: 1, Sq: 9, Skv: 9, Hkv: 1, G: 1 });
  expect(showExplanation(e, undefined).join("\n")).toContain("unknown, since nvcc is not there");
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
