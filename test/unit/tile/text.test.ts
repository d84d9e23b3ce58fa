// Text and programs correspond exactly: whatever the data structure can hold survives printing and
// parsing, and whatever passes make is sound after each of them.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { archNames, archs } from "../../../codegen/arch/archs.ts";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { ProgramGrammar } from "../../../codegen/tile/grammar-program.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import { printProgram } from "../../../codegen/tile/print.ts";
import type { Program } from "../../../codegen/tile/program.ts";
import { verify } from "../../../codegen/tile/verify.ts";
import { mapBodies, mapStatements, visits } from "../../../codegen/tile/walk.ts";
import { dense } from "../../support/descriptions.ts";
import { withoutSpans } from "./programs.ts";
import { anyProgram } from "./random.ts";

test("the grammar has no ambiguity", () => {
  expect(() => new ProgramGrammar(true)).not.toThrow();
});

test("any program survives", () => {
  fc.assert(
    fc.property(anyProgram, (program) => {
      const text = printProgram(program);
      const parsed = parseProgram(text, "random.tile");
      expect(withoutSpans(parsed)).toEqual(withoutSpans(program));
      expect(printProgram(parsed)).toBe(text);
    }),
    { numRuns: 80, seed: 20 },
  );
});

test("places survive where they are asked for", () => {
  fc.assert(
    fc.property(anyProgram, (program) => {
      const parsed = parseProgram(printProgram(program, { spans: true }), "random.tile");
      const wanted = [...visits(program)].map((v) => v.statement.span);
      const found = [...visits(parsed)].map((v) => v.statement.span);
      expect(found.length).toBe(wanted.length);
      for (const [i, span] of wanted.entries())
        if (span === undefined) expect(found[i]?.file).toBe("random.tile");
        else expect(found[i]).toEqual(span);
    }),
    { numRuns: 50, seed: 21 },
  );
});

/** One random change: a statement deleted, doubled, or moved to the end of its body. */
const mutate = (program: Program, pick: number): Program => {
  const count = [...visits(program)].length;
  let i = 0;
  return {
    ...program,
    kernels: program.kernels.map((kernel) =>
      mapBodies(kernel, (body) =>
        mapStatements(body, (s) => {
          if (i++ !== pick % count) return [s];
          return pick % 2 === 0 ? [] : [s, s];
        }),
      ),
    ),
  };
};

test("the verifier and the parser answer for any program", () => {
  fc.assert(
    fc.property(anyProgram, fc.nat(), (program, pick) => {
      const other = mutate(program, pick);
      for (const d of [...verify(other), ...verify(other, archs.sm_80)])
        expect(d.code).toMatch(/^A4\d{3}$/);
    }),
    { numRuns: 100, seed: 22 },
  );
});

test("any prefix of a text is read or refused with a place", () => {
  const text = printProgram(schedule(lower(dense({})), archs.sm_80));
  for (let end = 0; end < text.length; end += 37)
    try {
      parseProgram(text.slice(0, end), "cut.tile");
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
      expect(error.diagnostics[0]?.span?.line).toBeGreaterThan(0);
    }
});

test("every pass leaves a sound program, whose text reads back", () => {
  const headDims = [16, 40, 64, 96, 128, 200, 256];
  for (const arch of archNames)
    for (const headDim of headDims) {
      const lowered = lower(dense({ headDim }));
      expect(verify(lowered)).toEqual([]);
      const done = schedule(lowered, archs[arch], {}, (pass, p) =>
        expect(verify(p), `${arch} D=${headDim} after ${pass}`).toEqual([]),
      );
      expect(verify(done, archs[arch])).toEqual([]);
      expect(withoutSpans(parseProgram(printProgram(done), "x"))).toEqual(withoutSpans(done));
    }
});
