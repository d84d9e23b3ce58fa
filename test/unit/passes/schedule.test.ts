// What the passes promise, read off the programs that they make.

import { describe, expect, test } from "vitest";
import { archNames, archs } from "../../../codegen/arch/archs.ts";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import {
  type Expr,
  binary,
  f32,
  i32,
  load,
  mul,
  sub,
  variable,
  convert,
} from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { passes, schedule } from "../../../codegen/passes/schedule.ts";
import { isProgramName } from "../../../codegen/spec/names.ts";
import type { ScheduleOverride } from "../../../codegen/spec/description.ts";
import { printProgram } from "../../../codegen/tile/print.ts";
import type { Program } from "../../../codegen/tile/program.ts";
import type { Statement } from "../../../codegen/tile/statement.ts";
import { statementsOf, tilesOf, visits } from "../../../codegen/tile/walk.ts";
import { verify } from "../../../codegen/tile/verify.ts";
import { type DenseOptions, dense } from "../../support/descriptions.ts";

const v = (name: string): Expr => variable("i32", name);
const kv = v("kv");
const q = v("q");
const shift = sub(v("kvLen"), v("qLen"));
const causal = binary("le", kv, binary("add", q, shift));
const window = (w: number): Expr => binary("lt", sub(binary("add", q, shift), kv), i32(w));
const slopes = load("f32", "slopes", [{ axis: "h", value: v("h") }]);
const alibi = binary("add", variable("f32", "s"), mul(slopes, convert("f32", sub(kv, q))));

const scheduled = (
  options: DenseOptions,
  arch: keyof typeof archs = "sm_90",
  override?: ScheduleOverride,
): Program => schedule(lower(dense(options)), archs[arch], override);

const all = (program: Program): readonly Statement[] =>
  [...visits(program)].map((x) => x.statement);
const kinds = (program: Program): ReadonlySet<string> => new Set(all(program).map((s) => s.kind));
const calls = (program: Program): readonly (readonly boolean[])[] =>
  all(program).flatMap((s) => (s.kind === "call" ? [s.flags] : []));

const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof DiagnosticError)
      return error.diagnostics.map((d) => `${d.code} ${d.message}; ${d.remedy}`).join();
    throw error;
  }
  return "accepted";
};

describe("every head dimension on every architecture", () => {
  for (const arch of archNames)
    for (let headDim = 16; headDim <= 256; headDim += 8)
      test(`${arch} D=${headDim}`, () => {
        const program = scheduled({ headDim, mask: causal }, arch);
        expect(verify(program, archs[arch])).toEqual([]);
        const padded = Math.ceil(headDim / 16) * 16;
        const qs = program.kernels[0]?.tiles.find((t) => t.name === "qs");
        expect(qs?.shape).toEqual(["q", padded]);
      });
});

describe("ranges of keys", () => {
  test("without a mask only the ragged end is masked", () => {
    expect(calls(scheduled({}))).toEqual([[true], [false]]);
  });

  test("causal visits the diagonal masked and the rest without a mask", () => {
    expect(calls(scheduled({ mask: causal }))).toEqual([[true], [false]]);
  });

  test("a causal window has partial tiles at both ends", () => {
    const mask = binary("and", causal, window(100));
    expect(calls(scheduled({ mask }))).toEqual([[true], [false], [true]]);
  });

  test("the same predicate written otherwise gives the same program", () => {
    const turned = binary("ge", sub(binary("add", q, v("kvLen")), v("qLen")), kv);
    const text = (mask: Expr): string => printProgram({ ...scheduled({ mask }), formulas: [] });
    expect(text(turned)).toBe(text(causal));
  });
});

describe("splitting columns off", () => {
  const inner = (program: Program): readonly string[] => {
    const step = program.kernels[0]?.steps[0];
    return statementsOf(step?.body ?? []).flatMap((s) =>
      s.kind === "map" && s.to === "s" ? [JSON.stringify(s.value)] : [],
    );
  };

  test("a causal mask compares a constant column with a limit", () => {
    const text = inner(scheduled({ mask: causal })).join();
    expect(text).toContain("last_col");
    expect(text).not.toContain('"lane_col"');
    expect(text).not.toContain('"row"');
  });

  test("ALiBi needs no conversion of a coordinate per element", () => {
    const more = [
      {
        name: "slopes",
        dtype: "f32" as const,
        axes: [{ axis: "h" as const, extent: ["G", "Hkv"] }],
      },
    ];
    const text = inner(scheduled({ score: alibi, mask: causal, more })).join();
    expect(text).toContain('"base"');
    expect(text).not.toContain('"lane_col"');
    expect(text).not.toContain('"kv0"');
  });
});

