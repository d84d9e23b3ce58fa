// What the command line does when the compiler itself is wrong, or a kernel is not exact: both planted here.

import { existsSync, readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { kernelFile, run, runJson } from "./cli.ts";

vi.mock("../../../codegen/passes/schedule.ts", () => ({
  schedule: () => {
    throw new Error("tilewright bug: planted");
  },
}));
vi.mock("../../../codegen/simulate.ts", () => ({
  runKernel: async () => ({
    arch: "sm_80",
    outputs: {},
    seconds: 0,
    judgements: [
      { accuracy: { name: "o", shape: [1], maxAbsError: 1, rmse: 1, bound: 0.5, pass: false } },
    ],
  }),
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

test("an output that is not exact is exit 1, and says how to repeat it", async () => {
  const file = kernelFile();
  const { exit, document } = await runJson("simulate", file, "--seed", "5");
  expect(exit).toBe(1);
  expect(document.results[0]).toMatchObject({ outputs: [{ pass: false }] });
  expect(document.diagnostics).toMatchObject([{ code: "A6011" }]);
  expect(document.diagnostics[0]?.remedy).toContain(`tilewright simulate ${file} --kernel tiny`);
});
