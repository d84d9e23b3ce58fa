// Lesson 6: on a GPU a missing barrier is a wrong number once in a thousand runs. Here it is an error with a
// name, each time. The scheduled program is printed, one line at a time is deleted from it, and the rest is run.

import { DiagnosticError, emit, type CompiledKernel, compile, simulate } from "../codegen/index.ts";
import { parseProgram } from "../codegen/tile/parse.ts";

const { chosen } = await compile("examples/kernels/schedules.ts");
const text = emit(chosen, "sm_80", ["tile"])[0]?.text ?? "";
const lines = text.split("\n");
const orders = /^\s*(wait|barrier|await|arrive|sync_warp|commit)\b/;

const verdict = async (program: string): Promise<string> => {
  try {
    const parsed = parseProgram(program, "edited.tile");
    const kernel: CompiledKernel = { name: parsed.name, program: parsed };
    await simulate(kernel, { dims: { B: 1, Sq: 130, Skv: 130, H: 1 } });
    return "runs";
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return error.diagnostics.map((d) => `${d.code} ${d.message}`).join("; ");
  }
};

console.log(`as it is: ${await verdict(text)}`);
for (const [i, line] of lines.entries())
  if (orders.test(line)) {
    const without = lines.toSpliced(i, 1).join("\n");
    console.log(`without line ${i + 1} "${line.trim()}":\n  ${await verdict(without)}`);
  }
