// Files that want to do harm: nothing is executed or read elsewhere, and every file ends in a diagnostic.

import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { captureFile } from "../../../codegen/capture/capture.ts";
import { captureText, diagnosticsOf, header, kernel, project } from "./support.ts";

const codesOf = (text: string): readonly string[] =>
  diagnosticsOf(() => captureText(text)).map((d) => d.code);

test("nothing of a file is executed", () => {
  const armed = globalThis as { armed?: boolean };
  captureText(`${header}const f = (): number => { const x = [1][0]!; return x; };\n${kernel("")}`);
  codesOf("(globalThis as any).armed = true;");
  codesOf(`${header}${kernel("mask: () => ((globalThis as any).armed = true)")}`);
  codesOf(`${header}const x = [].constructor.constructor("globalThis.armed = true")();`);
  expect(armed.armed).toBeUndefined();
});

test.each([
  ["brackets", `const x = ${"(".repeat(20_000)}1${")".repeat(20_000)};`],
  ["arrays", `const x = ${"[".repeat(20_000)}${"]".repeat(20_000)};`],
  ["operators", `const x = ${"-".repeat(1)}${"- ".repeat(20_000)}1;`],
  ["a long sum", `const x = ${"1 + ".repeat(20_000)}1;`],
  ["functions", `const x = ${"() => ".repeat(5_000)}1;`],
  ["conditions", `const x = ${"true ? 1 : ".repeat(10_000)}1;`],
  ["types", `type T = ${"Array<".repeat(5_000)}1${">".repeat(5_000)};`],
])("deep nesting of %s ends in a diagnostic or is harmless", (_, text) => {
  for (const code of codesOf(text)) expect(["A2001", "A2002", "A2015"]).toContain(code);
  // and the next file is captured as if nothing had been
  expect(captureText(header + kernel("")).map((d) => d.name)).toEqual(["kernel_one"]);
});

test("a height that grows with every constant is refused, not walked", () => {
  const constants = Array.from({ length: 600 }, (_, i) => `const s${i + 1} = s${i} + 1;`).join(" ");
  expect(codesOf(header + kernel(`score: (s0) => { ${constants} return s600; }`))).toEqual([
    "A2015",
  ]);
});

test("recursion between functions and files ends", () => {
  expect(
    codesOf(
      "const f = (x: number): number => g(x); const g = (x: number): number => f(x); const y = f(1);",
    ),
  ).toEqual(["A2015"]);
  const root = project({
    "kernel.ts": 'import { b } from "./b.ts"; export const a: number = b;',
    "b.ts": 'import { a } from "./kernel.ts"; export const b: number = a;',
  });
  expect(diagnosticsOf(() => captureFile("kernel.ts", { root })).map((d) => d.code)).toEqual([
    "A2008",
  ]);
});

test("names of Object.prototype are no fields, parameters or names", () => {
  expect(
    codesOf(
      `${header}const x = ({} as any).toString; const y = ({} as any).__proto__;\n${kernel("")}`,
    ),
  ).toEqual([]);
  expect(codesOf(`${header}const x = ({} as any).constructor("x");`)).toEqual(["A2010"]);
  expect(diagnosticsOf(() => captureText(header, { constructor: "1" })).map((d) => d.code)).toEqual(
    ["A1014"],
  );
  expect(codesOf(`${header}const x = dims("__proto__");`)).toEqual(["A1011"]);
  expect(codesOf(`${header}const x = (Math as any).constructor;`)).toEqual(["A2012"]);
});

test.each([
  "q; } int main() {",
  "a\\nb",
  "a b",
  "naïve",
  "9lives",
  "",
  "class",
  "lambda",
  "blockIdx",
  "con",
  `a${"b".repeat(70)}`,
])("%j cannot be a size, a scalar or an input", (name) => {
  const literal = JSON.stringify(name);
  expect(codesOf(`${header}const x = dims(${literal});`)).toEqual(["A1011"]);
  expect(codesOf(`${header}const x = scalar(${literal}, f32);`)).toEqual(["A1011"]);
  expect(
    codesOf(
      `${header}export const one = attention({ inputs: { ...inputs, [${literal} as string]: f32({ h: Hq }) }, outputs } as any);`,
    ),
  ).toEqual(["A1011"]);
});

test("comments and sources reach a description as harmless text", () => {
  const text = `// title */ \u202e \\\n${header}${kernel("mask: ({ q, kv }) => /* */ q > kv // \\\n")}`;
  const [d] = captureText(text);
  expect(d?.summary).toBe("title * /");
  expect(d?.mask?.source).not.toMatch(/[\n\r]|\*\/|\\$/);
});

test("a link out of the project is not followed", () => {
  const root = project({
    "in/kernel.ts": 'import { x } from "./b.ts"; const y = x;',
    "b.ts": "export const x = 1;",
  });
  symlinkSync(join(root, "b.ts"), join(root, "in/b.ts"));
  const [first] = diagnosticsOf(() => captureFile("kernel.ts", { root: join(root, "in") }));
  expect(first?.code).toBe("A2018");
});

test("errors that are silenced in the file are found when it is described", () => {
  const text = `// @ts-nocheck\n${header}${kernel('mask: "all"')}`;
  expect(codesOf(text)).toEqual(["A1001"]);
});

test("a file may be changed between captures", () => {
  const root = project({ "kernel.ts": header + kernel("", "one") });
  expect(captureFile("kernel.ts", { root }).map((d) => d.name)).toEqual(["one"]);
  const other = project({ "kernel.ts": header + kernel("", "two") });
  expect(captureFile("kernel.ts", { root: other }).map((d) => d.name)).toEqual(["two"]);
});
