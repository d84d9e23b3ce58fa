// Work of statements and expressions against counting by hand.

import { expect, test } from "vitest";
import { archNames, archs } from "../../../codegen/arch/archs.ts";
import type { ArchName } from "../../../codegen/arch/arch.ts";
import { demandOf } from "../../../codegen/cost/demand.ts";
import { workOfElements } from "../../../codegen/cost/elements.ts";
import { runKernel } from "../../../codegen/cost/run.ts";
import { workOf } from "../../../codegen/cost/statement.ts";
import { nothing, sum, work } from "../../../codegen/cost/work.ts";
import { type Expr, binary, f32, select, unary, variable } from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { statementsOf } from "../../../codegen/tile/walk.ts";
import { dense } from "../../support/descriptions.ts";

const float = (name: string): Expr => variable("f32", name);
const part = { rows: 4, columns: 16 };
const rankOf = (name: string) =>
  name === "s" ? ("matrix" as const) : name === "m" ? ("vector" as const) : undefined;
const scaled = binary("mul", float("s"), f32(0.125));

test.each<[string, Expr, object]>([
  ["a fused multiply-add an element", binary("sub", scaled, float("m")), { fma: 64 }],
  ["what a row shares, once a row", binary("mul", float("m"), float("m")), { fma: 4 }],
  ["what all share, once", binary("mul", float("x"), float("x")), { fma: 1 }],
  ["special functions, one wait", unary("exp2", float("s")), { special: 64, waits: 1 }],
  [
    "known columns cost nothing, comparing them does",
    select(
      binary("le", variable("i32", "fixed_col"), variable("i32", "limit")),
      float("s"),
      f32(-Infinity),
    ),
    { alu: 16 + 64 },
  ],
])("%s", (_, value, expected) => {
  expect(workOfElements(value, part, rankOf)).toEqual({ ...nothing, ...expected });
});

/** A step's work at head dimension 128, in the order of its statements. */
const step = (arch: ArchName) => {
  const facts = archs[arch];
  const [kernel] = schedule(lower(dense({ headDim: 128 })), facts).kernels;
  const at = { kernel: kernel!, arch: facts, warps: kernel!.launch!.warps };
  const of = (...kinds: readonly string[]) =>
    sum(
      [...statementsOf(kernel!.steps[0]!.body)]
        .filter((s) => kinds.includes(s.kind) && !("skipZeros" in s))
        .map((s) => workOf(s, at)),
    );
  return { of, at };
};

test("products of 32 rows a warp, 64 keys and 128 dimensions", () => {
  // m16n8k16: 2 x 8 x 8 for Q K^T and 2 x 16 x 4 for P V; q, k and v are read from shared memory.
  const q = 32 * 128 * 2;
  const kv = 64 * 128 * 2;
  const { matrix, shared } = step("sm_90").of("product");
  expect({ matrix, shared }).toEqual({ matrix: 256, shared: q + 2 * kv });
});

test("products of 16 rows a warp through m16n8k8, with q in registers", () => {
  const { matrix, shared } = step("sm_75").of("product");
  const kv = 64 * 128 * 2;
  expect({ matrix, shared }).toEqual({ matrix: 2 * 128, shared: 2 * kv });
});

test("products of 16 rows a warp through m8n8k4: operands leave shared memory twice, and shuffles turn the weights", () => {
  const { matrix, shared } = step("sm_70").of("product");
  const q = 16 * 128 * 2;
  const kv = 64 * 128 * 2;
  const shuffles = ((16 * 64) / 256) * 6 * 128;
  expect({ matrix, shared }).toEqual({ matrix: 2 * 128, shared: 2 * q + 4 * kv + shuffles });
});

test("copies are shared by the warps of a block, and go twice where there is no cp.async", () => {
  const tiles = 2 * 64 * 128 * 2;
  const [ampere, turing] = [step("sm_90").of("copy"), step("sm_75").of("fetch", "deposit")];
  expect([ampere.fetched, ampere.shared]).toEqual([tiles / 4, tiles / 4]);
  expect([turing.fetched, turing.shared]).toEqual([tiles / 8, (2 * tiles) / 8]);
});

test("a row's maximum joins four lanes by two shuffles", () => {
  const { of } = step("sm_90");
  const reductions = of("reduce");
  // 64 elements a lane in four rows; the sum stays in its lanes.
  expect(reductions.alu).toBe(64 + 2 * 4);
  expect(reductions.shared).toBe(2 * 4 * 128);
  expect(reductions.fma).toBe(64);
});

test("rounding goes in pairs where one instruction does two", () => {
  expect(step("sm_90").of("map").rounding).toBe(32);
  expect(step("sm_75").of("map").rounding).toBe(32);
});

test("units are busy at their rates", () => {
  const some = work({ matrix: 10, special: 10, rounding: 10, fma: 30, alu: 10, shared: 1280 });
  const { rates, ...facts } = archs.sm_80;
  const at = (changed: Partial<typeof rates>) =>
    demandOf(some, { ...facts, rates: { ...rates, ...changed } });
  expect(at({})).toEqual({ matrix: 80, special: 80, arithmetic: 60, shared: 10, latency: 0 });
  expect(at({ fmaLanes: 128 }).arithmetic).toBe(50);
  expect(at({ roundingUnit: "special" })).toMatchObject({ special: 160, arithmetic: 60 });
  expect(at({ sharedBytes: 64 }).shared).toBe(20);
});

test.each(archNames)("every statement of a scheduled kernel has its work on %s", (arch) => {
  const program = schedule(lower(dense({ headDim: 64 })), archs[arch]);
  const values = new Map(Object.entries({ B: 2, Sq: 300, Skv: 500, Hkv: 3, G: 2 }));
  for (const kernel of program.kernels) {
    const run = runKernel(kernel, archs[arch], values);
    const rows = kernel.axes.find((axis) => axis.name === "q")?.size ?? 0;
    expect(run.blocks).toBe(2 * 6 * Math.ceil(300 / rows));
    expect(run.clocks).toBeGreaterThan(0);
    expect(run.work.fetched).toBeGreaterThan(0);
  }
});
