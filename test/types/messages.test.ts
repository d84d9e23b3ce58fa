// What an author reads in the editor when a kernel's types are wrong: TypeScript's own messages, word for
// word, at the author's line. `T` stands for the full type of the tensor at hand.

import { readdirSync, readFileSync } from "node:fs";
import { Project, ts } from "ts-morph";
import { expect, test } from "vitest";
import { compilerOptions, dslFolder } from "../../codegen/capture/project.ts";

const project = new Project({
  useInMemoryFileSystem: true,
  skipFileDependencyResolution: true,
  compilerOptions: { ...compilerOptions, noErrorTruncation: false },
});
for (const name of readdirSync(dslFolder))
  project.createSourceFile(`${dslFolder}/${name}`, readFileSync(`${dslFolder}/${name}`, "utf8"));

const header = `import { attention, bf16, dims, f16, f32, i32, masks, math, out, param, scalar, scores } from "tilewright/dsl";
const { B, Sq, Skv, Hkv, G } = dims("B", "Sq", "Skv", "Hkv", "G");
const Hq = G.times(Hkv);
const q = f16({ b: B, q: Sq, h: Hq, d: 64 }), k = f16({ b: B, kv: Skv, hkv: Hkv, d: 64 }), v = k;
const o = out.values(f16({ b: B, q: Sq, h: Hq, d: 64 })), slopes = f32({ h: Hq });
`;

/** Each error as `code "marked text" message`. */
const errorsOf = (text: string): readonly string[] => {
  const file = project.createSourceFile("/kernel.ts", header + text, { overwrite: true });
  const program = project.getProgram().compilerObject;
  const node = file.compilerNode;
  return program.getSemanticDiagnostics(node).map((d) => {
    const marked = node.text.slice(d.start ?? 0, (d.start ?? 0) + (d.length ?? 0));
    return `TS${d.code} ${marked}: ${ts.flattenDiagnosticMessageText(d.messageText, " ")}`;
  });
};

const tensorType =
  /(?:Tensor|Output)<"[^>]*?\{(?: readonly \w+: (?:Dim<(?:"[^"]*"|\.\.\.)>|\d+);)+ \}>/g;
const shortened = (text: string): string =>
  text
    .replace(tensorType, "T")
    .replace(/\{ (?:readonly )?q: T; [^}]*\}/g, "{ q; ... }")
    .replace(/ +/g, " ");

const kernel = (fields: string): string => `export const one = attention({ ${fields} });`;

const problem = (marked: string, sentence: string): string =>
  `TS2322 ${marked}: Type 'T' is not assignable to type 'T & Problem<"${sentence}">'. ` +
  `Property 'problem' is missing in type 'T' but required in type 'Problem<"${sentence}">'.`;

/** exactOptionalPropertyTypes words it so for types that have an optional property. */
const exactProblem = (marked: string, sentence: string): string =>
  problem(marked, sentence)
    .replace("TS2322", "TS2375")
    .replace(
      "'. Property",
      "' with 'exactOptionalPropertyTypes: true'. Consider adding 'undefined' to the types of the target's properties. Property",
    );

