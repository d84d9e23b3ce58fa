// Scheduled programs against the oracle, and each of their synchronisations taken away in turn.

import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { deletions } from "../../../codegen/sim/mutants.ts";
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

describe("planted mistakes", () => {
  const faultIn = async (text: string, [from, to]: readonly [string, string]): Promise<string> => {
    expect(text).toContain(from);
    const mutant = parseProgram(text.replace(from, to), "mutant.tile");
    for (const sizes of shapes) {
      const fault = await run(mutant, sizes).then(
        () => undefined,
        (error: DiagnosticError) => error.message,
      );
      if (fault !== undefined) return fault;
    }
    return "no fault";
  };

  test.each([
    [
      "another stage is read",
      ring,
      ["qs, ks[t % 2]", "qs, ks[(t + 1) % 2]"],
      /^A5004.* reads rows 0 to 15 of ks\[1\]/,
    ],
    [
      "another stage is filled",
      ring,
      ["copy ks[(t + 1) % 2]", "copy ks[t % 2]"],
      /^A500[45].*`copy ks/,
    ],
    ["another stage is freed", ring, ["arrive v_free[t % 2]", "arrive v_free[0]"], /^A5009|^A5007/],
    [
      "the parity is wrong",
      ring,
      ["await k_full[t % 2] parity div(t, 2)", "await k_full[t % 2] parity div(t + 2, 2)"],
      /^A5007/,
    ],
    [
      "the parity never changes",
      ring,
      ["await v_full[t % 2] parity div(t, 2) % 2", "await v_full[t % 2] parity 0"],
      /^A5007/,
    ],
    [
      "arrives before its copies",
      ring,
      ["arrive k_full[(t + 1) % 2] after copies", "arrive k_full[(t + 1) % 2] after accesses"],
      /^A5004/,
    ],
    [
      "a ragged tile is not guarded",
      ring,
      [
        "copy vs[0] <- v[(count - 1) * 32 : kv, :] guard true",
        "copy vs[0] <- v[(count - 1) * 32 : kv, :] guard false",
      ],
      /^A5001.* accesses v at kv = 200, and kv has 200/,
    ],
    [
      "the output takes the place of live keys",
      ring,
      ["shared os: f16[q, 32] at 0", "shared os: f16[q, 32] at 4096"],
      /^A5005.*`put os <- acc` writes.*of different warps/,
    ],
    [
      "a warp's barrier for the block's",
      groups,
      ["wait 0\n      barrier\n      copy vs", "wait 0\n      sync_warp\n      copy vs"],
      /^A5005.*`copy vs/,
    ],
    [
      "one group too many in flight",
      groups,
      ["wait 0\n      barrier\n      copy vs", "wait 1\n      barrier\n      copy vs"],
      /^A5004.*`qk s = qr, ks`/,
    ],
    [
      "the lanes' own rows are put too early",
      groups,
      ["get qr <- qs", "get qr <- qs\nput os <- qr"],
      /^A5005.*of different lanes of a warp/,
    ],
  ] as const)("%s", async (_, text, edit, message) => {
    expect(await faultIn(text, edit)).toMatch(message);
  });
});
