// Every emitted file compiles for its architecture, and none spills more than is tolerated.

import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileCuda, spillDiagnostics } from "../../codegen/package/nvcc.ts";
import { needs } from "../support/tools.ts";
import { emitted } from "./emitted.ts";

const directory = "build/nvcc";
const files = (await emitted()).filter(({ name }) => name.endsWith(".cu"));

test.runIf(needs("nvcc"))("nvcc compiles every emitted file without spills", { timeout: 1_200_000 }, async () => {
  mkdirSync(directory, { recursive: true });
  const left = [...files];
  const problems: string[] = [];
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const path = `${directory}/${next.name}`;
      writeFileSync(path, next.text);
      const report = await compileCuda(path, next.arch, { parts: "object" });
      problems.push(...spillDiagnostics(report).map((d) => d.message));
    }
  };
  await Promise.all([work(), work()]);
  expect(problems).toEqual([]);
});
