// Caret frames, and that the version is that of the package.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { showDiagnostic } from "../../../codegen/base/frame.ts";
import { version } from "../../../codegen/base/version.ts";

const lines = ["const a = 1;", "\tmask: ({ q }) => q / 64,", "or(x)"];
const lineOf = (file: string, line: number): string | undefined =>
  file === "k.ts" ? lines[line - 1] : undefined;
const diagnostic = { code: "A2007", message: "cause", remedy: "remedy" } as const;

test("points at the cause, past a tab, and at its callers", () => {
  const calledFrom = { file: "k.ts", line: 3, column: 1, length: 99 };
  const span = { file: "k.ts", line: 2, column: 18, length: 6, calledFrom };
  expect(showDiagnostic({ ...diagnostic, span }, lineOf)).toBe(
    [
      "error[A2007]: cause",
      " --> k.ts:2:18",
      "  |",
      "2 | \tmask: ({ q }) => q / 64,",
      "  | \t                ^^^^^^",
      "  |",
      "  called from k.ts:3:1",
      "  |",
      "3 | or(x)",
      "  | ^^^^^",
      "  |",
      "  = help: remedy",
    ].join("\n"),
  );
});

test("does without a span, and without the file", () => {
  expect(showDiagnostic(diagnostic, lineOf)).toBe("error[A2007]: cause\n  = help: remedy");
  const span = { file: "gone.ts", line: 1, column: 1, length: 1 };
  expect(showDiagnostic({ ...diagnostic, span }, lineOf)).toBe(
    "error[A2007]: cause\n --> gone.ts:1:1\n  = help: remedy",
  );
});

test("what would act on a terminal is shown as a sign", () => {
  const shown = showDiagnostic(
    {
      ...diagnostic,
      message: "a\u001b[2Jb\u202e",
      span: { file: "e.ts", line: 1, column: 2, length: 1 },
    },
    () => "\u001b[31mx\u2066",
  );
  expect(shown.split("\n").filter((l) => l.includes("\ufffd"))).toEqual([
    "error[A2007]: a\ufffd[2Jb\ufffd",
    "1 | \ufffd[31mx\ufffd",
  ]);
  expect(shown).not.toMatch(/[\u001b\u202e\u2066]/);
});

test("the version is the package's", () => {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  expect((JSON.parse(text) as { version: string }).version).toBe(version);
});
