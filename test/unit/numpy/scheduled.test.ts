// Hand-written scheduled programs as NumPy: rings of stages, and what warps do on their own.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import { runNumpy } from "../../support/numpy.ts";
import { needs } from "../../support/tools.ts";
import { causal, describeAttention } from "../reference/describe.ts";
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

const file = new URL("../../files/causal-warpgroups.tile", import.meta.url);
const warpgroups = () => parseProgram(readFileSync(file, "utf8"), "causal-warpgroups.tile");
const description = describeAttention({ mask: causal, dtype: "bf16", headDim: 128 });

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

  test.each([
    { B: 2, Sq: 131, Skv: 517, Hkv: 1, G: 2 },
    { B: 1, Sq: 300, Skv: 40, Hkv: 2, G: 1 },
    { B: 1, Sq: 5, Skv: 0, Hkv: 1, G: 1 },
  ])("warps that specialise take turns, %j", (sizes) => {
    const inputs = randomInputs(description, sizes, 6);
    const program = warpgroups();
    const oracle = reference(description, sizes, inputs, {});
    for (const { accuracy } of judge(description, oracle, runNumpy(program, sizes, inputs)))
      expect(accuracy, JSON.stringify(accuracy)).toMatchObject({ pass: true });
  });

  // Key 140 lies in the tile that is visited first, key 70 in the last one.
  test.each([
    [NaN, 140],
    [Infinity, 70],
    [-Infinity, 140],
  ])("%d at key %d reaches the rows that see it, alone", (value, key) => {
    const sizes = { B: 1, Sq: 140, Skv: 150, Hkv: 1, G: 1 };
    const inputs = randomInputs(description, sizes, 7);
    const clean = runNumpy(warpgroups(), sizes, inputs);
    const column = 9;
    inputs["v"]!.data[key * 128 + column] = value;
    const planted = runNumpy(warpgroups(), sizes, inputs);
    for (let q = 0; q < sizes.Sq; q++)
      for (let d = 0; d < 128; d++) {
        const at = { b: 0, h: 0, q, d };
        const hit = d === column && key <= q + sizes.Skv - sizes.Sq;
        expect(planted["o"]!.at(at), `q ${q}, d ${d}`).toBe(hit ? value : clean["o"]!.at(at));
      }
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
