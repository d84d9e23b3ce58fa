// A NaN or infinity reaches the rows that attend to it, and no other, though the tile it lies in is multiplied whole.

import { describe, expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import { type Expr, binary, sub, variable } from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import type { Program } from "../../../codegen/tile/program.ts";
import { dense } from "../../support/descriptions.ts";

const v = (name: string): Expr => variable("i32", name);
const shift = sub(v("kvLen"), v("qLen"));
const mask = binary("le", v("kv"), binary("add", v("q"), shift));
const sizes = { B: 1, Sq: 70, Skv: 75, Hkv: 1, G: 1 };
const headDim = 24;

const programs: Readonly<Record<string, (p: Program) => Program>> = {
  unscheduled: (p) => p,
  "block barriers": (p) => schedule(p, archs.sm_90, { stages: 1 }),
  mbarriers: (p) => schedule(p, archs.sm_90, { stages: 2 }),
};

describe.each(Object.keys(programs))("%s", (form) => {
  test.each([
    ["v", NaN],
    ["v", Infinity],
    ["v", -Infinity],
    ["k", NaN],
  ] as const)("%s holds %d at one key", async (tensor, value) => {
    const description = dense({ headDim, mask });
    const program = programs[form]?.(lower(description)) ?? lower(description);
    const inputs = randomInputs(description, sizes, 11);
    const clean = await simulateProgram(program, { sizes, inputs, workers: 1 });
    const [key, column] = [40, 5];
    const array = inputs[tensor];
    if (!array) throw new Error("no input");
    array.data[key * headDim + column] = value;
    const planted = await simulateProgram(program, { sizes, inputs, workers: 1 });
    const seen = key - (sizes.Skv - sizes.Sq);
    for (let q = 0; q < sizes.Sq; q++)
      for (let d = 0; d < headDim; d++) {
        const at = { b: 0, h: 0, q, d };
        const hit = q >= seen && (tensor === "k" || d === column);
        const expected = hit ? (tensor === "k" ? NaN : value) : clean["o"]?.at(at);
        expect(planted["o"]?.at(at), `q ${q}, d ${d}`).toBe(expected);
      }
  });
});
