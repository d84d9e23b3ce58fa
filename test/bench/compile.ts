// How long the compiler takes, and nvcc over what it emits:
//   node dist/test/bench/compile.js COMMIT > test/bench/results/compile.json
// Cold: a new process builds one kernel for all architectures. Warm: one more kernel in this process.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { archNames } from "../../codegen/arch/archs.ts";
import { artefacts, compileFile, type CompiledKernel } from "../../codegen/compile.ts";
import { compileCuda } from "../../codegen/package/check.ts";

const first = "kernels/causal_gqa_prefill.ts";
const others = ["dense_prefill", "sliding_window_prefill", "softcap_prefill"].map(
  (name) => `kernels/${name}.ts`,
);
const runs = 5;

const milliseconds = (work: () => unknown): number => {
  const started = performance.now();
  work();
  return Math.round((performance.now() - started) * 10) / 10;
};

const folder = mkdtempSync(join(tmpdir(), "tilewright-bench-"));
const build = ["dist/codegen/cli.js", "build", first, "--arch", "all", "--out", folder];
const cold = Array.from({ length: runs }, () =>
  milliseconds(() => execFileSync(process.execPath, build)),
);

/** Capture, lowering, scheduling and emission for one architecture. */
const whole = (file: string): readonly CompiledKernel[] => {
  const kernels = compileFile(file);
  for (const kernel of kernels) artefacts(kernel, "sm_80");
  return kernels;
};

whole(first);
const warm = Object.fromEntries(
  others.map((file) => [file, Array.from({ length: runs }, () => milliseconds(() => whole(file)))]),
);

const nvcc: { file: string; seconds: number; registers: number; spills: number }[] = [];
for (const kernel of [first, ...others].flatMap((file) => compileFile(file)))
  for (const arch of archNames)
    for (const { name, text } of artefacts(kernel, arch).filter((a) => a.name.endsWith(".cu"))) {
      writeFileSync(join(folder, name), text);
      const report = await compileCuda(join(folder, name), arch, { parts: "object" });
      nvcc.push({
        file: name,
        seconds: Math.round(report.seconds * 100) / 100,
        registers: Math.max(...report.kernels.map((k) => k.registers)),
        spills: Math.max(...report.kernels.map((k) => Math.max(k.spillStores, k.spillLoads))),
      });
    }
rmSync(folder, { recursive: true });

const version = execFileSync("nvcc", ["--version"], { encoding: "utf8" });
const document = {
  kind: "compile",
  command: ["node", "dist/test/bench/compile.js", ...process.argv.slice(2)].join(" "),
  commit: process.argv[2] ?? "",
  machine: {
    device: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    node: process.version,
    nvcc: /release [\d.]+/.exec(version)?.[0] ?? "unknown",
  },
  cold,
  warm,
  nvcc,
};
console.log(JSON.stringify(document, null, 1));
