// Lesson 5: the schedule says how large tiles are and how copies overlap with products. It may change the last
// bit of a sum, and nothing else.

import { compile, judgementOf, random, simulate } from "../codegen/index.ts";
import { explainKernel } from "../codegen/explain/explain.ts";

const dims = { B: 1, Sq: 130, Skv: 130, H: 1 };

for (const [name, kernel] of Object.entries(await compile("examples/kernels/schedules.ts"))) {
  const { plan, sharedBytes } = explainKernel(kernel, "sm_80", dims);
  const { o } = await simulate(kernel, { dims, inputs: random(kernel, dims, 5), arch: "sm_80" });
  const error = o && judgementOf(o)?.accuracy.maxAbsError;
  console.log(
    `${name}: ${plan.q} queries x ${plan.kv} keys, ${plan.stages} buffers, ${sharedBytes / 1024} KiB; ` +
      `o[0, 129, 0, 0] = ${o?.at([0, 129, 0, 0])}, largest error ${error?.toExponential(1)}`,
  );
}
