// How long the compiler takes, and nvcc over what it emits:
//   node dist/test/bench/compile.js COMMIT > test/bench/results/compile.json
// Cold: a new process builds one kernel for all architectures. Warm: one more kernel in a process that has
// compiled another 20 times; files are read anew. Beside the time on the wall stands the processor's, of all
// threads and children: the fairer figure where the machine is shared.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { archNames } from "../../codegen/arch/archs.ts";
import { artefacts, compileFile, type CompiledKernel } from "../../codegen/compile.ts";
import { serves } from "../../codegen/package/check.ts";
import { outputOf } from "../../codegen/package/compiler.ts";
import { findNvcc } from "../../codegen/package/nvcc.ts";
import { parsePtxas } from "../../codegen/package/ptxas.ts";
import type { Compile, Times } from "./kinds.ts";

const first = "kernels/causal_gqa_prefill.ts";
const others = ["dense_prefill", "sliding_window_prefill", "softcap_prefill"].map(
  (name) => `kernels/${name}.ts`,
);
const runs = 5;
/** Compilations of the first kernel before the warm ones: V8 optimises what has run a few times. */
const warmUp = 20;

const folder = mkdtempSync(join(tmpdir(), "tilewright-bench-"));
const rounded = (x: number): number => Math.round(x * 10) / 10;

/** Milliseconds of this process, its threads included. */
const timed = async (work: () => Promise<unknown>): Promise<Times> => {
  const [wall, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: rounded(performance.now() - wall), processor: rounded((user + system) / 1000) };
};

/** A script that runs a program and leaves the seconds of processor time that it took in a file. */
const clocked = (program: string): { script: string; processor: () => number } => {
  const [script, seconds] = [join(folder, "clocked"), join(folder, "seconds")];
  const body = `{ time '${program}' "$@" 2>&3; } 3>&2 2>'${seconds}'`;
  writeFileSync(script, `#!/bin/bash\nTIMEFORMAT='%3U %3S'\n${body}\n`, { mode: 0o755 });
  const sum = (text: string): number => text.split(" ").reduce((a, b) => a + Number(b), 0);
  return { script, processor: () => sum(readFileSync(seconds, "utf8")) };
};

const build = (): Times => {
  const node = clocked(process.execPath);
  const started = performance.now();
  execFileSync(node.script, [
    "dist/codegen/cli.js",
    "build",
    first,
    "--arch",
    "all",
    "--out",
    folder,
  ]);
  const wall = rounded(performance.now() - started);
  return { wall, processor: rounded(node.processor() * 1000) };
};
const cold = Array.from({ length: runs }, build);

/** Capture, lowering, scheduling and emission for one architecture. */
const whole = async (file: string): Promise<readonly CompiledKernel[]> => {
  const kernels = await compileFile(file);
  for (const kernel of kernels) artefacts(kernel, "sm_80");
  return kernels;
};

for (let i = 0; i < warmUp; i++) await whole(first);
const warm: Record<string, Times[]> = Object.fromEntries(others.map((file) => [file, []]));
for (let i = 0; i < runs; i++)
  for (const file of others) warm[file]?.push(await timed(() => whole(file)));

const clock = clocked("nvcc");
process.env["NVCC"] = clock.script;
const compiler = await findNvcc();
if (compiler === undefined) throw new Error("there is no nvcc");

const compiled = async (
  name: string,
  text: string,
  arch: string,
): Promise<Compile["nvcc"][number]> => {
  const source = join(folder, name);
  writeFileSync(source, text);
  const job = {
    source,
    arch,
    parts: "object",
    output: join(folder, "out.o"),
    seconds: 300,
  } as const;
  const started = performance.now();
  const end = await compiler.compile(job);
  const seconds = (performance.now() - started) / 1000;
  const kernels = parsePtxas(outputOf("nvcc", end, name));
  return {
    file: name,
    seconds: Math.round(seconds * 100) / 100,
    processor: Math.round(clock.processor() * 100) / 100,
    registers: Math.max(0, ...kernels.map((k) => k.registers)),
    spills: Math.max(0, ...kernels.map((k) => Math.max(k.spillStores, k.spillLoads))),
  };
};
const { seconds, processor } = await compiled("empty.cu", "", "sm_80");
const nvcc: Compile["nvcc"][number][] = [];
for (const kernel of (
  await Promise.all([first, ...others].map((file) => compileFile(file)))
).flat())
  for (const arch of archNames.filter((arch) => serves(compiler, arch)))
    for (const { name, text } of artefacts(kernel, arch).filter((a) => a.name.endsWith(".cu")))
      nvcc.push(await compiled(name, text, arch));
rmSync(folder, { recursive: true });

const version = execFileSync("nvcc", ["--version"], { encoding: "utf8" });
const document: Compile = {
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
  empty: { seconds, processor },
  nvcc,
};
console.log(JSON.stringify(document, null, 1));
