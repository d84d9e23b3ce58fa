// test/files/causal-warpgroups.tile, where warps specialise: against the oracle, and with each of its
// synchronisations deleted, or each wait asking for the other phase.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { add, binary, type Expr, sub, variable } from "../../../codegen/expr/expr.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { deletions, phaseFlips } from "../../../codegen/sim/mutants.ts";
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

/** 192 rows, dealt to 12 warps; what lies after Q in shared memory moves up. */
const ofThreeWarpgroups = (): Program => {
  const edits = [
    ["axis q = Sq by 128", "axis q = Sq by 192"],
    ["div(Sq + 127, 128)", "div(Sq + 191, 192)"],
    ["head * row_tiles)) * 128", "head * row_tiles)) * 192"],
    ["min(q0 + 128, Sq)", "min(q0 + 192, Sq)"],
    ["launch warps 12", "launch warps 16"],
    ["compute warps 8", "compute warps 12"],
  ] as const;
  const moved = text.replace(/at (\d{5,})/g, (_, at) => `at ${Number(at) + 64 * 128 * 2}`);
  return parseProgram(
    edits.reduce((before, [a, b]) => before.replace(a, b), moved),
    path,
  );
};

test("three warpgroups take turns", async () => {
  const sizes = heads(250, 411, 1, 2);
  const inputs = randomInputs(description, sizes, 12);
  expect(await wrongIn(ofThreeWarpgroups(), sizes, inputs)).toEqual([]);
  expect(await faultOf(ofThreeWarpgroups())).toBe("no fault");
});

/** Every stage is filled four times; only partial tiles; one key, of which most of the tile is not there. */
const shapes = [heads(130, 1000), heads(130, 140), heads(1, 1)];

/** Keys of partial tiles hold what rows before them must not see, each in a column of its own. */
const withStrangers = (sizes: Sizes): Readonly<Record<string, NdArray>> => {
  const inputs = randomInputs(description, sizes, 3);
  const plant = (fromEnd: number, column: number, value: number): void => {
    const key = sizes.Skv - fromEnd;
    if (key >= 0) inputs["v"]!.data[key * 128 + column] = value;
  };
  plant(20, 5, NaN);
  plant(30, 6, Infinity);
  plant(120, 7, NaN);
  plant(110, 8, -Infinity);
  return inputs;
};

const faultOf = async (mutant: Program): Promise<string> => {
  for (const sizes of shapes)
    try {
      const wrong = await wrongIn(mutant, sizes, withStrangers(sizes));
      if (wrong.length > 0) return "wrong results";
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
      return error.message;
    }
  return "no fault";
};

test("infinities and NaNs of v reach the rows that see them, and no others", async () => {
  expect(await faultOf(program)).toBe("no fault");
  const column = async (sizes: Sizes, d: number): Promise<readonly number[]> => {
    const { o } = await simulateProgram(program, { sizes, inputs: withStrangers(sizes) });
    return Array.from({ length: sizes.Sq }, (_, q) => o!.at({ b: 0, h: 0, q, d }));
  };
  const sizes = heads(130, 140);
  expect((await column(sizes, 5)).findIndex(Number.isNaN)).toBe(110);
  expect((await column(sizes, 7)).findIndex(Number.isNaN)).toBe(10);
  expect((await column(sizes, 6)).indexOf(Infinity)).toBe(100);
  expect((await column(sizes, 8)).indexOf(-Infinity)).toBe(20);
});

describe("without", () => {
  test.each(deletions(program).map(({ name, ...d }) => [name, d.program] as const))(
    "%s",
    async (_, mutant) => {
      expect(await faultOf(mutant)).toMatch(/^A50/);
    },
  );
});

describe("waiting for the other phase:", () => {
  test.each(phaseFlips(program).map(({ name, ...d }) => [name, d.program] as const))(
    "%s",
    async (_, mutant) => {
      expect(await faultOf(mutant)).toMatch(/^A50/);
    },
  );
});

const planted = async (...edits: readonly (readonly [string, string])[]): Promise<string> => {
  const edited = edits.reduce((before, [from, to]) => {
    expect(before).toContain(from);
    return before.replace(from, to);
  }, text);
  return faultOf(parseProgram(edited, path));
};

describe("planted mistakes", () => {
  test.each([
    [
      "a step without its quarantine",
      "        quarantine acc += p, vs[(t - 1) % 2]",
      "",
      /^wrong results$/,
    ],
    [
      "no quarantine at the end",
      "        quarantine acc += p, vs[(count - 1) % 2]",
      "",
      /^wrong results$/,
    ],
    [
      "a role that meets while it holds the turn",
      "      quarantine acc += p, vs[(count - 1) % 2]",
      "      take_turn\n      quarantine acc += p, vs[(count - 1) % 2]\n      pass_turn",
      /^A5007.*warpgroup 0 of role compute at `quarantine .*, warpgroup 1 of role compute at `take_turn`/,
    ],
    [
      "a turn passed twice",
      "    pass_turn\n",
      "    pass_turn\n    pass_turn\n",
      /^A5019.*`pass_turn`/,
    ],
    [
      "a tile freed while the matrix unit reads it",
      "      await_products 1 for s",
      "      arrive k_free[t % 2] after accesses\n      await_products 1 for s",
      /^A5005.*`bulk ks.*overwrites.*the matrix unit may still be reading|^A5009/,
    ],
    [
      "a count that covers too few",
      "      await_products 1 for s",
      "      await_products 2 for s",
      /^A5017.*`await_products 2 for s` names s, but `issue qk s = .*:54\) may still be in flight/,
    ],
    [
      "an await that does not name the weights",
      "      await_products 0 for acc, p",
      "      await_products 0 for acc",
      /^A5016.*`map p = s` writes p, which belongs to the matrix unit/,
    ],
    [
      "the weights are rounded while the product before reads them",
      "    map s = exp2(s * 0.12751743 - m) ",
      "    map p = s\n    map s = exp2(s * 0.12751743 - m) ",
      /^A5016.*`map p = s` writes p/,
    ],
    [
      "scores that never come back",
      "      await_products 0 for acc, p\n    }\n    reduce",
      "      await_products 0 for acc, p\n      issue qk s = qs, ks[0]\n    }\n    reduce",
      /^A5018.*role compute ends while s belongs to the matrix unit/,
    ],
    ["V is filled where K lies", "stages 2 at 98304", "stages 2 at 65536", /^A500[345].*(ks|vs)\[/],
    [
      "a copy names the mbarrier of the other stage",
      "bulk ks[t % 2] <- k[b, (top - t) * 128 : kv, hkv, :] to k_full[t % 2]",
      "bulk ks[t % 2] <- k[b, (top - t) * 128 : kv, hkv, :] to k_full[(t + 1) % 2]",
      /^A500[459]|^A5007/,
    ],
  ] as const)("%s", async (_, from, to, message) => {
    expect(await planted([from, to])).toMatch(message);
  });

  test("a product into a tile of a step that is over", async () => {
    const fault = await planted(
      [
        "    registers t_max: ",
        "    registers again: f32[q, kv] as accumulator\n    registers t_max: ",
      ],
      ["    map p = s  ", "    issue qk again = qs, ks[t % 2]\n    map p = s  "],
    );
    expect(fault).toMatch(/^A5018: `call step\(0\).*` ends while again belongs to the matrix unit/);
  });
});
