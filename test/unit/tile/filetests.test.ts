// Runs test/files/*.tile. The first line says what is tested:
//   verify      the program is sound but for the `; error: CODE text` at the ends of the offending lines;
//               the message must contain the text, and no other message may appear
//   roundtrip   the text, comment lines aside, is what the printer makes of it
//   lanes       each statement that touches shared memory does lane by lane what the interpreter says; the
//               `; lanes: N` at its end says how often a block then asks the banks of shared memory

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import { type Diagnostic, DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import { printProgram } from "../../../codegen/tile/print.ts";
import { verify } from "../../../codegen/tile/verify.ts";
import { byLanes, showFault, showTraffic } from "./lanes.ts";
import { withoutSpans } from "./programs.ts";

const folder = new URL("../../files/", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".tile"));
const mark = /\s*; (?:error|lanes): /;

interface Expected {
  readonly line: number;
  readonly code: string;
  readonly text: string;
}

const expectations = (source: string): readonly Expected[] =>
  source.split("\n").flatMap((line, i) =>
    line
      .split(/\s*; error: /)
      .slice(1)
      .map((error) => ({ line: i + 1, code: error.slice(0, 5), text: error.slice(6).trim() })),
  );

const findings = (text: string, file: string): readonly Diagnostic[] => {
  try {
    const program = parseProgram(text, file);
    return verify(program, program.arch && archs[program.arch]);
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics;
    throw error;
  }
};

const show = (line: number | undefined, code: string, text: string): string =>
  `line ${line}: ${code} ${text}`;

/** What was expected and did not come, then what came unexpected. */
const surprises = (expected: readonly Expected[], found: readonly Diagnostic[]): string[] => {
  const left = [...found];
  const missing = expected.flatMap((e) => {
    const at = left.findIndex(
      (d) => d.span?.line === e.line && d.code === e.code && d.message.includes(e.text),
    );
    if (at >= 0) left.splice(at, 1);
    return at >= 0 ? [] : [`missing  ${show(e.line, e.code, e.text)}`];
  });
  return [...missing, ...left.map((d) => `surplus  ${show(d.span?.line, d.code, d.message)}`)];
};

/** The marks of the lines that have any. */
const laneMarks = (source: string): readonly string[] =>
  source.split("\n").flatMap((line, i) => {
    const [, said] = /; lanes: (.*)$/.exec(line) ?? [];
    return said === undefined ? [] : [`line ${i + 1}: ${said}`];
  });

test.each(files)("%s", (file) => {
  const source = readFileSync(new URL(file, folder), "utf8");
  const [, ...kinds] = /^; test((?: \w+)+)\n/.exec(source)?.[1]?.split(" ") ?? [];
  const text = source
    .split("\n")
    .map((line) => line.split(mark)[0])
    .join("\n");
  expect(kinds, "the first line says what is tested").not.toEqual([]);
  for (const kind of kinds) {
    if (kind === "verify")
      expect(surprises(expectations(source), findings(text, file))).toEqual([]);
    else if (kind === "roundtrip") {
      const program = parseProgram(text, file);
      expect(printProgram(program)).toBe(text.replace(/^;.*\n/gm, ""));
      expect(withoutSpans(parseProgram(printProgram(program), file))).toEqual(
        withoutSpans(program),
      );
    } else if (kind === "lanes") {
      const found = byLanes(parseProgram(text, file)).toSorted((a, b) => a.line - b.line);
      expect(found.flatMap(({ fault }) => (fault ? [showFault(fault)] : []))).toEqual([]);
      expect(found.map((f) => `line ${f.line}: ${showTraffic(f.traffic)}`)).toEqual(
        laneMarks(source),
      );
    } else throw new Error(`${file} asks for an unknown test: ${kind}`);
  }
});