describe("staging", () => {
  test("one buffer: waits and block barriers, no mbarrier", () => {
    const found = kinds(scheduled({ headDim: 64 }));
    expect([found.has("wait"), found.has("barrier"), found.has("arrive")]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("two buffers: mbarriers, no wait", () => {
    const found = kinds(scheduled({ headDim: 128 }));
    expect([found.has("wait"), found.has("arrive"), found.has("await")]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test.each([1, 2, 3, 4])("%i stages verify", (stages) => {
    const program = scheduled({ headDim: 64 }, "sm_90", { stages });
    expect(verify(program, archs.sm_90)).toEqual([]);
  });
});

describe("what an architecture cannot hold", () => {
  test("is refused with each buffer's bytes and the largest tile that fits", () => {
    const ask = (kv: number): string =>
      refusal(() => scheduled({ headDim: 256 }, "sm_86", { tile: { q: 64, kv }, warps: 4 }));
    expect(ask(128)).toMatch(
      /A3001.*sm_86.*101376.*qs 32768, ks 65536, vs 65536.*largest tile\.kv that fits is 64/,
    );
    expect(ask(64)).toBe("accepted");
    expect(ask(80)).toMatch(/A3001/);
  });

  test.each([
    [{ warps: 3.5 }, /A3003.*warps: 3\.5/],
    [{ tile: { q: 48 } }, /A3003.*tile\.q: 48/],
    [{ tile: { kv: 24 } }, /A3003.*tile\.kv: 24/],
    [{ stages: 0 }, /A3003.*stages: 0/],
  ])("%o", (override, message) => {
    expect(refusal(() => scheduled({}, "sm_80", override))).toMatch(message);
  });

  test("what an architecture has not", () => {
    for (const arch of ["sm_70", "sm_75"] as const) {
      const bf16 = refusal(() => scheduled({ dtype: "bf16" }, arch));
      expect(bf16).toMatch(
        new RegExp(`A3004.*multiplies bf16 matrices: ${arch} has no instruction.*f16`),
      );
    }
    const ring = refusal(() => scheduled({}, "sm_75", { stages: 2 }));
    expect(ring).toMatch(/A3003.*sm_75.*stages: 2/);
  });

  test("a head dimension beyond the table", () => {
    expect(refusal(() => scheduled({ headDim: 320 }))).toMatch(/A3002.*320/);
  });
});

test("passes leave their input alone", () => {
  const program = lower(dense({ mask: causal }));
  const before = JSON.stringify(program);
  schedule(program, archs.sm_90);
  expect(JSON.stringify(program)).toBe(before);
  expect(passes.length).toBeGreaterThan(5);
});

test("programs declare no name that authors could take", () => {
  const masks = [causal, binary("or", binary("lt", kv, i32(4)), binary("and", causal, window(64)))];
  const cases = masks.flatMap((mask) => [
    { mask, arch: "sm_70" as const },
    { mask, arch: "sm_75" as const },
    { mask, arch: "sm_80" as const },
  ]);
  const names = cases.flatMap(({ mask, arch }) => {
    const kernel = scheduled({ mask, score: mul(variable("f32", "s"), f32(2)) }, arch).kernels[0];
    if (!kernel) throw new Error("no kernel");
    return [
      ...kernel.host.map((x) => x.name),
      ...tilesOf(kernel).map((t) => t.name),
      ...kernel.steps.map((s) => s.name),
      ...[...visits({ ...scheduled({ mask }) })].flatMap(({ statement: s }) =>
        s.kind === "let" || s.kind === "for" ? [s.name] : [],
      ),
    ];
  });
  // Staging tiles are named after the author's own outputs.
  expect(names.filter((n) => !isProgramName(n) && n !== "os")).toEqual([]);
});
