// What the command line does when the compiler itself is wrong, which is planted here.

import { existsSync, readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { kernelFile, run, runJson } from "./cli.ts";

vi.mock("../../../codegen/passes/schedule.ts", () => ({
  schedule: () => {
    throw new Error("tilewright bug: planted");
  },
}));
test("a bug of ours is exit 70, with a reproducer that holds the program", async () => {
  const { exit, error } = await run("build", kernelFile(), "--out", "build/never");
  expect(exit).toBe(70);
  expect(error).toContain("tilewright bug: planted");
  const path = /open an issue with (\S+) attached/.exec(error)?.[1] ?? "";
  expect(readFileSync(path, "utf8")).toMatch(/^; tilewright [^]*planted[^]*^program tiny\b/m);
  expect(existsSync("build/never")).toBe(false);
});

test("a bug of ours is one document with --json", async () => {
  const { exit, document } = await runJson("check", kernelFile());
  expect(exit).toBe(70);
  expect(document).toMatchObject({ ok: false, diagnostics: [{ code: "bug" }], results: [] });
});
