// test/files/causal-warpgroups.tile, where warps specialise: against the oracle, and with each of its
// synchronisations deleted, or each wait asking for the other phase.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { add, binary, type Expr, sub, variable } from "../../../codegen/expr/expr.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { deletions, phaseFlips } from "../../../codegen/sim/deletions.ts";
import type { NdArray } from "../../../codegen/sim/ndarray.ts";
import { generator, randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import type { Program } from "../../../codegen/tile/program.ts";
import { dense } from "../../support/descriptions.ts";

const v = (name: string): Expr => variable("i32", name);
const mask = binary("le", v("kv"), add(v("q"), sub(v("kvLen"), v("qLen"))));
const description = dense({ dtype: "bf16", headDim: 128, mask });
const path = "test/files/causal-warpgroups.tile";
const text = readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const program = parseProgram(text, path);

type Sizes = Readonly<Record<"B" | "Sq" | "Skv" | "Hkv" | "G", number>>;
const heads = (Sq: number, Skv: number, B = 1, Hkv = 1, G = 1): Sizes => ({ B, Sq, Skv, Hkv, G });

const wrongIn = async (
  mutant: Program,
  sizes: Sizes,
  inputs: Readonly<Record<string, NdArray>>,
): Promise<readonly unknown[]> => {
  const outputs = await simulateProgram(mutant, { sizes, inputs });
  const expected = reference(description, { ...sizes, one: 1 }, inputs, {});
  return judge(description, expected, outputs).filter((j) => !j.accuracy.pass);
};

const random = generator(20);
const between = (from: number, to: number): number => from + random.integer(to - from);
const randomSizes = Array.from({ length: 6 }, (_, seed) => ({
  seed,
  ...heads(between(1, 300), between(1, 700), between(1, 3), between(1, 3), between(1, 3)),
}));

describe("agrees with the reference", () => {
  test.each([
    { seed: 7, ...heads(128, 128) },
    { seed: 8, ...heads(1, 1) },
    { seed: 9, ...heads(301, 75) }, // most rows see nothing
    { seed: 10, ...heads(70, 0) },
    { seed: 11, ...heads(129, 1) },
    ...randomSizes,
  ])("%o", async ({ seed, ...sizes }) => {
    expect(await wrongIn(program, sizes, randomInputs(description, sizes, seed))).toEqual([]);
  });
});
