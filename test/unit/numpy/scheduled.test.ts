// Hand-written scheduled programs as NumPy: rings of stages, and what warps do on their own.

import { describe, expect, test } from "vitest";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import { runNumpy } from "../../support/numpy.ts";
import { needs } from "../../support/tools.ts";
import { groups, ring } from "../sim/programs.ts";
import { sample, sampleInputs } from "../sim/sample.ts";

/** Warps with a large element change their rows in a step, and in a step that this calls. */
const warps = `
program warps @sm_80 from "warps.tile"
dims Sq
in q: f32[q=Sq, d=32]
out o: f32[q=Sq, d=32]
out lse: f32[q=Sq]

kernel warps {
  grid blocks div(Sq + 63, 64)
  axis q = Sq by 64
  launch warps 4, blocks_per_sm 1
  registers x: f32[q, 32] as accumulator
  registers top: f32[q] as rows
  registers sums: f32[q] as lanes

  step double(by: f32, twice: flag) {
    map x = x * by
    if twice { map x = x * by }
  }
  step raise(by: f32) {
    registers old: f32[q] as rows
    map old = top
    map top = old + by
    call double(by) with twice
  }

  role all {
    let q0: i32 = block * 64
    load x <- q[q0 : q, :]
    reduce top = max x
    reduce sums = sum x
    call double(0.5)
    if_any top > 3.0 {
      call raise(3.0)
      if_any top > 6.0 { call double(0.25) }
    }
    map x = x + sums
    store o[q0 : q, :] <- x
    reduce top = sum sums
    if_any top > 10.0 { fill top = 1.0 }
    store lse[q0 : q] <- top
  }
}`;

describe.runIf(needs("numpy"))("hand-written programs", () => {
  test.each([
    ["groups of copies", groups],
    ["a ring guarded by mbarriers", ring],
  ])("%s", (_, text) => {
    const program = parseProgram(text, "sample.tile");
    const sizes = { Sq: 131, Skv: 203 };
    const inputs = sampleInputs(sizes, 5);
    const oracle = reference(sample, sizes, inputs, {});
    for (const { accuracy } of judge(sample, oracle, runNumpy(program, sizes, inputs)))
      expect(accuracy).toMatchObject({ pass: true });
  });

  test("rows of warps that do not take part keep what they have", async () => {
    const program = parseProgram(warps, "warps.tile");
    const sizes = { Sq: 83 };
    const inputs = randomInputs(
      {
        inputs: [
          {
            name: "q",
            dtype: "f32",
            axes: [
              { axis: "q", extent: ["Sq"] },
              { axis: "d", extent: 32 },
            ],
          },
        ],
      },
      sizes,
      8,
    );
    const expected = await simulateProgram(program, { sizes, inputs });
    const found = runNumpy(program, sizes, inputs);
    for (const name of ["o", "lse"]) {
      const [a, b] = [found[name]!.values(), expected[name]!.values()];
      for (let i = 0; i < b.length; i++) expect(a[i]).toBeCloseTo(b[i]!, 4);
    }
    const taken = new Set([...found["lse"]!.values()].map((x) => x === 1));
    expect(taken).toEqual(new Set([true, false]));
  });
});
