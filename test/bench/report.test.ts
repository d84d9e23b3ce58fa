// docs/performance.md says what the committed results say.

import { expect, test } from "vitest";
import { performancePage, readResults } from "./report.ts";

const here = new URL(".", import.meta.url).pathname;

test("docs/performance.md is current", async () => {
  const page = await performancePage(readResults(`${here}results`));
  await expect(page).toMatchFileSnapshot("../../docs/performance.md");
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

test("a result of an unknown kind is refused", async () => {
  const result = { ...common, kind: "guess" } as never;
  await expect(performancePage([{ name: "x.json", result }])).rejects.toThrow("unknown kind");
});
