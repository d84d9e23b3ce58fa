// Unscheduled programs, as lowering writes them, against the float64 oracle.

import { describe, expect, test } from "vitest";
import { add, binary, type Expr, i32, sub, variable } from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import type { Program } from "../../../codegen/tile/program.ts";
import { dense } from "../../support/descriptions.ts";

const v = (name: string): Expr => variable("i32", name);
const causal = binary("le", v("kv"), add(v("q"), sub(v("kvLen"), v("qLen"))));

const tiled = (program: Program, size: number): Program => ({
  ...program,
  kernels: program.kernels.map((kernel) => ({
    ...kernel,
    axes: kernel.axes.map((axis) => ({ ...axis, size })),
  })),
});

describe.each([
  ["whole-extent tiles", (p: Program) => p],
  ["tiles of 16", (p: Program) => tiled(p, 16)],
])("%s", (_, prepare) => {
  test.each([
    { Sq: 33, Skv: 70, B: 2, Hkv: 1, G: 2 },
    { Sq: 70, Skv: 33, B: 1, Hkv: 2, G: 1 },
    { Sq: 5, Skv: 0, B: 1, Hkv: 1, G: 1 },
    { Sq: 0, Skv: 5, B: 1, Hkv: 1, G: 1 },
  ])("%o", async (sizes) => {
    for (const mask of [undefined, causal, binary("lt", v("kv"), i32(9))]) {
      const description = dense({ headDim: 24, ...(mask && { mask }) });
      const inputs = randomInputs(description, sizes, 3);
      const outputs = await simulateProgram(prepare(lower(description)), { sizes, inputs });
      const verdicts = judge(description, reference(description, sizes, inputs, {}), outputs);
      for (const verdict of verdicts) expect(verdict.accuracy).toMatchObject({ pass: true });
    }
  });
});
