// What becomes of each kernel of kernels/ on each architecture: compiled by which compiler into how many registers, and
// simulated how exactly.
//   node dist/test/bench/architectures.js COMMIT > test/bench/results/architectures/compiled.json
// Whether it ran on a GPU test/gpu/correctness.py records.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArchName } from "../../codegen/arch/arch.ts";
import { archNames } from "../../codegen/arch/archs.ts";
import { launchValues, smallSizes } from "../../codegen/cli/sizes.ts";
import { artefacts, compileFile, type CompiledKernel, refusal } from "../../codegen/compile.ts";
import { judgementOf, simulate } from "../../codegen/index.ts";
import { compileCuda } from "../../codegen/package/check.ts";
import type { Outcome, Recorded } from "./architectures-page.ts";

const folder = mkdtempSync(join(tmpdir(), "tilewright-architectures-"));

const compiled = async (kernel: CompiledKernel, arch: ArchName) => {
  const path = join(folder, `${kernel.name}.${arch}.cu`);
  writeFileSync(path, artefacts(kernel, arch)[0]?.text ?? "");
  const { compiler, kernels } = await compileCuda(path, arch);
  return {
    compiler,
    registers: Math.max(...kernels.map((k) => k.registers)),
    spills: Math.max(...kernels.map((k) => Math.max(k.spillStores, k.spillLoads))),
    stack: Math.max(...kernels.map((k) => k.stackBytes)),
  };
};

/** At sizes that meet every tail, against the float64 oracle. */
const simulated = async (kernel: CompiledKernel, arch: ArchName): Promise<boolean> => {
  const { sizes, scalars } = launchValues(kernel.program, {}, smallSizes);
  const outputs = await simulate(kernel, { dims: sizes, scalars, arch });
  const accuracies = Object.values(outputs).flatMap((o) => judgementOf(o)?.accuracy ?? []);
  return accuracies.length > 0 && accuracies.every((a) => a.pass);
};

const outcome = async (kernel: CompiledKernel, arch: ArchName): Promise<Outcome> => {
  const { name } = kernel;
  const refused = refusal(kernel, arch)?.message;
  if (refused !== undefined) return { kernel: name, arch, refused };
  const code = await compiled(kernel, arch);
  return { kernel: name, arch, ...code, simulated: await simulated(kernel, arch) };
};

const files = readdirSync("kernels").filter((f) => f.endsWith(".ts") && !f.endsWith(".test.ts"));
const outcomes: Outcome[] = [];
const kernels = await Promise.all(files.map((file) => compileFile(`kernels/${file}`)));
for (const kernel of kernels.flat())
  for (const arch of archNames) outcomes.push(await outcome(kernel, arch));
rmSync(folder, { recursive: true });

const recorded: Recorded = {
  command: ["node", "dist/test/bench/architectures.js", ...process.argv.slice(2)].join(" "),
  commit: process.argv[2] ?? "",
  outcomes,
};
console.log(JSON.stringify(recorded, null, 1));
