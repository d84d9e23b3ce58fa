// Masks that read tensors at queries and keys, as whole programs: two kernels with a workspace between them, in the
// simulator, as NumPy, and as emitted CUDA, against the oracle.

import { expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import type { ArchName } from "../../../codegen/arch/arch.ts";
import { compileDescription, scheduled } from "../../../codegen/compile.ts";
import { emitCuda } from "../../../codegen/cuda/emit.ts";
import { manifest } from "../../../codegen/cuda/manifest.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import { printProgram } from "../../../codegen/tile/print.ts";
import type { Program } from "../../../codegen/tile/program.ts";
import { verify } from "../../../codegen/tile/verify.ts";
import { runNumpy } from "../../support/numpy.ts";
import { needs } from "../../support/tools.ts";
import { captureText, header, kernel } from "../capture/support.ts";
import { launchEmulated } from "../cuda/launch.ts";

/** The axes of the tensor `extra`, and a mask that reads it. */
const cases: Readonly<Record<string, readonly [string, string]>> = {
  documents: ["{ b: B, kv: Skv }", 'masks.and(masks.causal, masks.documents("extra"))'],
  "what starts at a query": [
    "{ b: B, q: Sq }",
    "({ b, q, kv }, { extra }) => kv >= 20 * extra({ b, q })",
  ],
  "levels for each key and head": [
    "{ kv: Skv, h: Hq }",
    "({ h, q, kv }, { extra }) => 9 * extra({ kv, h }) <= q",
  ],
  "two reads of one tensor": [
    "{ hkv: Hkv, kv: Skv }",
    "({ hkv, q, kv }, { extra }) => extra({ hkv, kv }) < 4 && extra({ hkv, kv: Math.floor(q / 3) }) > 2",
  ],
};

const schedule = "schedule: { '*': { tile: { q: 32, kv: 32 }, warps: 1, stages: 1 } }";

const described = (name: string, plan = schedule) => {
  const [axes = "", mask = ""] = cases[name] ?? [];
  const fields = `inputs: { ...inputs, extra: i32(${axes}) }, outputs, mask: ${mask}, ${plan}`;
  const text = header.replaceAll("d: 64", "d: 16") + kernel("").replace(/\{.*\}/, `{ ${fields} }`);
  return captureText(text)[0]!;
};

/** Rising along the last axis in most places, so that tiles differ. */
const inputsOf = (description: ReturnType<typeof described>, sizes: Record<string, number>) => {
  const inputs = randomInputs(description, sizes, 9);
  const { data, shape } = inputs["extra"]!;
  const last = shape.at(-1)!;
  for (let i = 0; i < data.length; i++)
    if (last > 9) data[i] = i % 17 === 3 ? data[i]! : Math.floor(((i % last) * 10) / last);
  return inputs;
};

const check = (
  description: ReturnType<typeof described>,
  sizes: Record<string, number>,
  inputs: ReturnType<typeof inputsOf>,
  outputs: Parameters<typeof judge>[2],
): void => {
  for (const { accuracy, worst } of judge(
    description,
    reference(description, sizes, inputs, {}),
    outputs,
  ))
    expect(accuracy.pass, JSON.stringify({ sizes, accuracy, worst })).toBe(true);
};

const shapes = [
  { B: 2, Sq: 70, Skv: 200, Hkv: 1, G: 2 },
  { B: 1, Sq: 130, Skv: 97, Hkv: 2, G: 1 },
  { B: 1, Sq: 5, Skv: 0, Hkv: 1, G: 1 },
];

const summed = (program: Program): readonly string[] => program.workspace.map((t) => t.name);

test.each(Object.keys(cases))("%s: the simulator agrees with the oracle", async (name) => {
  const description = described(name);
  for (const arch of ["sm_75", "sm_80", "sm_90"] as const) {
    const program = scheduled(compileDescription(description), arch);
    expect(verify(program, archs[arch])).toEqual([]);
    const text = printProgram(program);
    expect(printProgram(parseProgram(text, "elements.tile"))).toBe(text);
    expect(summed(program).slice(0, 2)).toEqual(["least_0", "greatest_0"]);
    for (const sizes of shapes) {
      const inputs = inputsOf(description, sizes);
      check(description, sizes, inputs, await simulateProgram(program, { sizes, inputs }));
    }
  }
});

test("where warps specialise, too", async () => {
  const description = described("documents", "schedule: {}");
  const program = scheduled(compileDescription(description), "sm_90a");
  expect(verify(program, archs["sm_90a"])).toEqual([]);
  for (const sizes of shapes) {
    const inputs = inputsOf(description, sizes);
    check(description, sizes, inputs, await simulateProgram(program, { sizes, inputs }));
  }
});

test.runIf(needs("numpy"))("and as NumPy", () => {
  for (const name of Object.keys(cases)) {
    const description = described(name);
    const program = scheduled(compileDescription(description), "sm_80");
    for (const sizes of shapes.slice(0, 2)) {
      const inputs = inputsOf(description, sizes);
      check(description, sizes, inputs, runNumpy(program, sizes, inputs));
    }
  }
});

const launches: readonly (readonly [string, ArchName])[] = [
  ["documents", "sm_80"],
  ["levels for each key and head", "sm_75"],
];

test.each(launches)("%s: emitted CUDA on %s", async (name, arch) => {
  const description = described(name, "schedule: {}");
  const program = scheduled(compileDescription(description), arch);
  for (const sizes of [shapes[2]!, { B: 1, Sq: 40, Skv: 150, Hkv: 1, G: 1 }]) {
    const inputs = inputsOf(description, sizes);
    const run = launchEmulated(emitCuda(program), manifest(program, ""), { sizes, inputs });
    expect(`${run.code} ${run.error}`).toBe("0 no error");
    check(description, sizes, inputs, run.outputs);
    const { o } = await simulateProgram(program, { sizes, inputs });
    expect([...run.outputs["o"]!.data]).toEqual([...o!.data]);
  }
});
