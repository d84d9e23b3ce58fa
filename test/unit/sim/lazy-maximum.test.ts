// Whole tiles weighed by the maximum so far (expand-softmax.ts), where scores grow from visit to visit: each such tile
// is done again, and the results keep the accuracy rule.

import { describe, expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import {
  type Expr,
  add,
  binary,
  convert,
  f32,
  mul,
  sub,
  variable,
} from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import type { Program } from "../../../codegen/tile/program.ts";
import type { Statement } from "../../../codegen/tile/statement.ts";
import { mapBodies, mapStatements } from "../../../codegen/tile/walk.ts";
import { dense } from "../../support/descriptions.ts";

const v = (name: string): Expr => variable("i32", name);
const s = variable("f32", "s");
const causal = binary("le", v("kv"), add(v("q"), sub(v("kvLen"), v("qLen"))));
/** Keys are visited from the last to the first: the scores of the first are the largest. */
const growing = (by: number): Expr =>
  add(s, mul(convert("f32", sub(v("kvLen"), v("kv"))), f32(by)));

const cases = [
  { dtype: "bf16", score: growing(0.02), mask: undefined },
  { dtype: "bf16", score: growing(0.5), mask: causal },
  { dtype: "f16", score: growing(0.05), mask: causal },
  { dtype: "f16", score: growing(20), mask: undefined },
  { dtype: "f16", score: growing(-0.5), mask: causal },
] as const;

const sizes = { B: 1, Sq: 67, Skv: 701, Hkv: 1, G: 2 };

const wrongIn = async (
  { dtype, score, mask }: (typeof cases)[number],
  change: (program: Program) => Program = (program) => program,
): Promise<readonly unknown[]> => {
  const description = dense({ dtype, headDim: 64, score, ...(mask && { mask }) });
  const program = change(schedule(lower(description), archs.sm_90a));
  const inputs = randomInputs(description, sizes, 5);
  const outputs = await simulateProgram(program, { sizes, inputs });
  const expected = reference(description, { ...sizes, one: 1 }, inputs, {});
  return judge(description, expected, outputs).filter((j) => !j.accuracy.pass);
};

describe("agrees with the reference", () => {
  test.each(cases.map((c, i) => ({ i, ...c })))("case $i", async ({ i }) => {
    expect(await wrongIn(cases[i]!)).toEqual([]);
  });
});

test("without doing tiles again it would not", async () => {
  const isRedo = (x: Statement): boolean =>
    x.kind === "if_any" && x.note?.startsWith("rare: m was") === true;
  const without = (program: Program): Program => ({
    ...program,
    kernels: program.kernels.map((kernel) =>
      mapBodies(kernel, (body) => mapStatements(body, (x) => (isRedo(x) ? [] : [x]))),
    ),
  });
  expect(await wrongIn(cases[1], without)).not.toEqual([]);
  expect(await wrongIn(cases[2], without)).not.toEqual([]);
});
