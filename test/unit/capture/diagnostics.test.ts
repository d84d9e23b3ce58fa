// Every code of sections A1 and A2: what provokes it, and the exact place that it marks.

import { expect, test } from "vitest";
import { captureFile } from "../../../codegen/capture/capture.ts";
import { typeScriptErrors } from "../../../codegen/capture/diagnose.ts";
import { loadSources } from "../../../codegen/capture/project.ts";
import { captureText, diagnosticsOf, header, kernel, project, type Set } from "./support.ts";

interface Case {
  readonly code: string;
  /** Follows the header on line 2; the place that is marked stands between « and ». */
  readonly text: string;
  readonly message: string;
  readonly set?: Set;
}

const own = (inputs: string, more = ""): string =>
  `export const kernelOne = attention({ inputs: ${inputs}, outputs, ${more} } as any);`;
const bare = (spec: string): string => `export const kernelOne = attention(${spec} as any);`;

const cases: readonly Case[] = [
  // A1: the types are cast away or cannot know
  { code: "A1001", text: kernel("scale: «true as any»"), message: "scale is the boolean true" },
  { code: "A1001", text: kernel("mask: «3 as any»"), message: "mask is the number 3" },
  { code: "A1001", text: bare("«{ outputs }»"), message: "inputs is undefined" },
  {
    code: "A1001",
    text: own("{ ...inputs, x: «f32({})» }"),
    message: "x is a tensor without axes",
  },
  {
    code: "A1002",
    text: bare("{ inputs, outputs, «scael»: 2 }"),
    message: "attention has no field scael",
  },
  { code: "A1003", text: own("«{ q, k }»"), message: "the input v is missing" },
  {
    code: "A1004",
    text: own("{ q, k, v: «f16({ b: B, kv: Skv, hkv: Hkv })» }"),
    message: "v has the axes b, kv, hkv",
  },
  {
    code: "A1004",
    text: own("{ q, k, v: «f16({ b: B, d: 64, kv: Skv, hkv: Hkv })» }"),
    message: "v has the axes b, d, kv, hkv",
  },
  {
    code: "A1005",
    text: own("{ q, k, v, x: f16({ b: B, «z»: 1 } as any) }"),
    message: "there is no axis z",
  },
  {
    code: "A1006",
    text: own("{ q, k, v: «bf16({ b: B, kv: Skv, hkv: Hkv, d: 64 })» }"),
    message: "v is bf16",
  },
  {
    code: "A1006",
    text:
      "const T = param('T', f16); const t = T({ b: B, kv: Skv, hkv: Hkv, d: 64 }); " +
      own("{ q, «k»: t, v: t }").replace("«k»: t", "k: «t»"),
    message: "k is bf16",
    set: { T: "bf16" },
  },
  {
    code: "A1007",
    text: own("{ ...inputs, x: f32({ h: «1.5» }) }"),
    message: "the extent of axis h is the number 1.5",
  },
  {
    code: "A1008",
    text: own("{ ...inputs, x: «f32({ h: Hkv })» }"),
    message: "axis h has Hkv elements in x, but G * Hkv in q",
  },
  {
    code: "A1008",
    text: own("{ q, k: «f16({ b: B, kv: Skv, hkv: Hkv, d: 72 })», v }"),
    message: "axis d has 72 elements in k, but 64 in q",
  },
  {
    code: "A1009",
    text:
      "const D = param('D', 64); export const kernelOne = attention({ inputs: " +
      "{ q: «f16({ b: B, q: Sq, h: Hq, d: D })», k: f16({ b: B, kv: Skv, hkv: Hkv, d: D }), v }, outputs });",
    message: "the head dimension of q is 60",
    set: { D: "60" },
  },
  {
    code: "A1010",
    text:
      "const { H } = dims('H'); export const kernelOne = attention({ inputs: " +
      "{ q: «f16({ b: B, q: Sq, h: H, d: 64 })», k, v }, outputs: { o: out.values(f16({ b: B, q: Sq, h: H, d: 64 })) } });",
    message: "H query heads are not a whole number of times Hkv key and value heads",
  },
  {
    code: "A1011",
    text: "dims(«'half'»);".replace(/^/, "const x = "),
    message: '"half" cannot be the name of a size',
  },
  {
    code: "A1011",
    text: "export const «class_» = attention({ inputs, outputs });".replace("class_", "a__b"),
    message: '"a__b" cannot be the name of a kernel',
  },
  {
    code: "A1011",
    text: own("{ ...inputs, «'x; system()'»: f32({ h: Hq }) }"),
    message: '"x; system()" cannot be the name of an input',
  },
  {
    code: "A1012",
    text: "const x = dims(«'kvLen'»);",
    message: "the name kvLen of a size is taken by a coordinate of scores and masks",
  },
  {
    code: "A1012",
    text: "const x = dims(«'acc'»);",
    message: "the name acc of a size is taken by a name of generated programs",
  },
  {
    code: "A1012",
    text: "const x = scalar(«'workspace'», f32);",
    message: "the name workspace of a scalar is taken by an argument of every launch",
  },
  {
    code: "A1012",
    text: own("{ ...inputs, bias: f32({ h: Hq }), BIAS: «f32({ h: Hq })» }"),
    message: "the name BIAS of a tensor is taken by a tensor",
  },
  {
    code: "A1013",
    text: "export const kernelOne = attention({ inputs, outputs: «{}» });",
    message: "0 outputs are out.values",
  },
  {
    code: "A1014",
    text: "const D = param('D', 64);",
    message: "--set E: the file has no parameter of that name",
    set: { E: "1" },
  },
  {
    code: "A1015",
    text: "const D = «param('D', 64)»;",
    message: "--set D=0x40: the value is not a number",
    set: { D: "0x40" },
  },
  {
    code: "A1015",
    text: "const T = «param('T', f16)»;",
    message: "--set T=f32: the value is not f16 or bf16",
    set: { T: "f32" },
  },
  {
    code: "A1016",
    text: `${kernel("", "kernelOne")} export const «kernelONE» = kernelOne;`.replace(
      "kernelONE",
      "kernel_one",
    ),
    message: "the exports kernelOne and kernel_one would both become the kernel kernel_one",
  },
  {
    code: "A1017",
    text: kernel("schedule: { sm_80: { warps: «1.5» } }"),
    message: "warps in the schedule is the number 1.5",
  },
  {
    code: "A1002",
    text: kernel("schedule: { «sm_10»: {} } as any"),
    message: "schedule has no field sm_10",
  },
  {
    code: "A1018",
    text: "const x = param('D', 1); const y = «param('D', 2)»;",
    message: "the parameter D is declared twice",
  },
  { code: "A1018", text: "const x = dims('N', «'N'»);", message: "the size N is declared twice" },
  {
    code: "A1018",
    text: "const x = scalar('heat', f32); const y = «scalar('heat', f32)»;",
    message: "the scalar heat is declared twice",
  },
  {
    code: "A1019",
    text: kernel("mask: «(({ q }) => q) as any»").replace(
      "«(({ q }) => q) as any»",
      "«(({ q }: any) => q) as any»",
    ),
    message: "mask returns a number",
  },

  // A2
  {
    code: "A2001",
    text: "const x = 1 +«;»",
    message: "this is not TypeScript: Expression expected.",
  },
  {
    code: "A2002",
    text: "const «x»: string = 1;",
    message: "Type 'number' is not assignable to type 'string'.".replace(/\.$/, ""),
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
    message: "the namespace Math has no random that a kernel file can use".replace(
      "the namespace Math",
      "Math",
    ),
  },
  {
    code: "A2013",
    text: "const x = G.times(«5 as any»);"
      .replace("«5 as any»", "5 as any")
      .replace("G.times(5 as any)", "«G.times(5 as any)»"),
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
    text: "const f = (x: number): number => «f(x + 1)»; const y = f(1);".replace(
      "«f(x + 1)»",
      "f(x + 1)",
    ),
    message: "this is nested more than 300 levels deep",
  },
];

const marked = (text: string): { text: string; column: number; length: number } | undefined => {
  const from = text.indexOf("«");
  if (from < 0) return undefined;
  const to = text.indexOf("»");
  return {
    text: text.slice(0, from) + text.slice(from + 1, to) + text.slice(to + 1),
    column: from + 1,
    length: to - from - 1,
  };
};

test.each(cases)("$code $message", ({ code, text, message, set }) => {
  const mark = marked(text);
  const [first] = diagnosticsOf(() => captureText(header + (mark?.text ?? text), set));
  expect(first, text).toBeDefined();
  expect(`${first?.code}: ${first?.message}`).toBe(`${code}: ${message}`);
  expect(first?.remedy.length).toBeGreaterThan(3);
  if (mark)
    expect(first?.span).toMatchObject({
      file: "kernel.ts",
      line: 2,
      column: mark.column,
      length: mark.length,
    });
});

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
  const sources = loadSources("kernel.ts", project({ "kernel.ts": header }));
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
