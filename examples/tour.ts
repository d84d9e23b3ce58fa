// `npm start`: builds the kernels of kernels/ for every architecture, simulates each against the
// float64 oracle at sizes that meet every tail, and prints what came of it.

import { readdirSync } from "node:fs";
import { writeFiles } from "../codegen/cli/files.ts";
import { smallSizes } from "../codegen/cli/sizes.ts";
import { launchValues } from "../codegen/cli/sizes.ts";
import {
  type ArchName,
  archNames,
  compile,
  type CompiledKernel,
  emit,
  judgementOf,
  simulate,
} from "../codegen/index.ts";
import { table } from "./table.ts";

const directory = "build";

const files = readdirSync("kernels").filter((f) => f.endsWith(".ts") && !f.endsWith(".test.ts"));

interface Job {
  readonly kernel: CompiledKernel;
  readonly arch: ArchName;
}

interface Row {
  readonly cells: readonly string[];
  readonly pass: boolean;
}

const run = async ({ kernel, arch }: Job): Promise<Row> => {
  const artefacts = emit(kernel, arch);
  const [path = ""] = writeFiles(
    directory,
    artefacts.map(({ name, text }) => ({ name, data: text })),
  );
  const { sizes, scalars } = launchValues(kernel.program, {}, smallSizes);
  const outputs = await simulate(kernel, { dims: sizes, scalars, arch });
  const accuracies = Object.values(outputs).flatMap((o) => judgementOf(o)?.accuracy ?? []);
  const errors = accuracies.map(
    (a) => `${a.name} ${a.maxAbsError.toExponential(1)} of ${a.bound.toExponential(1)}`,
  );
  const pass = accuracies.length > 0 && accuracies.every((a) => a.pass);
  const lines = String((artefacts[0]?.text ?? "").split("\n").length);
  return { cells: [kernel.name, arch, lines, errors.join(", "), pass ? "yes" : "NO", path], pass };
};

const jobs: Job[] = [];
for (const file of files)
  for (const kernel of Object.values(await compile(`kernels/${file}`)))
    for (const arch of archNames) jobs.push({ kernel, arch });

const rows: Row[] = [];
for (const [i, job] of jobs.entries()) {
  process.stdout.write(
    `[${i + 1}/${jobs.length}] ${job.kernel.name} for ${job.arch}: build, simulate`,
  );
  const started = performance.now();
  rows.push(await run(job));
  process.stdout.write(`: ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

const head = ["kernel", "for", "lines", "largest error of what is allowed", "exact", "CUDA"];
console.log(`\n${table([head, ...rows.map((r) => r.cells)])}\n`);
console.log(
  "Each was run on the CPU statement by statement, with every rounding of the kernel, and compared with float64.",
);
console.log(
  "Next: open a .cu, read README.md's lessons, or change a mask in kernels/ and run this again.",
);
if (rows.some((r) => !r.pass)) process.exitCode = 1;
