// Running nvcc and other programs: what is read of them, and what goes wrong with them.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterAll, describe, expect, test } from "vitest";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import {
  compileCuda,
  parsePtxas,
  showResources,
  spillDiagnostics,
} from "../../../codegen/package/nvcc.ts";
import { runTool } from "../../../codegen/package/tool.ts";

const folder = mkdtempSync(join(tmpdir(), "tilewright-nvcc-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

/** A program that stands for nvcc. */
const script = (name: string, body: string): string => {
  const path = write(name, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o700);
  return path;
};

const ptxas = `ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function '_ZN12_GLOBAL__N_118causal_gqa_prefillENS_6ParamsE' for 'sm_80'
ptxas info    : Function properties for _ZN12_GLOBAL__N_118causal_gqa_prefillENS_6ParamsE
    16 bytes stack frame, 12 bytes spill stores, 20 bytes spill loads
ptxas info    : Used 255 registers, used 1 barriers, 16 bytes cumulative stack size, 4096 bytes smem, 500 bytes cmem[0]
ptxas info    : Compiling entry function 'merge' for 'sm_80'
ptxas info    : Function properties for merge
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 40 registers, used 0 barriers, 400 bytes cmem[0]
`;

test("what ptxas says is read kernel by kernel", () => {
  expect(parsePtxas(ptxas)).toEqual([
    {
      name: "causal_gqa_prefill",
      registers: 255,
      spillStores: 12,
      spillLoads: 20,
      stackBytes: 16,
      sharedBytes: 4096,
      barriers: 1,
    },
    {
      name: "merge",
      registers: 40,
      spillStores: 0,
      spillLoads: 0,
      stackBytes: 0,
      sharedBytes: 0,
      barriers: 0,
    },
  ]);
});

test("A6012: more than 64 bytes of spills are refused, 64 are not", () => {
  const kernels = parsePtxas(ptxas);
  const report = (spillLoads: number) => ({
    file: "a.cu",
    arch: "sm_80",
    seconds: 1.5,
    kernels: kernels.map((k) => ({ ...k, spillLoads })),
  });
  expect(spillDiagnostics(report(64))).toEqual([]);
  expect(spillDiagnostics(report(65))).toMatchObject([{ code: "A6012" }]);
  expect(showResources(report(20))[0]).toBe(
    "causal_gqa_prefill sm_80: 255 registers, 12 bytes spilled and 20 reloaded, nvcc 1.50 s",
  );
});

const failure = async (run: Promise<unknown>): Promise<string> => {
  try {
    await run;
  } catch (error) {
    if (error instanceof DiagnosticError)
      return error.diagnostics.map((d) => `${d.code} ${d.message}`).join("\n");
    throw error;
  }
  return "no failure";
};

test("A6301: nvcc is not there", async () => {
  const run = compileCuda("a.cu", "sm_80", { nvcc: join(folder, "nowhere") });
  expect(await failure(run)).toMatch(/^A6301 .*nowhere is not there, and compiling a.cu needs it/);
});

test("A6302: nvcc fails, or does not end", async () => {
  const failing = script(
    "failing",
    "echo 'noise'; echo 'a.cu(3): error: no such thing' >&2; exit 2",
  );
  expect(await failure(compileCuda("a.cu", "sm_80", { nvcc: failing }))).toMatch(
    /^A6302 .*failing failed: a.cu\(3\): error: no such thing$/,
  );
  const silent = script("silent", "exit 3");
  expect(await failure(compileCuda("a.cu", "sm_80", { nvcc: silent }))).toContain("exit status 3");
  const hanging = script("hanging", "sleep 60 & sleep 60");
  const started = performance.now();
  const run = compileCuda("a.cu", "sm_80", { nvcc: hanging, timeoutSeconds: 0.3 });
  expect(await failure(run)).toContain("no end after 0.3 s on a.cu");
  expect(performance.now() - started).toBeLessThan(10_000);
});

test("arguments reach the program as they are, and no shell reads them", async () => {
  const echo = script("echo", 'for a in "$@"; do echo "[$a]"; done; env');
  process.env["NVCC_APPEND_FLAGS"] = "--planted";
  const end = await runTool(echo, ["$(id)", "a b", "*;|"]);
  delete process.env["NVCC_APPEND_FLAGS"];
  expect(end).toMatchObject({ kind: "exited", status: 0 });
  expect(end.kind === "exited" && end.output).toMatch(/^\[\$\(id\)\]\n\[a b\]\n\[\*;\|\]\n/);
  expect(end.kind === "exited" && end.output).not.toContain("planted");
});

test("output is kept up to a limit, and the rest is read all the same", async () => {
  const end = await runTool(script("loud", "head -c 3000000 /dev/zero | tr '\\0' x"), [], {
    seconds: 60,
    output: 1000,
  });
  expect(end).toEqual({ kind: "exited", status: 0, output: "x".repeat(1000) });
});

const missing = spawnSync("nvcc", ["--version"]).status === 0 ? "" : " (skipped: no nvcc)";
if (missing !== "" && process.env["CI"] === "true") throw new Error("this test needs nvcc");

describe.skipIf(missing !== "")(`with nvcc${missing}`, () => {
  const text = "__global__ void twice(float* x) { x[threadIdx.x] *= 2; }\n";

  test("a file is compiled for its architecture", async () => {
    const report = await compileCuda(write("twice.cu", text), "sm_86", { parts: "object" });
    expect(report).toMatchObject({ arch: "sm_86", kernels: [{ name: "twice", spillStores: 0 }] });
    expect(report.kernels[0]!.registers).toBeGreaterThan(0);
  });

  test("a fault in a file is quoted", async () => {
    const file = write("-broken.cu", text.replace("float*", "flat*"));
    expect(await failure(compileCuda(file, "sm_80"))).toContain('identifier "flat" is undefined');
  });
});