const cases: readonly (readonly [what: string, text: string, ...messages: string[]])[] = [
  [
    "unlike dtypes",
    kernel("inputs: { q, k: bf16({ b: B, kv: Skv, hkv: Hkv, d: 64 }), v }, outputs: { o }"),
    problem("k", "q, k and v must have the same dtype"),
  ],
  [
    "a dtype that no product takes",
    kernel(
      "inputs: { q, k, v: f32({ b: B, kv: Skv, hkv: Hkv, d: 64 }) }, outputs: { o: out.values(f32({ b: B, q: Sq, h: Hq, d: 64 })) }",
    ),
    problem("v", "v must be f16 or bf16"),
  ],
  [
    "a query's axis on a key",
    kernel("inputs: { q, k: f16({ b: B, kv: Skv, h: Hq, d: 64 }), v }, outputs: { o }"),
    problem("k", "k lacks the axis hkv"),
  ],
  [
    "an axis too many",
    kernel("inputs: { q, k: f16({ b: B, kv: Skv, hkv: Hkv, d: 64, q: Sq }), v }, outputs: { o }"),
    problem("k", "k cannot have the axis q"),
  ],
  [
    "an axis that does not exist",
    "const x = f16({ b: B, heads: Hq });",
    `TS2322 heads: Type 'Dim<"G * Hkv">' is not assignable to type 'Dim<"G * Hkv"> & Problem<"there is no axis heads">'. ` +
      `Property 'problem' is missing in type 'Dim<"G * Hkv">' but required in type 'Problem<"there is no axis heads">'.`,
  ],
  [
    "an output without d",
    kernel("inputs: { q, k, v }, outputs: { y: out.values(f16({ b: B, q: Sq, h: Hq })) }"),
    exactProblem("y", "y lacks the axis d"),
  ],
  [
    "an output of another dtype",
    kernel("inputs: { q, k, v }, outputs: { y: out.values(bf16({ b: B, q: Sq, h: Hq, d: 64 })) }"),
    exactProblem("y", "y must have the dtype of v"),
  ],
  [
    "a log-sum-exp with d",
    kernel(
      "inputs: { q, k, v }, outputs: { o, lse: out.logSumExp(f32({ b: B, q: Sq, h: Hq, d: 64 })) }",
    ),
    exactProblem("lse", "lse cannot have the axis d"),
  ],
  [
    "a log-sum-exp in f16",
    "const x = out.logSumExp(f16({ b: B, q: Sq, h: Hq }));",
    `TS2345 f16({ b: B, q: Sq, h: Hq }): Argument of type 'T' is not assignable to parameter of type 'T & Problem<"the log-sum-exp must be f32">'. ` +
      `Property 'problem' is missing in type 'T' but required in type 'Problem<"the log-sum-exp must be f32">'.`,
  ],
  [
    "a missing input",
    kernel("inputs: { q, k }, outputs: { o }"),
    `TS2322 inputs: Type '{ q; ... }' is not assignable to type '{ q; ... } & { ...; }'. ` +
      `Property 'v' is missing in type '{ q; ... }' but required in type '{ readonly v: Problem<"the input v is missing">; }'.`,
  ],
  [
    "an index that the tensor does not have",
    kernel(
      "inputs: { q, k, v, slopes }, outputs: { o }, score: (s, at, { slopes }) => s + slopes({ h: at.h, q: at.q })",
    ),
    "TS2353 q: Object literal may only specify known properties, and 'q' does not exist in type '{ readonly h: number; }'.",
  ],
  [
    "an index that is missing",
    kernel(
      "inputs: { q, k, v, bias: f32({ h: Hq, q: Sq }) }, outputs: { o }, score: (s, { h }, { bias }) => s + bias({ h })",
    ),
    "TS2345 { h }: Argument of type '{ h: number; }' is not assignable to parameter of type '{ readonly h: number; readonly q: number; }'. " +
      "Property 'q' is missing in type '{ h: number; }' but required in type '{ readonly h: number; readonly q: number; }'.",
  ],
  [
    "a coordinate that does not exist",
    kernel("inputs: { q, k, v }, outputs: { o }, mask: ({ row, kv }) => kv < row"),
    "TS2339 row: Property 'row' does not exist on type 'At'.",
  ],
  [
    "an architecture that does not exist",
    kernel("inputs: { q, k, v }, outputs: { o }, schedule: { sm_60: { stages: 2 } }"),
    "TS2561 sm_60: Object literal may only specify known properties, but 'sm_60' does not exist in type 'Schedule'. Did you mean to write 'sm_70'?",
  ],
  [
    "a field of the schedule that does not exist",
    kernel("inputs: { q, k, v }, outputs: { o }, schedule: { sm_80: { stage: 2 } }"),
    "TS2561 stage: Object literal may only specify known properties, but 'stage' does not exist in type 'ScheduleOverride'. Did you mean to write 'stages'?",
  ],
  [
    "a scalar of a storage type",
    'const x = scalar("x", bf16);',
    `TS2345 bf16: Argument of type 'TensorType<"bf16">' is not assignable to parameter of type 'TensorType<"f32" | "i32">'. ` +
      `Type '"bf16"' is not assignable to type '"f32" | "i32"'.`,
  ],
];

test.each(cases)("%s", (_, text, ...messages) => {
  expect(errorsOf(text).map(shortened)).toEqual(messages);
});

test("a dtype parameter may be either half type, and q, k and v must share it", () => {
  const T = 'const T = param("T", f16);';
  const tensors =
    "k: T({ b: B, kv: Skv, hkv: Hkv, d: 64 }), v: T({ b: B, kv: Skv, hkv: Hkv, d: 64 })";
  const output = "outputs: { o: out.values(T({ b: B, q: Sq, h: Hq, d: 64 })) }";
  expect(
    errorsOf(
      `${T} ${kernel(`inputs: { q: T({ b: B, q: Sq, h: Hq, d: 64 }), ${tensors} }, ${output}`)}`,
    ),
  ).toEqual([]);
  const [first] = errorsOf(`${T} ${kernel(`inputs: { q, ${tensors} }, ${output}`)}`);
  expect(first).toContain('Problem<"q, k and v must have the same dtype">');
});

test("a slope's name is checked against the inputs", () => {
  const use = (name: string): string =>
    kernel(`inputs: { q, k, v, slopes }, outputs: { o }, score: scores.alibi("${name}")`);
  expect(errorsOf(use("slopes"))).toEqual([]);
  expect(errorsOf(use("slope"))[0]).toContain("Property 'slope' is missing in type");
});

test("combinators take shared functions, and functions that read tensors", () => {
  const fields =
    "inputs: { q, k, v, slopes }, outputs: { o }, " +
    "mask: masks.or(masks.and(masks.causal, masks.window(3)), masks.not(({ h }, { slopes }) => slopes({ h }) > 2)), " +
    'score: scores.compose((s, { q, kv }) => s + math.idiv(q, 2) - kv, scores.compose(scores.softcap(5), scores.alibi("slopes")))';
  expect(errorsOf(kernel(fields))).toEqual([]);
});

test("i32 tables are read as numbers", () => {
  const fields =
    "inputs: { q, k, v, docs: i32({ b: B, kv: Skv }) }, outputs: { o }, mask: ({ b, kv }, { docs }) => docs({ b, kv }) === 3";
  expect(errorsOf(kernel(fields))).toEqual([]);
});
