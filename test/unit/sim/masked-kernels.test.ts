// The shipped kernels whose masks have several ranges, or read tensors, against the oracle.

import { expect, test } from "vitest";
import { compileFile } from "../../../codegen/compile.ts";
import { from } from "../../../codegen/sim/ndarray.ts";
import { runKernel } from "../../../codegen/simulate.ts";

const dims = { B: 2, Sq: 70, Skv: 300, Hkv: 1, G: 2 };
const ids = Array.from({ length: 2 * 300 }, (_, i) => Math.floor((i % 300) / 83));

test.each([
  ["prefix_lm_prefill", { prefixes: from("i32", [250, 7], [2]) }],
  ["document_prefill", { documents: from("i32", ids, [2, 300]) }],
  ["sink_window_prefill", {}],
])("%s agrees with the oracle", async (name, inputs) => {
  const [kernel] = await compileFile(`kernels/${name}.ts`, { set: { D: "64" } });
  for (const arch of ["sm_75", "sm_80"] as const) {
    const { judgements } = await runKernel(kernel, { dims, inputs, arch, seed: 6 });
    expect(
      judgements.map((j) => j.accuracy.pass),
      `${name} for ${arch}`,
    ).toEqual([true, true]);
  }
});
