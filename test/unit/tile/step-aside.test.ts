// An author may give sizes, scalars and tensors the names that programs use themselves: the kernel is the same.

import { expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import { emitCuda } from "../../../codegen/cuda/emit.ts";
import { manifest } from "../../../codegen/cuda/manifest.ts";
import { add, mul, variable } from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { renameDescription } from "../../../codegen/lower/rename.ts";
import { emitNumpy } from "../../../codegen/numpy/emit.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import type { Description } from "../../../codegen/spec/description.ts";
import { coordinates, programNames } from "../../../codegen/spec/names.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import { printProgram } from "../../../codegen/tile/print.ts";
import type { Program } from "../../../codegen/tile/program.ts";
import { renameProgram } from "../../../codegen/tile/rename.ts";
import { formulaVariables } from "../../../codegen/tile/scope.ts";
import { aside } from "../../../codegen/tile/step-aside.ts";
import { verify } from "../../../codegen/tile/verify.ts";
import { dense } from "../../support/descriptions.ts";
import { launchEmulated } from "../cuda/launch.ts";
import { alibi, causal } from "../reference/describe.ts";

const plain = dense({
  headDim: 64,
  mask: causal,
  score: add(mul(alibi, variable("f32", "heat")), variable("f32", "heat")),
  scalars: [{ name: "heat", type: "f32" }],
  more: [{ name: "slopes", dtype: "f32", axes: [{ axis: "h", extent: ["G", "Hkv"] }] }],
});
const authors = [...plain.dims, "heat", "slopes", "o", "lse"];

const refused = new Set([...coordinates, ...Object.keys(formulaVariables)]);
const open = [...programNames].filter((name) => !refused.has(name));

/** Groups of names for the author, which together are all that the program uses itself. */
const groups = Array.from({ length: Math.ceil(open.length / authors.length) }, (_, i) =>
  open.slice(i * authors.length).slice(0, authors.length),
);

const renaming = (names: readonly string[]): ReadonlyMap<string, string> =>
  new Map(names.map((name, i) => [authors[i]!, name]));

const scheduled = (d: Description, arch: "sm_70" | "sm_80" | "sm_90a"): Program =>
  schedule(lower(d), archs[arch]);

test.each(groups)("%s, %s, %s, ...: the same program but for names", (...names: string[]) => {
  const hostile = renameDescription(plain, renaming(names));
  expect(verify(lower(hostile))).toEqual([]);
  for (const arch of ["sm_70", "sm_80", "sm_90a"] as const) {
    const program = scheduled(hostile, arch);
    expect(verify(program, archs[arch]), arch).toEqual([]);
    const { away, back } = aside(hostile);
    const stepped = new Map([...back].filter(([own]) => programNames.has(own)));
    const output = hostile.outputs[0]!.name;
    const staged = `${away.get(output) ?? output}s`;
    const staging = back.get(staged) ?? staged;
    const expected = renameProgram(
      scheduled(plain, arch),
      new Map([...stepped, ["os", staging], ...renaming(names)]),
    );
    const text = printProgram(program);
    expect(text, arch).toBe(printProgram(expected));
    expect(printProgram(parseProgram(text, "x.tile")), arch).toBe(text);
    expect(emitNumpy(program)).toContain("def run_block");
  }
});

test("emitted with such names, it runs and gives the same", async () => {
  const names = ["step", "count", "start", "width", "place", "acc", "m", "p", "params"];
  const hostile = renameDescription(
    plain,
    new Map([...renaming(names), ["slopes", "ps"], ["lse", "top"]]),
  );
  const program = scheduled(hostile, "sm_80");
  const sizes = { step: 1, count: 70, start: 133, width: 1, place: 2 };
  const scalars = { acc: 0.5 };
  const inputs = randomInputs(hostile, sizes, 3);
  const run = launchEmulated(emitCuda(program), manifest(program, ""), { sizes, scalars, inputs });
  expect(`${run.code} ${run.error}`).toBe("0 no error");
  const simulated = await simulateProgram(program, { sizes, scalars, inputs });
  const usual = await simulateProgram(scheduled(plain, "sm_80"), {
    sizes: { B: 1, Sq: 70, Skv: 133, Hkv: 1, G: 2 },
    scalars: { heat: 0.5 },
    inputs: { ...inputs, slopes: inputs["ps"]! },
  });
  for (const [ours, theirs] of [
    ["p", "o"],
    ["top", "lse"],
  ] as const) {
    expect(run.outputs[ours]!.data).toEqual(simulated[ours]!.data);
    expect(simulated[ours]!.data).toEqual(usual[theirs]!.data);
  }
});
