// The compiled simulator on worker threads against the sources in this thread. Needs `npm run build`.

import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import { groups } from "./programs.ts";
import { sampleInputs } from "./sample.ts";

const built = new URL("../../../dist/codegen/sim/simulate.js", import.meta.url);
const missing = !existsSync(built);
if (missing && process.env["CI"] === "true") throw new Error("dist/ is missing: npm run build");

const sizes = { Sq: 500, Skv: 100 };
const options = { sizes, inputs: sampleInputs(sizes, 1) };
const program = parseProgram(groups, "groups.tile");

test.skipIf(missing)(
  "workers give the same numbers and the same errors, again and again",
  async () => {
    const compiled = (await import(built.href)) as {
      readonly simulateProgram: typeof simulateProgram;
    };
    const here = await simulateProgram(program, options);
    const racing = parseProgram(groups.replace(/wait 0\n\s+barrier/, "wait 0"), "groups.tile");
    for (const workers of [2, 3, 2]) {
      const there = await compiled.simulateProgram(program, { ...options, workers });
      for (const name of ["o", "lse"]) expect(there[name]!.data).toEqual(here[name]!.data);
      await expect(compiled.simulateProgram(racing, { ...options, workers })).rejects.toThrow(
        /^A5005: `copy vs .*a `barrier`, or an arrive and an await, is missing$/,
      );
    }
  },
);

test("only the wanted blocks run, and the rest stays unwritten", async () => {
  const { lse } = await simulateProgram(program, { ...options, blocks: [1] });
  const written = [...lse!.data.keys()].filter((i) => !Number.isNaN(lse!.data[i]!));
  expect(written).toEqual(Array.from({ length: 64 }, (_, i) => 64 + i));
});
