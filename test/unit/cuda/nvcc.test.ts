// Emitted files through nvcc for their architecture: they compile without a warning, and spill little.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import type { ArchName } from "../../../codegen/arch/arch.ts";
import { emitCuda } from "../../../codegen/cuda/emit.ts";
import { type Expr, binary, f32, load, mul, unary, variable } from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { type DenseOptions, dense } from "../../support/descriptions.ts";
import { needs } from "../../support/tools.ts";
import { alibi, causal } from "../reference/describe.ts";

const SPILLS = 64;
const found = needs("nvcc");

const directory = mkdtempSync(join(tmpdir(), "tilewright-nvcc-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const s = variable("f32", "s");
const softcap: Expr = mul(f32(30), unary("tanh", mul(s, f32(1 / 30))));
/** Every function that a score can call. */
const everything: Expr = (
  [
    "exp",
    "log",
    "log2",
    "sqrt",
    "rsqrt",
    "tanhApprox",
    "sin",
    "cos",
    "floor",
    "ceil",
    "round",
    "trunc",
    "sign",
  ] as const
).reduce<Expr>(
  (sum, op) => binary("add", sum, unary(op, s)),
  binary("mod", binary("pow", s, f32(2)), binary("rem", s, f32(3))),
);
const heads = ["G", "Hkv"];
const slopes = { name: "slopes", dtype: "f32", axes: [{ axis: "h", extent: heads }] } as const;
const halves = { name: "halves", dtype: "bf16", axes: [{ axis: "h", extent: heads }] } as const;
const bias = binary("add", s, load("f32", "halves", [{ axis: "h", value: variable("i32", "h") }]));

const cases: readonly (readonly [ArchName, DenseOptions])[] = [
  ["sm_75", { headDim: 64, mask: causal }],
  ["sm_75", { headDim: 128, mask: causal, score: alibi, more: [slopes] }],
  ["sm_75", { headDim: 40, valueDim: 72, score: bias, more: [halves] }],
  ["sm_80", { headDim: 64, mask: causal }],
  ["sm_80", { headDim: 128, mask: causal, dtype: "bf16" }],
  ["sm_86", { headDim: 128, mask: causal }],
  ["sm_89", { headDim: 64, mask: causal, score: alibi, more: [slopes] }],
  ["sm_90", { headDim: 64, mask: causal, dtype: "bf16" }],
  ["sm_90", { headDim: 128, mask: causal, dtype: "bf16" }],
  ["sm_90", { headDim: 128 }],
  ["sm_80", { headDim: 64, mask: causal, score: softcap }],
  ["sm_80", { headDim: 16, score: everything }],
  ["sm_80", { headDim: 40, valueDim: 72, score: bias, more: [halves] }],
  ["sm_90", { headDim: 256, mask: causal }],
];

/** Sixteen keys at a time where each element calls every function. */
const tile = (options: DenseOptions) =>
  options.score === everything ? { tile: { q: 64, kv: 16 } } : undefined;

const title = (options: DenseOptions): string =>
  JSON.stringify(options, (key, value: unknown) =>
    key === "mask" || key === "score" ? "yes" : value,
  );

for (const [i, [arch, options]] of cases.entries())
  test.skipIf(!found)(`${arch} ${title(options)}`, () => {
    const source = join(directory, `kernel${i}.cu`);
    writeFileSync(source, emitCuda(schedule(lower(dense(options)), archs[arch], tile(options))));
    const flags = [
      "-c",
      `-arch=${arch}`,
      "-std=c++14",
      "-O3",
      "-Xptxas",
      "-v",
      "-Xcompiler",
      "-Wall",
    ];
    const run = spawnSync("nvcc", [...flags, "-o", join(directory, "kernel.o"), source], {
      encoding: "utf8",
    });
    expect(run.status, run.stderr).toBe(0);
    expect(run.stderr).not.toMatch(/warning/i);
    const spills = [...run.stderr.matchAll(/(\d+) bytes spill stores/g)].map((m) => Number(m[1]));
    expect(spills).toHaveLength(1);
    expect(spills[0]).toBeLessThanOrEqual(SPILLS);
  });

test.skipIf(!found)("several kernels with a workspace", () => {
  const program = schedule(lower(dense({ headDim: 16 })), archs.sm_80);
  const [kernel] = program.kernels;
  const [, rows] = program.outputs;
  const source = join(directory, "several.cu");
  const kernels = [kernel!, { ...kernel!, name: "second" }];
  writeFileSync(
    source,
    emitCuda({ ...program, workspace: [{ ...rows!, name: "partial" }], kernels }),
  );
  const run = spawnSync("nvcc", ["-c", "-arch=sm_80", "-o", join(directory, "kernel.o"), source]);
  expect(run.status, String(run.stderr)).toBe(0);
});
