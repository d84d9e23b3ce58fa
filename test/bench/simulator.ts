// How long the simulator takes beside the emitted NumPy script, on the same program and sizes in one run:
//   node dist/test/bench/simulator.js COMMIT [KERNEL.ts [ARCH [LENGTH]]] > test/bench/results/simulator.json
// Poison and race detection are on; two threads each (workers here, OpenBLAS there). B * Hq = 8. They run in turn,
// and the machine's load at the end is told: what else runs slows both, but may not slow both alike.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import type { ArchName } from "../../codegen/arch/arch.ts";
import { artefacts, compileFile, scheduled } from "../../codegen/compile.ts";
import { randomArrays } from "../../codegen/simulate.ts";
import { simulateProgram } from "../../codegen/sim/simulate.ts";
import type { Simulator } from "./kinds.ts";

const ROUNDS = 5;
const [commit = "", file = "kernels/causal_gqa_prefill.ts", arch = "sm_80", length = "1024"] =
  process.argv.slice(2);
const [kernel] = await compileFile(file);
if (kernel === undefined) throw new Error(`${file} has no kernel`);
const program = scheduled(kernel, arch as ArchName);
const sizes = { B: 1, Sq: Number(length), Skv: Number(length), Hkv: 2, G: 4 };
const dims = Object.entries(sizes)
  .map(([name, size]) => `${name}=${size}`)
  .join(",");
const inputs = randomArrays(program, sizes);

const simulator = async (): Promise<number> => {
  const started = performance.now();
  await simulateProgram(program, { sizes, inputs, workers: 2 });
  return (performance.now() - started) / 1000;
};

const directory = mkdtempSync(join(tmpdir(), "tilewright-"));
const script = join(directory, "kernel.py");
for (const { text } of artefacts(kernel, arch as ArchName, ["numpy"])) writeFileSync(script, text);

/** The script's own figure: without Python's start and random inputs. */
const numpy = (): number => {
  const text = execFileSync("python3", [script, "--dims", dims], {
    encoding: "utf8",
    env: { ...process.env, OPENBLAS_NUM_THREADS: "2" },
  });
  return Number(/([\d.]+) s\s*$/.exec(text)?.[1]);
};

const rounds: { readonly simulator: number; readonly numpy: number }[] = [];
for (let i = 0; i < ROUNDS; i++) rounds.push({ simulator: await simulator(), numpy: numpy() });
rmSync(directory, { recursive: true });

const load = loadavg()[0] ?? Number.NaN;
const document: Simulator = {
  kind: "simulator",
  command: ["node", "dist/test/bench/simulator.js", ...process.argv.slice(2)].join(" "),
  commit,
  machine: {
    device: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    load: Math.round(load * 10) / 10,
    node: process.version,
    python: execFileSync("python3", ["--version"], { encoding: "utf8" }).trim(),
  },
  problem: `${program.name} for ${arch} at ${dims}`,
  simulator: rounds.map((r) => r.simulator),
  numpy: rounds.map((r) => r.numpy),
};
console.log(JSON.stringify(document, null, 1));
