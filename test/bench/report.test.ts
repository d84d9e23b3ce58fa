// docs/performance.md and docs/architectures.md say what the committed results say.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { archNames } from "../../codegen/arch/archs.ts";
import { architecturesPage, type Recorded } from "./architectures-page.ts";
import { performancePage, readResults } from "./report.ts";

const here = new URL(".", import.meta.url).pathname;

test("docs/performance.md is current", async () => {
  const page = await performancePage(readResults(`${here}results`));
  await expect(page).toMatchFileSnapshot("../../docs/performance.md");
});

const recorded = JSON.parse(
  readFileSync(`${here}results/architectures/compiled.json`, "utf8"),
) as Recorded;

test("docs/architectures.md is current", async () => {
  const page = await architecturesPage(recorded, readResults(`${here}results`));
  await expect(page).toMatchFileSnapshot("../../docs/architectures.md");
});

test("every kernel is recorded for every architecture: `node dist/test/bench/architectures.js`", () => {
  const kernels = readdirSync("kernels").flatMap((name) => /^(\w+)\.ts$/.exec(name)?.[1] ?? []);
  const wanted = kernels.flatMap((kernel) => archNames.map((arch) => `${kernel} ${arch}`));
  const found = recorded.outcomes.map(({ kernel, arch }) => `${kernel} ${arch}`);
  expect(found.toSorted()).toEqual(wanted.toSorted());
});

const common = { command: "measure", commit: "0123abc", machine: { device: "GPU" } };

test("ratios are of medians, and a result that was wrong says so", async () => {
  const page = await performancePage([
    {
      name: "forward.json",
      result: {
        ...common,
        kind: "forward",
        dtype: "bf16",
        rounds: 3,
        peers: ["FA2"],
        results: [
          {
            d: 128,
            s: 1024,
            causal: true,
            batch: 16,
            heads: 16,
            milliseconds: { ours: [9, 1, 2], FA2: [3, 8, 3] },
            faults: { FA2: ["o is not finite"] },
            clocks: [{ sm_mhz: "1755" }, { sm_mhz: "1980" }],
          },
        ],
      },
    },
  ]);
  // 4 B H S S D / 2 / t: 16 * 16 * 1024^2 * 128 * 2 / 2 ms = 34.4 TFLOP/s.
  expect(page).toMatch(/\| 128 +\| 1024 +\| yes +\| 34 +\| 23 \(wrong\) +\| 1\.50 +\|/);
  expect(page).toContain("1.500 × FA2 in the geometric mean");
  expect(page).toContain("1755 to 1980 MHz");
  expect(page).toContain(
    "Measured by `measure` at 0123abc; raw: `test/bench/results/forward.json`.",
  );
});

test("what was refused, failed or never run is not shown as done", async () => {
  const done = { compiler: "nvcc 1.0", registers: 9, spills: 0, stack: 0 };
  const outcomes = [
    { kernel: "a", arch: "sm_70", ...done, simulated: true },
    { kernel: "a", arch: "sm_80", ...done, simulated: false },
    { kernel: "b", arch: "sm_70", refused: "no bf16" },
  ];
  const run = {
    ...common,
    kind: "correctness",
    cases: 9,
    passed: 8,
    kernels: 1,
    seconds: 1,
  } as const;
  const counts = { passed_by_kernel: { a: 8 }, failed_by_kernel: { a: 1 } };
  const result = { ...run, arch: "sm_70", by_ptx: true, ...counts };
  const page = await architecturesPage({ command: "record", commit: "0", outcomes }, [
    { name: "x.json", result },
  ]);
  const rows = page.split("\n").map((line) => line.replace(/ +/g, " "));
  expect(rows).toContain("| a | sm_70 | nvcc 1.0 | 9 | 0 | 0 | yes | 8 of 9 on GPU, by PTX |");
  expect(rows).toContain("| a | sm_80 | nvcc 1.0 | 9 | 0 | 0 | NO | |");
  expect(rows).toContain("| b | sm_70 | refused: no bf16 | | | | | |");
});

test("a result of an unknown kind is refused", async () => {
  const result = { ...common, kind: "guess" } as never;
  await expect(performancePage([{ name: "x.json", result }])).rejects.toThrow("unknown kind");
});
