// The catalogue of messages: every code is unique, stands in its section, and is named by a test that
// provokes it.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { codes } from "../../codegen/base/codes.ts";
import { catalogue } from "./catalogue.ts";

const root = new URL("../..", import.meta.url).pathname;

const tests: readonly string[] = ["test", "kernels", "examples"]
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((f) =>
      join(root, folder, f),
    ),
  )
  .filter((path) => /\.(test|test-d)\.ts$|\.tile$/.test(path))
  .map((path) => readFileSync(path, "utf8"));

const untested = (codes: readonly string[], texts: readonly string[]): readonly string[] =>
  codes.filter((code) => !texts.some((text) => text.includes(code)));

test("every diagnostic code is named by a test", () => {
  const all = catalogue.map((entry) => entry.code);
  expect(untested(all, tests)).toEqual([]);
  expect(untested(["A1001", "A0000"], ["expects A1001"])).toEqual(["A0000"]);
});

test("no two entries share a code or a name", () => {
  const all = catalogue.map((entry) => entry.code);
  expect(new Set(all).size).toBe(all.length);
  for (const code of all) expect(code).toMatch(/^A[1-6]\d{3}$/);
  expect(Object.keys(codes).toSorted()).toEqual(catalogue.map((entry) => entry.name).toSorted());
});

test("every entry states a cause and a remedy", () => {
  expect(catalogue.length).toBeGreaterThan(10);
  for (const { code, message, remedy } of catalogue) {
    expect(message.length, code).toBeGreaterThan(5);
    expect(remedy.length, code).toBeGreaterThan(2);
  }
});
