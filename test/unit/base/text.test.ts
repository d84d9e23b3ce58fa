// User text in generated files: comments that stay comments, names that are names.

import { expect, test } from "vitest";
import { commentText, identifierProblem, snakeCase } from "../../../codegen/base/text.ts";

test.each([
  ["plain text", "plain text"],
  ["naïve 注意 ≤ ∞", "naïve 注意 ≤ ∞"],
  ["ends with a backslash \\", "ends with a backslash"],
  ["trigraph ??/", "trigraph ?? /"],
  ["two\nlines\r\nand\u2028more", "two lines and more"],
  ["*/ int main() {}", "* / int main() {}"],
  ["/* open", "/ * open"],
  ["a\u0000b\u001bc\u007f", "a b c"],
  ["bidi \u202e\u2066 marks \u200b", "bidi marks"],
  ["\\ \\ \\\n", ""],
])("%j becomes %j", (text, expected) => {
  expect(commentText(text).replace(/ +/g, " ")).toBe(expected);
});

test("no text escapes, whatever it is made of", () => {
  const pieces = [
    "*/",
    "/*",
    "\\",
    "\n",
    "\r",
    "??/",
    "a",
    " ",
    "\u202e",
    "\u2028",
    "*",
    "/",
    "?",
    "\t",
    "\ud800",
  ];
  let state = 7;
  const next = (): string => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return pieces[state % pieces.length] as string;
  };
  for (let i = 0; i < 5000; i++) {
    const text = Array.from({ length: 1 + (i % 12) }, next).join("");
    const safe = commentText(text);
    expect(safe, JSON.stringify(text)).not.toMatch(
      /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]|\*\/|\/\*|\?\?\/|\\$/u,
    );
  }
});

test("names", () => {
  for (const name of ["q", "Sq", "causal_gqa_prefill_d64", "kvLens", "x".repeat(63)])
    expect(identifierProblem(name), name).toBeUndefined();
  for (const name of [
    "",
    "_x",
    "9a",
    "a-b",
    "a b",
    "é",
    "a__b",
    "int",
    "half",
    "lambda",
    "NUL",
    "x".repeat(64),
  ])
    expect(identifierProblem(name), name).toBeDefined();
});

test("snake case", () => {
  expect(
    ["causalGqaPrefill", "CausalGQAPrefill", "already_snake", "k0", "HTTPKernel2"].map(snakeCase),
  ).toEqual(["causal_gqa_prefill", "causal_gqa_prefill", "already_snake", "k0", "http_kernel2"]);
});
