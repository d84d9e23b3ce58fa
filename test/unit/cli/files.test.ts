// Writing generated files: all or none, and never over a file of someone else's (A6005) or where one cannot (A6004).

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeFiles } from "../../../codegen/cli/files.ts";

const directory = (): string => mkdtempSync(join(tmpdir(), "files-"));
const ours = "// k, sm_80. Generated from k.ts; do not edit.\n";

test("writes into a directory that it makes, and again over its own files", () => {
  const out = join(directory(), "a", "b");
  const first = writeFiles(out, [{ name: "k.sm_80.cu", data: ours }]);
  expect(first).toEqual([join(out, "k.sm_80.cu")]);
  writeFiles(out, [{ name: "k.sm_80.cu", data: `${ours}int x;\n` }]);
  expect(readFileSync(join(out, "k.sm_80.cu"), "utf8")).toBe(`${ours}int x;\n`);
  expect(readdirSync(out)).toEqual(["k.sm_80.cu"]);
});

test("leaves a foreign file alone, and writes none of the others", () => {
  const out = directory();
  writeFileSync(join(out, "k.sm_80.cu"), "int main() {}\n");
  const files = [
    { name: "a.sm_80.cu", data: ours },
    { name: "k.sm_80.cu", data: ours },
  ];
  expect(() => writeFiles(out, files)).toThrow("A6005");
  expect(readdirSync(out)).toEqual(["k.sm_80.cu"]);
  expect(readFileSync(join(out, "k.sm_80.cu"), "utf8")).toBe("int main() {}\n");
});

test("does not follow a link, nor replace a directory", () => {
  const out = directory();
  writeFileSync(join(out, "target"), ours);
  symlinkSync(join(out, "target"), join(out, "k.sm_80.cu"));
  expect(() => writeFiles(out, [{ name: "k.sm_80.cu", data: ours }])).toThrow("A6005");
  mkdirSync(join(out, "d.sm_80.cu"));
  expect(() => writeFiles(out, [{ name: "d.sm_80.cu", data: ours }])).toThrow("A6005");
});

test("says where it cannot write", () => {
  const out = directory();
  writeFileSync(join(out, "file"), "");
  const inside = join(out, "file", "inside");
  expect(() => writeFiles(inside, [{ name: "k.sm_80.cu", data: ours }])).toThrow("A6004");
});

test.each(["../k.cu", "/k.cu", "a/b.cu", ".cu", "k", "k\n.cu"])(
  "a name that is no plain one is our bug: %j",
  (name) => {
    expect(() => writeFiles(directory(), [{ name, data: ours }])).toThrow("tilewright bug");
  },
);
