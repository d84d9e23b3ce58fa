// Every emitted file compiles for its architecture, and none spills more than is tolerated.

import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { archNames } from "../../codegen/arch/archs.ts";
import {
  compileCuda,
  findCompilers,
  serves,
  spillDiagnostics,
} from "../../codegen/package/check.ts";
import { needed } from "../support/tools.ts";
import { type Emitted, emitted } from "./emitted.ts";

const directory = "build/compile";
const compilers = await findCompilers();
const files = (await emitted()).filter(({ name }) => name.endsWith(".cu"));

const problemsOf = async ({ name, text, arch }: Emitted): Promise<readonly string[]> => {
  const path = `${directory}/${name}`;
  writeFileSync(path, text);
  const report = await compileCuda(path, arch, { parts: "object" });
  return spillDiagnostics(report).map((d) => d.message);
};

for (const arch of archNames) {
  const served = compilers.some((compiler) => serves(compiler, arch));
  const title = `every file emitted for ${arch} compiles without spills`;
  test.runIf(needed(served, `a compiler for ${arch}`))(title, { timeout: 600_000 }, async () => {
    mkdirSync(directory, { recursive: true });
    const left = files.filter((file) => file.arch === arch);
    const problems: string[] = [];
    const work = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop())
        problems.push(...(await problemsOf(next)));
    };
    expect(left.length).toBeGreaterThan(0);
    await Promise.all([work(), work()]);
    expect(problems).toEqual([]);
  });
}
