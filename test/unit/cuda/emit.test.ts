// The emitted text as a whole: the same bytes every time, only the helpers that are used, nothing included in
// device code, and no text of a user that leaves its comment or meets a name of C++.

import { expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import type { ArchName } from "../../../codegen/arch/arch.ts";
import { emitCuda } from "../../../codegen/cuda/emit.ts";
import { closure, helpersOf, needsOf, textOf } from "../../../codegen/cuda/helpers.ts";
import { manifest } from "../../../codegen/cuda/manifest.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import type { Program } from "../../../codegen/tile/program.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import { printProgram } from "../../../codegen/tile/print.ts";
import { type DenseOptions, dense } from "../../support/descriptions.ts";
import { causal } from "../reference/describe.ts";

const scheduled = (options: DenseOptions, arch: ArchName = "sm_80"): Program =>
  schedule(lower(dense(options)), archs[arch]);

const deviceText = (cuda: string): string => cuda.slice(0, cuda.indexOf("#ifndef __CUDACC_RTC__"));
const identifiers = (text: string): ReadonlySet<string> =>
  new Set(text.replace(/\/\/.*|"[^"\n]*"/g, " ").match(/[A-Za-z_]\w*/g));

test("the same program gives the same bytes, and so does what its text parses to", () => {
  const program = scheduled({ mask: causal });
  const cuda = emitCuda(program);
  expect(emitCuda(scheduled({ mask: causal }))).toBe(cuda);
  const again = emitCuda(parseProgram(printProgram(program), "test.tile"));
  const [first, second] = [cuda, again].map((t) => t.replace(/^\/\/ .*\n/gm, ""));
  expect(second).toBe(first);
});

test("an unscheduled program is refused", () => {
  expect(() => emitCuda(lower(dense()))).toThrow("not scheduled");
});

test("every helper names what it needs, and they stand in that order", () => {
  for (const arch of Object.values(archs)) {
    const helpers = helpersOf(arch);
    const names = [...helpers.keys()];
    for (const [name, helper] of helpers) {
      const text = textOf(helper, arch);
      const declared = closure([name], arch);
      for (const need of needsOf(helper, arch))
        expect(names.indexOf(need), `${name} needs ${need}`).toBeLessThan(names.indexOf(name));
      for (const other of identifiers(text))
        if (helpers.has(other) && other !== name)
          expect(declared, `${name} uses ${other}`).toContain(other);
    }
  }
});

test("only helpers that are used are emitted", () => {
  for (const options of [
    { mask: causal },
    { headDim: 128 },
    { headDim: 40, dtype: "bf16" as const },
  ]) {
    const device = deviceText(emitCuda(scheduled(options)));
    const whole = emitCuda(scheduled(options));
    for (const [name, helper] of helpersOf(archs.sm_80)) {
      const text = textOf(helper, archs.sm_80);
      if (!device.includes(text)) continue;
      const defined = [...text.matchAll(/(?:struct|DEVICE(?: constexpr)? [\w&]+) (\w+)/g)].map(
        (m) => m[1],
      );
      const elsewhere = identifiers(whole.replace(text, ""));
      expect(
        defined.some((d) => d !== undefined && elsewhere.has(d)),
        name,
      ).toBe(true);
    }
    expect(device).not.toContain("tanh");
    expect(device).not.toContain("mbarrier");
  }
});

test("mbarriers appear where the schedule has them", () => {
  const text = emitCuda(scheduled({ headDim: 128, dtype: "bf16" }, "sm_90"));
  expect(text).toContain("mbarrier.init.shared.b64");
  expect(text).toMatch(/k_full\.init\(THREADS\);/);
  expect(text).toMatch(/arrive_after_copies\(k_full\[/);
});

test("device code includes nothing and holds no line over 120 columns", () => {
  for (const arch of ["sm_80", "sm_90"] as const) {
    const device = deviceText(emitCuda(scheduled({ headDim: 128, mask: causal }, arch)));
    expect(device).not.toContain("#include");
    for (const line of device.split("\n")) expect(line.length, line).toBeLessThanOrEqual(120);
  }
});

test("deleting a statement deletes its text, and nothing else takes its place", () => {
  const program = scheduled({ mask: causal });
  const count = (p: Program, word: string): number => emitCuda(p).split(word).length;
  for (const [kind, word] of [
    ["wait", "wait_copies<0>();"],
    ["barrier", "sync_block();"],
    ["commit", "commit_copies();"],
  ] as const) {
    const without: Program = {
      ...program,
      kernels: program.kernels.map((k) => ({
        ...k,
        steps: k.steps.map((s) => {
          const at = s.body.findIndex((x) => x.kind === kind);
          expect(at).toBeGreaterThanOrEqual(0);
          return { ...s, body: s.body.filter((_, i) => i !== at) };
        }),
      })),
    };
    expect(count(without, word)).toBe(count(program, word) - 1);
  }
});

/** Without comments. */
const code = (cuda: string): readonly string[] =>
  cuda
    .replace(/ *\/\/.*/g, "")
    .split("\n")
    .filter((line) => line !== "");

test("several kernels share a file and a workspace", () => {
  const program = scheduled({ mask: causal });
  const [kernel] = program.kernels;
  const rows = program.outputs[1]!;
  const text = emitCuda({
    ...program,
    workspace: [
      { ...rows, name: "partial" },
      { ...rows, name: "other" },
    ],
    kernels: [kernel!, { ...kernel!, name: "second" }],
  });
  expect(text).toContain("namespace second {");
  expect(text).toContain("test_sm_80_second(const __grid_constant__ Params params)");
  expect(text).toContain("second::Params params;");
  const bytes = "((B) * (G * Hkv) * (Sq) * (4) + 255) / 256 * 256";
  expect(text).toContain(`return ${bytes} + ${bytes};`);
  expect(text).toContain(`params.other = (float*)((char*)a.workspace + ${bytes});`);
  expect(text).toContain("params.other_stride_b = (G * Hkv) * (Sq), params.other_stride_h = (Sq);");
});

const hostile = 'x */ #include "y" \u202e\n#error z \\';

test("text of users stays in its comment", () => {
  const description = dense({ mask: causal });
  const program = schedule(
    lower({
      ...description,
      summary: hostile,
      file: `kernels/${hostile}.ts`,
      mask: {
        value: causal,
        span: { file: hostile, line: 1, column: 1, length: 1 },
        source: hostile,
      },
    }),
    archs.sm_80,
  );
  const text = emitCuda(program);
  expect(text).not.toContain("*/");
  expect(text).not.toContain("\u202e");
  expect(text).not.toMatch(/^\s*#(error|include "y")/m);
  expect(text).not.toMatch(/\\$/m);
  expect(code(text)).toEqual(code(emitCuda(scheduled({ mask: causal }))));
});

test("names that C++ or the emitter has taken are told apart", () => {
  const description = dense({ mask: causal });
  const rename = (text: string): string =>
    text.replaceAll('"G"', '"int"').replaceAll('"Hkv"', '"q_stride_b"');
  const program = schedule(lower(JSON.parse(rename(JSON.stringify(description)))), archs.sm_80);
  const text = emitCuda(program);
  expect(text).toContain("int64_t int_;");
  expect(text).toContain("int64_t q_stride_b;");
  expect(text).toContain("int64_t q_stride_b_;");
  const { fields } = manifest(program, "").arguments;
  expect(new Set(fields.map((f) => f.name)).size).toBe(fields.length);
});

test("the manifest's offsets are those of a C struct", () => {
  const program = scheduled({
    scalars: [
      { name: "a", type: "f32" },
      { name: "b", type: "bool" },
      { name: "c", type: "f32" },
    ],
  });
  const m = manifest(program, "cafe");
  const { fields, bytes } = m.arguments;
  let end = 0;
  for (const { offset, type } of fields) {
    const size = type === "float" || type === "int32_t" ? 4 : 8;
    expect(offset % size).toBe(0);
    expect(offset - end).toBeGreaterThanOrEqual(0);
    expect(offset - end).toBeLessThan(8);
    end = offset + size;
  }
  expect(bytes).toBe(end);
  expect(bytes % 8).toBe(0);
  expect(fields[0]).toMatchObject({ name: "size", type: "uint64_t", offset: 0 });
  expect(fields.slice(-2).map((f) => f.name)).toEqual(["workspace", "workspace_bytes"]);
  expect(m.source).toEqual({ file: "kernels/test.ts", hash: "cafe" });
  expect(emitCuda(program)).toContain(`sizeof(TestArgs) == ${bytes}`);
});
