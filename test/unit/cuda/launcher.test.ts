// The C ABI in the emulator: what the launcher refuses and how it says so, what it does with nothing to do, and
// bugs planted in the device code, which the emulator must see.

import { expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import { largestSize } from "../../../codegen/base/size.ts";
import { emitCuda } from "../../../codegen/cuda/emit.ts";
import { manifest } from "../../../codegen/cuda/manifest.ts";
import { unary, variable } from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { dense } from "../../support/descriptions.ts";
import { causal } from "../reference/describe.ts";
import { runEmulated } from "./emulate.ts";
import { launchEmulated } from "./launch.ts";

const description = dense({ headDim: 32, mask: causal });
const program = schedule(lower(description), archs.sm_80);
const cuda = emitCuda(program);
const facts = manifest(program, "");

/** A mutation of a good call, and the sentence that the launcher answers with. */
const refused: readonly (readonly [string, string])[] = [
  [
    "a.size = 8;",
    "args->size is not sizeof(TestArgs): the caller was built against another version of this kernel",
  ],
  ["a.Sq = -1;", `Sq must lie between 0 and ${largestSize}`],
  [`a.B = 0; a.Sq = ${largestSize + 1};`, `Sq must lie between 0 and ${largestSize}`],
  ["a.Skv = 1ll << 40;", `Skv must lie between 0 and ${largestSize}`],
  [
    `a.B = 0; a.G = ${largestSize / 2 + 1}; a.Hkv = 2;`,
    `axis h of q (G * Hkv) must be at most ${largestSize}`,
  ],
  ["a.k = nullptr;", "k is a null pointer"],
  ["a.o = (char*)a.o + 2;", "o must begin at a multiple of 16 bytes"],
  ["a.lse = (char*)a.lse + 2;", "lse must begin at a multiple of 4 bytes"],
  ["a.q_stride_q = 33;", "the strides of q along b, q, h must be multiples of 8 elements"],
  ["emulated_pointer_device = 1;", "q is not in the memory of the current device"],
  ["emulated_capability = 75;", "the current device is older than sm_80"],
  ["emulated_shared = 1024;", "the current device offers a block less than the"],
  [
    "a.B = a.Hkv = 1 << 20; a.G = 1;",
    "the sizes ask for more than 2147483647 blocks (B, Sq, Skv, Hkv, G)",
  ],
];
const accepted: readonly string[] = [
  "a.B = 0;",
  "a.Sq = 0; a.q = a.o = a.lse = nullptr;",
  "a.G = 0;",
  `a.B = 0; a.Sq = a.Skv = ${largestSize}; a.G = ${largestSize / 2}; a.Hkv = 2;`,
  "a.Skv = 0; a.k = a.v = nullptr;",
  "a.q_stride_b = 33;", // an axis of one element is never stepped along
];

test("the launcher refuses what it cannot run, with a sentence, and runs the rest", () => {
  const { struct, fields } = facts.arguments;
  const fill = fields.map(({ name, role }) => {
    switch (role.kind) {
      case "size":
        return `a.${name} = sizeof a;`;
      case "dim":
        return `a.${name} = 2;`;
      case "pointer":
        return `a.${name} = memory_of_tensors;`;
      case "stride":
        return `a.${name} = 64;`;
      default:
        return "";
    }
  });
  const call = (mutation: string): string => `{
    ${struct} a{};
    ${fill.join(" ")}
    a.B = 1; emulated_pointer_device = 0; emulated_capability = 90; emulated_shared = 1 << 18;
    ${mutation}
    const int code = ${facts.symbols.launch}(&a, nullptr);
    printf("%d %s\\n", code, ${facts.symbols.error}(code));
  }`;
  // What the launcher learns of a device it learns once: refusals by the device come before a good call.
  const mutations = [...refused.map(([mutation]) => mutation), ...accepted];
  const { output } = runEmulated(
    cuda,
    `alignas(256) static char memory_of_tensors[1 << 16];
     int main() { ${mutations.map(call).join("\n")} printf("%s", ${facts.symbols.error}(-999)); }`,
    {},
    [],
  );
  const lines = output.split("\n");
  const codes = Object.entries(facts.errors);
  for (const [i, [mutation, sentence]] of refused.entries()) {
    expect(lines[i], mutation).toContain(sentence);
    const code = codes.find(([, text]) => text.startsWith(sentence))?.[0];
    expect(lines[i]?.startsWith(`${code} `), mutation).toBe(true);
  }
  for (const [i, mutation] of accepted.entries())
    expect(lines[refused.length + i], mutation).toBe("0 no error");
  expect(lines.at(-1)).toBe("no such code");
});

test("tanh is right to 5 ulp even where ex2 is off by 2^-22", () => {
  const score = unary("tanh", variable("f32", "s"));
  const text = emitCuda(schedule(lower(dense({ headDim: 16, score })), archs.sm_80));
  const [exact, off] = ["return exp2f(x);", "return exp2f(x) * (1 + error);"];
  const main = `int main() {
    double worst = 0;
    for (int sign = -1; sign <= 1; sign += 2)
      for (error = -1; error <= 1; error++)
        for (float x = 1e-6f; x < 20; x *= 1.0003f) {
          error *= 2.3841858e-07f;
          const double right = tanh((double)(sign * x));
          int exponent;
          frexp(right, &exponent);
          worst = fmax(worst, fabs(tanh_f32(sign * x) - right) / ldexp(1, exponent - 24));
          error *= 4194304.0f;
        }
    printf("%.2f %g %g %g", worst, tanh_f32(1e30f), tanh_f32(-INFINITY), tanh_f32(NAN));
  }`;
  const planted = (source: string): string => `static float error;\n${source.replace(exact, off)}`;
  const [worst, large, least, nan] = runEmulated(text, main, {}, [], planted).output.split(" ");
  expect(Number(worst)).toBeLessThan(5);
  expect([large, least, nan?.replace("-", "")]).toEqual(["1", "-1", "nan"]);
});

const sizes = { B: 1, Sq: 19, Skv: 70, Hkv: 1, G: 1 };
const inputs = randomInputs(description, sizes, 3);
const passes = (text: string): boolean => {
  const run = launchEmulated(text, facts, { sizes, inputs });
  return judge(description, reference(description, sizes, inputs, {}), run.outputs).every(
    (j) => j.accuracy.pass,
  );
};

/** Each is one slip of the hand in the emitted text. */
const bugs: readonly (readonly [string, string, string])[] = [
  ["K rows in the wrong half", "lane % 8 + lane / 16 * 8, lane / 8 % 2", "lane % 16, lane / 16"],
  ["copies not waited for", "wait_copies<0>();\n    sync_block();  // vs", "sync_block();  // vs"],
  ["ragged rows not zeroed", "(!guard || row + r < extent - origin)", "true"],
  ["rows past the end stored", "row + r < extent - origin && (c + chunk)", "(c + chunk)"],
  ["the diagonal off by one", "fixed_column(c) <= last_col[r]", "fixed_column(c) < last_col[r]"],
];

test("the emulator accepts the kernel as it is", () => expect(passes(cuda)).toBe(true));

for (const [what, right, wrong] of bugs)
  test(`a planted bug is seen: ${what}`, () => {
    expect(cuda).toContain(right);
    let passed: boolean;
    try {
      passed = passes(cuda.replaceAll(right, wrong));
    } catch {
      passed = false; // the emulator stopped at the bug
    }
    expect(passed).toBe(false);
  });
