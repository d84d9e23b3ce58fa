// Every code of section A2: what provokes it, and the exact place that it marks.

import { expect, test } from "vitest";
import { captureFile } from "../../../codegen/capture/capture.ts";
import { typeScriptErrors } from "../../../codegen/capture/diagnose.ts";
import { loadSources } from "../../../codegen/capture/project.ts";
import {
  captureText,
  type Case,
  diagnosticsOf,
  expectCase,
  header,
  kernel,
  project,
} from "./support.ts";

const cases: readonly Case[] = [
  {
    code: "A2001",
    text: "const x = 1 +«;»",
    message: "this is not TypeScript: Expression expected.",
  },
  {
    code: "A2002",
    text: "const «x»: string = 1;",
    message: "Type 'number' is not assignable to type 'string'",
  },
  { code: "A2003", text: "«let» x = 1;", message: "let cannot stand in a kernel file" },
  {
    code: "A2003",
    text: kernel("score: (s) => { «if (s > 0) return 1;» return s; }"),
    message: "if cannot stand in a kernel file",
  },
  {
    code: "A2004",
    text: "export const kernelOne = attention({ inputs: { q, «k»: bf16({ b: B, kv: Skv, hkv: Hkv, d: 64 }), v }, outputs });",
    message: "q, k and v must have the same dtype",
  },
  {
    code: "A2005",
    text: "import { readFileSync } from «'node:fs'»; const x = readFileSync;",
    message: '"node:fs" cannot be imported by a kernel file',
  },
  {
    code: "A2006",
    text: "const x = «parseInt»('1');",
    message: "parseInt has no meaning in a kernel file",
  },
  {
    code: "A2007",
    text: kernel("mask: ({ q, kv }) => «q / 64» >= kv / 64"),
    message: "both operands of '/' are i32, so TypeScript and CUDA would disagree",
  },
  {
    code: "A2008",
    text: "const f = (): number => «g»; const g: number = f();",
    message: "the value of g depends on itself",
  },
  {
    code: "A2009",
    text: kernel("mask: ({ q, kv }) => q «==» kv"),
    message: "== converts its operands before it compares them",
  },
  {
    code: "A2010",
    text: kernel('score: (s) => s + (Math.max(s, «"a" as any»))'),
    message: 'Math.max cannot use the string "a"',
  },
  {
    code: "A2010",
    text: kernel("score: (s, { q }) => q & «s»"),
    message: "'&' cannot use a float",
  },
  {
    code: "A2010",
    text: kernel("score: (s) => ~«s»"),
    message: "'~' cannot use a float",
  },
  {
    code: "A2010",
    text: "const xs = [1, 2]; " + kernel("score: (s, { q }) => s + xs[«q»]!"),
    message: "'[]' cannot use a number of the kernel",
  },
  {
    code: "A2011",
    text: kernel("score: (s, { q }) => s + («q > 1 ? 1 : true as any»)"),
    message:
      "which arm of ?: is taken is known only in the kernel, and the arms are the number 1 and the boolean true",
  },
  {
    code: "A2012",
    text: "const x = «Math.random»();",
    message: "Math has no random that a kernel file can use",
  },
  {
    code: "A2013",
    text: "const x = «G.times(5 as any)»;",
    message: "times is called with the number 5",
  },
  {
    code: "A2014",
    text: "export const kernelOne = attention({ inputs: { ...inputs, table: f32({ h: Hq }) }, outputs, score: (s, { h }, { table }) => s + table({ h: «h * 0.5» }) });",
    message: "table is read at a float",
  },
  {
    code: "A2014",
    text: "export const kernelOne = attention({ inputs: { ...inputs, table: f32({ h: Hq }) }, outputs, score: (s, { h }, { table }) => s + «table({} as any)» });",
    message: "table is read at {}",
  },
  {
    code: "A2015",
    text: "const f = (x: number): number => f(x + 1); const y = f(1);",
    message: "this is nested more than 300 levels deep",
  },
];

test.each(cases)("$code $message", expectCase);

test("A2016: constants that take too many steps", () => {
  const doubled = Array.from(
    { length: 20 },
    (_, i) => `const g${i + 1} = (x: number): number => g${i}(g${i}(x));`,
  );
  const text = `const g0 = (x: number): number => x + 1; ${doubled.join(" ")} const y = g20(1);`;
  const [first] = diagnosticsOf(() => captureText(header + text));
  expect(`${first?.code}: ${first?.message}`).toBe(
    "A2016: evaluating the kernel file takes more than 100000 steps",
  );
  expect(first?.span?.line).toBe(2);
});

test("A2017: a formula that doubles with every constant", () => {
  const constants = Array.from({ length: 40 }, (_, i) => `const s${i + 1} = s${i} + s${i};`);
  const text = kernel(`score: (s0) => { ${constants.join(" ")} return s40; }`);
  const [first] = diagnosticsOf(() => captureText(header + text));
  expect(first?.code).toBe("A2017");
  expect(first?.span?.line).toBe(2);
});

test("A2018: files outside the project, and files that are no TypeScript", () => {
  const root = project({
    "a/kernel.ts": 'import { x } from "../b.ts"; const y = x;',
    "b.ts": "export const x = 1;",
    "c.txt": "",
  });
  const codes = (file: string, from: string): readonly string[] =>
    diagnosticsOf(() => captureFile(file, { root: from })).map((d) => d.code);
  expect(codes("kernel.ts", `${root}/a`)).toEqual(["A2018"]);
  expect(codes("../b.ts", `${root}/a`)).toEqual(["A2018"]);
  expect(codes("c.txt", root)).toEqual(["A2018"]);
  expect(codes("d.ts", root)).toEqual(["A6003"]);
  expect(codes("a/kernel.ts", root)).toEqual([]);
});

test("A2019: types that take too long to check", () => {
  const sources = loadSources(
    "kernel.ts",
    project({ "kernel.ts": `${header}const f = (x: number) => x;` }),
  );
  const [first] = typeScriptErrors(sources, 0);
  expect(first?.code).toBe("A2019");
  expect(first?.span).toMatchObject({ file: "kernel.ts", line: 1, column: 1 });
});

test("a fault inside a shared function names its callers", () => {
  const text = `const f = (a: number, b: number): number => a / b; ${kernel("score: (s, { q, kv }) => s + f(q, kv)")}`;
  const [first] = diagnosticsOf(() => captureText(header + text));
  expect(first?.code).toBe("A2007");
  expect(first?.span).toMatchObject({ line: 2, column: text.indexOf("a / b") + 1, length: 5 });
  expect(first?.span?.calledFrom).toMatchObject({ line: 2, column: text.indexOf("f(q, kv)") + 1 });
});

test("all refusals of a file are reported at once, errors of types before them", () => {
  const two = "let a = 1;\nlet b = 2;";
  expect(diagnosticsOf(() => captureText(two)).map((d) => d.span?.line)).toEqual([1, 2]);
  const [only, ...rest] = diagnosticsOf(() => captureText(`${two}\nconst c: string = a;`));
  expect([only?.code, only?.span?.line, rest]).toEqual(["A2002", 3, []]);
});
