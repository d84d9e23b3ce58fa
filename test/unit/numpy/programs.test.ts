// Emitted scripts, run by Python, against the simulator and the oracle on random kernels.

import { describe, expect, test } from "vitest";
import { archNames, archs } from "../../../codegen/arch/archs.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import * as e from "../../../codegen/expr/expr.ts";
import { map, max } from "../../../codegen/sim/array-math.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import type { NdArray } from "../../../codegen/sim/ndarray.ts";
import { generator, randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { ulp } from "../../../codegen/sim/round.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { runNumpy } from "../../support/numpy.ts";
import { needs } from "../../support/tools.ts";
import { alibi, causal, describeAttention, window } from "../reference/describe.ts";

const random = generator(2718);
const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)]!;

/** NaN and infinities at the same places, and no finite difference larger than `bound`. */
const expectClose = (found: NdArray, expected: NdArray, bound: number): void => {
  const [x, y] = [found.values(), expected.values()];
  expect(x.length).toBe(y.length);
  x.forEach((a, i) => {
    const b = y[i]!;
    if (!(Object.is(a, b) || a === b || Math.abs(a - b) <= bound))
      throw new Error(`element ${i}: NumPy has ${a}, the simulator ${b}, ${bound} is allowed`);
  });
};

const softcap = e.mul(e.f32(5), e.unary("tanh", e.binary("div", e.variable("f32", "s"), e.f32(5))));
const scalar = e.mul(e.variable("f32", "s"), e.variable("f32", "sharpness"));

const draw = () => {
  const mask = pick([undefined, causal, window(1 + random.integer(150))]);
  const score = pick([undefined, alibi, softcap, scalar]);
  const dtype = pick(["f16", "bf16"] as const);
  const headDim = 8 * (2 + random.integer(16));
  const sizes = {
    B: 1 + random.integer(2),
    Sq: random.integer(160),
    Skv: random.integer(160),
    Hkv: 1 + random.integer(2),
    G: 1 + random.integer(3),
  };
  const base = pick(["e", 2] as const);
  const level = pick(["L2", ...archNames] as const);
  return {
    mask,
    score,
    dtype: level === "L2" || archs[level].bf16 ? dtype : "f16",
    headDim,
    valueDim: pick([headDim, 8 * (2 + random.integer(16))]),
    sizes,
    base,
    level,
  };
};

describe.runIf(needs("numpy"))("scripts agree with the simulator and the oracle", () => {
  test.each(Array.from({ length: 12 }, (_, seed) => ({ seed, ...draw() })))(
    "seed $seed: $level $dtype d $headDim dv $valueDim $sizes",
    async ({ seed, level, sizes, mask, score, ...options }) => {
      const description = describeAttention({
        ...options,
        ...(mask && { mask }),
        ...(score && { score }),
        scalars: [{ name: "sharpness", type: "f32" }],
      });
      const lowered = lower(description);
      const program = level === "L2" ? lowered : schedule(lowered, archs[level]);
      const scalars = { sharpness: 0.75 };
      const inputs = randomInputs(description, sizes, seed);
      const found = runNumpy(program, sizes, inputs, { scalars, python: seed });
      const oracle = reference(description, sizes, inputs, scalars);
      const simulated = await simulateProgram(program, { sizes, scalars, inputs });
      for (const { accuracy } of judge(description, oracle, found))
        expect(accuracy, JSON.stringify(accuracy)).toMatchObject({ pass: true });
      const largest = max(map(oracle.outputs["o"]!, Math.abs)).at([]);
      expectClose(found["o"]!, simulated["o"]!, 2 * ulp(options.dtype, largest));
      expectClose(found["lse"]!, simulated["lse"]!, 1e-5 * (1 + oracle.maxScore));
    },
  );
});
