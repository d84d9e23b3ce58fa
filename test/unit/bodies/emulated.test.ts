// The CUDA of bodies, run on a CPU: against the oracle, and where no function is approximated to the last bit against
// the simulator.

import { expect, test } from "vitest";
import { scheduled } from "../../../codegen/compile.ts";
import { emitCuda } from "../../../codegen/cuda/emit.ts";
import { manifest } from "../../../codegen/cuda/manifest.ts";
import { unreachable } from "../../../codegen/base/diagnostic.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { oracle } from "../../../codegen/sim/oracle.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { randomArrays } from "../../../codegen/simulate.ts";
import { launchEmulated } from "../cuda/launch.ts";
import { shipped } from "./support.ts";

const kernels = await shipped();

const cases = [
  ["sigmoid_attention", "sm_80", { B: 1, Sq: 131, Skv: 203, Hkv: 1, G: 2 }],
  ["sigmoid_attention", "sm_75", { B: 2, Sq: 37, Skv: 70, Hkv: 1, G: 1 }],
  ["two_pass", "sm_80", { B: 1, Sq: 150, Skv: 203, Hkv: 1, G: 2 }],
  ["two_pass", "sm_75", { B: 1, Sq: 70, Skv: 99, Hkv: 1, G: 1 }],
  ["two_pass", "sm_80", { B: 1, Sq: 5, Skv: 0, Hkv: 1, G: 1 }],
  ["entropy", "sm_80", { B: 1, Sq: 67, Skv: 129, Hkv: 2, G: 1 }],
  ["relu_squared", "sm_80", { B: 1, Sq: 67, Skv: 129, Hkv: 1, G: 2 }],
] as const;

test.each(cases)("%s on %s, %o", async (name, arch, sizes) => {
  const kernel = kernels.find((k) => k.name === name) ?? unreachable("no kernel", name);
  const { description = unreachable("no description") } = kernel;
  const program = scheduled(kernel, arch);
  const inputs = randomArrays(program, sizes, 7);
  const run = launchEmulated(emitCuda(program), manifest(program, ""), { sizes, inputs });
  expect(`${run.code} ${run.error}`).toBe("0 no error");
  for (const { accuracy, worst } of judge(
    description,
    oracle(description, sizes, inputs, {}),
    run.outputs,
  ))
    expect(accuracy.pass, JSON.stringify({ accuracy, worst })).toBe(true);
  if (name !== "relu_squared") return;
  const simulated = await simulateProgram(program, { sizes, inputs });
  for (const [output, { data }] of Object.entries(run.outputs)) {
    const other = simulated[output]?.data ?? unreachable("no output", output);
    const differ = data.findIndex((x, i) => !Object.is(x, other[i]));
    expect(differ, `${output}: ${data[differ]} emulated, ${other[differ]} simulated`).toBe(-1);
  }
});
