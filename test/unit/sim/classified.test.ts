// Key tiles that are classified one by one: what is visited and masked, counted element by element; results against the
// oracle and as NumPy; and each synchronisation of the copies that run ahead over excluded tiles, taken away in turn.

import { describe, expect, test } from "vitest";
import { type ArchName } from "../../../codegen/arch/arch.ts";
import { archs } from "../../../codegen/arch/archs.ts";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { roofline } from "../../../codegen/cost/roofline.ts";
import { evaluate } from "../../../codegen/expr/evaluate.ts";
import {
  add,
  and,
  binary,
  type Expr,
  floorDiv,
  i32,
  mul,
  sub,
  variable,
} from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { deletions } from "../../../codegen/sim/mutants.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import { printProgram } from "../../../codegen/tile/print.ts";
import type { Program } from "../../../codegen/tile/program.ts";
import { verify } from "../../../codegen/tile/verify.ts";
import { visits } from "../../../codegen/tile/walk.ts";
import { dense } from "../../support/descriptions.ts";
import { runNumpy } from "../../support/numpy.ts";
import { needs } from "../../support/tools.ts";

const v = (name: string): Expr => variable("i32", name);
const [q, kv] = [v("q"), v("kv")];
const position = add(q, sub(v("kvLen"), v("qLen")));
const causal = binary("le", kv, position);
const window = (width: number): Expr => binary("lt", sub(position, kv), i32(width));
const every = (x: Expr, n: number, rest: number): Expr =>
  binary("eq", binary("rem", x, i32(n)), i32(rest));
const block = (x: Expr): Expr => floorDiv(x, i32(32));

/** Blocks of 32; tiles are 32 x 32, so that corners tell everything. */
const masks = {
  strided: and(causal, binary("or", window(40), every(block(kv), 4, 2))),
  checkered: every(add(block(q), block(kv)), 3, 1),
  product: binary("lt", mul(q, kv), i32(4000)),
} as const;

interface Schedule {
  readonly arch: ArchName;
  readonly stages: number;
}
const schedules: readonly Schedule[] = [
  { arch: "sm_75", stages: 1 },
  { arch: "sm_80", stages: 1 },
  { arch: "sm_90", stages: 2 },
  { arch: "sm_90", stages: 4 },
];

const describing = (mask: Expr) => dense({ headDim: 16, mask });
const scheduled = (mask: Expr, { arch, stages }: Schedule): Program =>
  schedule(lower(describing(mask)), archs[arch], {
    ...{ tile: { q: 32, kv: 32 }, warps: 1, stages },
  });

const sizes = (Sq: number, Skv: number) => ({ B: 1, Sq, Skv, Hkv: 1, G: 1 });
const shapes = [sizes(70, 301), sizes(33, 160), sizes(1, 97), sizes(200, 40), sizes(9, 0)];

/** Tiles with a visible element, and those of them with an invisible one, by looking at each. */
const count = (mask: Expr, { Sq, Skv }: { readonly Sq: number; readonly Skv: number }) => {
  let [visited, masked] = [0, 0];
  for (let q0 = 0; q0 < Sq; q0 += 32)
    for (let kv0 = 0; kv0 < Skv; kv0 += 32) {
      let [some, all] = [false, kv0 + 32 <= Skv];
      for (let q = q0; q < Math.min(q0 + 32, Sq); q++)
        for (let kv = kv0; kv < Math.min(kv0 + 32, Skv); kv++) {
          const at: Readonly<Record<string, number>> = { q, kv, qLen: Sq, kvLen: Skv };
          const env = {
            variable: (name: string) => at[name] ?? Number.NaN,
            load: () => Number.NaN,
          };
          const visible = evaluate(mask, env, "f64") !== 0;
          some ||= visible;
          all &&= visible;
        }
      if (some) visited++;
      if (some && !all) masked++;
    }
  return { visited, masked };
};

const cases = Object.entries(masks).flatMap(([name, mask]) =>
  schedules.map((s) => [`${name} on ${s.arch} with ${s.stages} stages`, mask, s] as const),
);

describe.each(cases)("%s", (_, mask, plan) => {
  const program = scheduled(mask, plan);

  test("verifies, and its text parses back", () => {
    expect(verify(program, archs[plan.arch])).toEqual([]);
    const text = printProgram(program);
    expect(printProgram(parseProgram(text, "classified.tile"))).toBe(text);
  });

  test("visits and masks what it must", () => {
    for (const shape of shapes) {
      const { masked, unmasked } = roofline(program, archs[plan.arch], shape, 0).counts;
      expect({ shape, visited: masked + unmasked, masked }).toEqual({
        shape,
        ...count(mask, shape),
      });
    }
  });

  test.each(shapes)("agrees with the oracle at %o", async (shape) => {
    const description = describing(mask);
    const inputs = randomInputs(description, shape, 7);
    const expected = reference(description, shape, inputs, {});
    const outputs = await simulateProgram(program, { sizes: shape, inputs });
    for (const { accuracy } of judge(description, expected, outputs))
      expect(accuracy).toMatchObject({ pass: true });
  });

  test.runIf(needs("numpy"))("agrees with the oracle as NumPy", () => {
    const [shape = sizes(1, 1)] = shapes;
    const description = describing(mask);
    const inputs = randomInputs(description, shape, 7);
    const outputs = runNumpy(program, shape, inputs);
    for (const { accuracy } of judge(
      description,
      reference(description, shape, inputs, {}),
      outputs,
    ))
      expect(accuracy).toMatchObject({ pass: true });
  });
});

describe.each(schedules)("strided on %o", (plan) => {
  const program = scheduled(masks.strided, plan);
  const faultOf = async (mutant: Program): Promise<string | undefined> => {
    for (const shape of [sizes(70, 601), ...shapes])
      try {
        const inputs = randomInputs(describing(masks.strided), shape, 3);
        await simulateProgram(mutant, { sizes: shape, inputs });
      } catch (error) {
        if (!(error instanceof DiagnosticError)) throw error;
        return error.message;
      }
    return undefined;
  };

  test.each(deletions(program).map((d) => [d.name, d.program] as const))(
    "without %s",
    async (_, mutant) => {
      expect(await faultOf(mutant)).toMatch(/^A50/);
    },
  );
});

test("a mask whose ranges are exact is not asked about tile by tile", () => {
  const plan = { arch: "sm_80", stages: 1 } as const;
  const kinds = (mask: Expr) =>
    [...visits(scheduled(mask, plan))].map((x) => x.statement.kind).filter((k) => k === "visit");
  expect(kinds(and(causal, window(40)))).toEqual([]);
  expect(kinds(masks.strided)).toEqual(["visit"]);
});
