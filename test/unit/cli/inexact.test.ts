// What the command line does when a kernel is not exact, which is planted here.

import { expect, test, vi } from "vitest";
import { kernelFile, runJson } from "./cli.ts";

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

test("an output that is not exact is exit 1, and says how to repeat it", async () => {
  const file = kernelFile();
  const { exit, document } = await runJson("simulate", file, "--seed", "5");
  expect(exit).toBe(1);
  expect(document.results[0]).toMatchObject({ outputs: [{ pass: false }] });
  expect(document.diagnostics).toMatchObject([{ code: "A6011" }]);
  expect(document.diagnostics[0]?.remedy).toContain(`tilewright simulate ${file} --kernel tiny`);
});
