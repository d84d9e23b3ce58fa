// What the passes promise where warps specialise, read off the programs that they make.

import { describe, expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import { DiagnosticError, unreachable } from "../../../codegen/base/diagnostic.ts";
import {
  type Expr,
  binary,
  convert,
  f32,
  i32,
  load,
  mul,
  unary,
  variable,
} from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { budgetsOf } from "../../../codegen/passes/plan-sizes.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import type { ScheduleOverride } from "../../../codegen/spec/description.ts";
import { printProgram } from "../../../codegen/tile/print.ts";
import type { Kernel, Program } from "../../../codegen/tile/program.ts";
import type { Statement } from "../../../codegen/tile/statement.ts";
import { statementsOf, tilesOf } from "../../../codegen/tile/walk.ts";
import { verify } from "../../../codegen/tile/verify.ts";
import { type DenseOptions, dense } from "../../support/descriptions.ts";

const arch = archs.sm_90a;
const v = (name: string): Expr => variable("i32", name);
const causal = binary("le", v("kv"), binary("add", v("q"), binary("sub", v("kvLen"), v("qLen"))));
const striped = binary("and", causal, binary("eq", binary("mod", v("kv"), i32(2)), i32(0)));
const everyThirdTile = binary(
  "eq",
  binary("mod", binary("div", v("kv"), i32(256)), i32(3)),
  i32(1),
);

const scheduled = (options: DenseOptions, override?: ScheduleOverride): Program => {
  const program = schedule(lower(dense(options)), arch, override);
  expect(verify(program, arch)).toEqual([]);
  return program;
};
const kernelOf = (program: Program): Kernel =>
  program.kernels[0] ?? unreachable("a program without kernels");
const stepOf = (program: Program): readonly Statement[] => kernelOf(program).steps[0]?.body ?? [];
const roleOf = (program: Program, name: string): readonly Statement[] => [
  ...statementsOf(kernelOf(program).roles.find((r) => r.name === name)?.body ?? []),
];
const kinds = (body: readonly Statement[]): readonly string[] =>
  body.map((s) => (s.kind === "product" ? s.form : s.kind));
const refusal = (override: ScheduleOverride, options: DenseOptions = { headDim: 128 }): string => {
  try {
    scheduled(options, override);
  } catch (error) {
    if (error instanceof DiagnosticError)
      return error.diagnostics.map((d) => `${d.code} ${d.message}; ${d.remedy}`).join();
    throw error;
  }
  return "accepted";
};

test("one thread loads, whole warpgroups compute, and all tiles come in bulk", () => {
  const program = scheduled({ headDim: 128, mask: causal });
  const { roles, launch, barriers } = kernelOf(program);
  expect(
    roles.map(({ name, warps, registers, single }) => [name, warps, registers, single]),
  ).toEqual([
    ["compute", 8, 240, undefined],
    ["load", 4, 24, true],
  ]);
  expect(launch).toEqual({ warps: 12, blocksPerSM: 1 });
  expect(barriers.map((b) => `${b.name} ${b.counts}`)).toEqual([
    "q_full bytes",
    ...["k_full bytes", "k_free warps", "v_full bytes", "v_free warps"],
  ]);
  expect(roleOf(program, "load").filter((s) => s.kind === "bulk_copy").length).toBe(4);
  expect(kinds(roleOf(program, "compute"))).not.toContain("bulk_copy");
});

test("scores are issued before the values of the visit before, in a turn", () => {
  const all = kinds([...statementsOf(stepOf(scheduled({ headDim: 128, mask: causal })))]);
  const order = ["quarantine", "take_turn", "qk", "pv", "pass_turn", "await_products", "reduce"];
  const places = order.map((kind) => all.indexOf(kind));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test("the first visit stands before the loops, the last values after them", () => {
  const body = roleOf(scheduled({ headDim: 128, mask: causal }), "compute");
  const calls = body.flatMap((s) => (s.kind === "call" ? [s.flags] : []));
  expect(calls).toEqual([
    [true, true, true],
    [false, true, true],
    [false, false, true],
    [false, false, false],
  ]);
  const all = kinds(body);
  expect(all.lastIndexOf("pv")).toBeGreaterThan(all.lastIndexOf("call"));
});

test("one warpgroup takes no turns", () => {
  const program = scheduled({ headDim: 128 }, { tile: { q: 64 } });
  expect(kernelOf(program).roles.map((r) => r.warps)).toEqual([4, 4]);
  expect(kinds([...statementsOf(stepOf(program))])).not.toContain("take_turn");
});

test("tiles that are asked one by one are taken out by the same condition a visit later", () => {
  const text = printProgram(scheduled({ headDim: 64, mask: striped }));
  expect(text).toContain("quarantine");
  expect(text).toContain("call step(0) with first, masked");
});

test("searched visits are made in order", () => {
  const program = scheduled({ headDim: 64, mask: everyThirdTile });
  expect(kinds(roleOf(program, "load"))).toContain("visit");
  expect(kernelOf(program).steps[0]?.flags).toEqual(["masked"]);
  const all = kinds([...statementsOf(stepOf(program))]);
  expect(all.indexOf("await_products")).toBeLessThan(all.indexOf("pv"));
});

test("acc is rescaled after all else of the softmax", () => {
  for (const headDim of [128, 256]) {
    const body = statementsOf(stepOf(scheduled({ headDim })));
    const exponential = body.findIndex((s) => s.kind === "map" && s.note?.startsWith("P = "));
    const rescale = body.findIndex((s) => s.kind === "if_any" && s.note?.endsWith("rescale"));
    expect(exponential).toBeGreaterThan(0);
    expect(rescale).toBeGreaterThan(exponential);
  }
});

test("a lazy maximum stands where the table has one, visits are known, and scores have no bound", () => {
  const isLazy = (options: DenseOptions): boolean =>
    kernelOf(scheduled(options)).steps[0]?.flags.includes("exact") === true;
  const capped = mul(f32(30), unary("tanh", mul(variable("f32", "s"), f32(1 / 30))));
  expect(isLazy({ headDim: 128 })).toBe(true);
  expect(isLazy({ headDim: 64, mask: striped })).toBe(true);
  expect(isLazy({ headDim: 256 })).toBe(false);
  expect(isLazy({ headDim: 64, mask: everyThirdTile })).toBe(false);
  expect(isLazy({ headDim: 64, score: capped })).toBe(false);
});

test("a tile that may be done again is kept until then", () => {
  const body = stepOf(scheduled({ headDim: 128 }));
  const again = body.findIndex((s) => s.kind === "if" && kinds(statementsOf([s])).includes("qk"));
  const free = body.findIndex((s) => s.kind === "arrive" && s.barrier.barrier === "k_free");
  expect(again).toBeGreaterThan(0);
  expect(free).toBe(again + 1);
});

describe("head dimensions", () => {
  for (const [headDim, valueDim] of [
    [16, 16],
    [80, 80],
    [192, 128],
    [24, 200],
  ] as const)
    test(`${headDim} and ${valueDim} lie in panels`, () => {
      const program = scheduled({ headDim, valueDim, mask: causal });
      for (const { place, name } of tilesOf(kernelOf(program)))
        if (place.kind === "shared")
          expect([name, place.panel, place.swizzle]).toEqual([name, 64, 8]);
      const acc = kernelOf(program).tiles.find((t) => t.name === "acc");
      expect(acc?.shape).toEqual(["q", Math.ceil(valueDim / 16) * 16]);
    });
});

test("a loop that reads an element for each score has fewer keys in a tile", () => {
  const more = [
    { name: "bias", dtype: "f32" as const, axes: [{ axis: "kv" as const, extent: ["Skv"] }] },
  ];
  const bias = load("f32", "bias", [{ axis: "kv", value: v("kv") }]);
  const keys = (score: Expr): number | undefined =>
    kernelOf(scheduled({ headDim: 64, score, more })).axes.find((a) => a.name === "kv")?.size;
  const s = variable("f32", "s");
  expect(keys(mul(s, f32(2)))).toBe(128);
  expect(keys(binary("add", s, mul(bias, convert("f32", v("q")))))).toBe(112);
});

describe("sizes", () => {
  test.each([
    [{ tile: { q: 96 } }, /A3003.*tile\.q: 96.*64, 128 or 192/],
    [{ tile: { q: 256 } }, /A3003.*tile\.q: 256/],
    [{ warps: 8, tile: { q: 64 } }, /A3003.*warps: 8 with tile\.q: 64.*: 4/],
    [{ warps: 6 }, /A3003.*tile\.q: 96/],
    [{ tile: { kv: 40 } }, /A3003.*tile\.kv: 40/],
    [{ stages: 9 }, /A3003.*stages: 9/],
    [{ tile: { kv: 224 } }, /A3001.*largest tile\.kv that fits is 192/],
  ] as const)("%j", (override, message) => {
    expect(refusal(override)).toMatch(message);
  });

  test("A3005: more registers than a computing thread has, and the nearest tile that fits", () => {
    const ask = (headDim: number, q: number, kv: number): string =>
      refusal({ tile: { q, kv }, stages: 1 }, { headDim });
    expect(ask(256, 192, 32)).toMatch(
      /A3005.*160, of 128 at the launch.*128 for the result.*tile\.q 192 leaves no room.*the largest that does is 128/s,
    );
    expect(ask(192, 192, 96)).toMatch(
      /A3005.*96 for the result, 48 for scores, 24 for weights.*tile\.q 192 the largest tile\.kv that fits is 80/s,
    );
    expect(ask(192, 192, 80)).toBe("accepted");
    expect(ask(64, 192, 208)).toMatch(/A3005.*largest tile\.kv that fits is 160/s);
    expect(ask(64, 128, 256)).toBe("accepted");
  });

  test("budgets use what a block is launched with, and no more", () => {
    const budgets = [4, 8, 12].map((warps) => budgetsOf(arch, warps));
    expect(budgets.slice(1)).toEqual([
      { compute: 240, load: 24 },
      { compute: 160, load: 32 },
    ]);
    expect(budgets[0]?.compute).toBe(240);
  });
});
