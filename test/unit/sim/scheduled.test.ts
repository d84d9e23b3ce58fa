// Scheduled programs against the oracle, and each of their synchronisations taken away in turn.

import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { deletions } from "../../../codegen/sim/deletions.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import type { Program } from "../../../codegen/tile/program.ts";
import { groups, ring } from "./programs.ts";
import { sample, sampleInputs } from "./sample.ts";

const run = (program: Program, sizes: { Sq: number; Skv: number }) =>
  simulateProgram(program, { sizes, inputs: sampleInputs(sizes, 5) });

const shapes = [
  { Sq: 64, Skv: 64 },
  { Sq: 70, Skv: 200 },
  { Sq: 130, Skv: 130 },
  { Sq: 100, Skv: 37 },
  { Sq: 1, Skv: 1 },
  { Sq: 65, Skv: 0 },
];

describe.each([
  ["groups", groups],
  ["ring", ring],
])("%s", (name, text) => {
  const program = parseProgram(text, `${name}.tile`);

  test.each(shapes)("%o", async (sizes) => {
    const outputs = await run(program, sizes);
    const expected = reference(sample, { ...sizes, one: 1 }, sampleInputs(sizes, 5), {});
    for (const { accuracy } of judge(sample, expected, outputs))
      expect(accuracy).toMatchObject({ pass: true });
  });

  test.each(deletions(program).map((d) => [d.name, d.program] as const))(
    "without %s",
    async (_, mutant) => {
      const faults: string[] = [];
      for (const sizes of shapes)
        await run(mutant, sizes).catch((error: unknown) => {
          if (!(error instanceof DiagnosticError)) throw error;
          faults.push(error.message);
        });
      expect(faults).not.toEqual([]);
    },
  );
});
