// Running compilers and other programs: which is chosen, what is read of them, and what goes wrong with them.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { emitCuda } from "../../../codegen/cuda/emit.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { compileCuda, showResources, spillDiagnostics } from "../../../codegen/package/check.ts";
import { parsePtxas } from "../../../codegen/package/ptxas.ts";
import { runTool } from "../../../codegen/package/tool.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { dense } from "../../support/descriptions.ts";
import { needs } from "../../support/tools.ts";

const folder = mkdtempSync(join(tmpdir(), "tilewright-check-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const script = (name: string, body: string): string => {
  const path = write(name, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o700);
  return path;
};

/** Puts a program in nvcc's place: it serves sm_80 alone, and compiles by `body`. */
const standIn = (name: string, body: string): void => {
  const asked = "--version) echo release 99.1 ;; --list-gpu-arch) echo compute_80 ;;";
  vi.stubEnv("NVCC", script(name, `case "$1" in ${asked} *) ${body} ;; esac`));
};

const nowhere = join(folder, "nowhere");

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
    compiler: "nvcc 13.0",
    seconds: 1.5,
    kernels: kernels.map((k) => ({ ...k, spillLoads })),
  });
  expect(spillDiagnostics(report(64))).toEqual([]);
  expect(spillDiagnostics(report(65))).toMatchObject([{ code: "A6012" }]);
  expect(showResources(report(20))[0]).toBe(
    "causal_gqa_prefill sm_80: 255 registers, 12 bytes spilled and 20 reloaded, nvcc 13.0 1.50 s",
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

test("A6301: what compilers there are do not serve the architecture", async () => {
  vi.stubEnv("NVRTC", nowhere);
  vi.stubEnv("NVCC", nowhere);
  expect(await failure(compileCuda("a.cu", "sm_80"))).toBe(
    "A6301 no compiler here serves sm_80; found: none",
  );
  standIn("only80", "exit 0");
  expect(await failure(compileCuda("a.cu", "sm_70"))).toBe(
    "A6301 no compiler here serves sm_70; found: nvcc 99.1",
  );
});

test("A6301: a library that is not NVRTC, and no Python to load one", async () => {
  vi.stubEnv("NVCC", nowhere);
  vi.stubEnv("NVRTC", "libc.so.6");
  expect(await failure(compileCuda("a.cu", "sm_80"))).toMatch(/^A6301 .*found: none$/);
  vi.stubEnv("NVRTC", undefined);
  vi.stubEnv("PATH", folder);
  expect(await failure(compileCuda("a.cu", "sm_80"))).toMatch(/^A6301 .*found: none$/);
});

test("A6302: nvcc fails, does not end, or compiles no kernel", async () => {
  standIn("failing", "echo 'noise'; echo 'a.cu(3): error: no such thing' >&2; exit 2");
  expect(await failure(compileCuda("a.cu", "sm_80"))).toBe(
    "A6302 nvcc 99.1 failed: a.cu(3): error: no such thing",
  );
  standIn("silent", "exit 3");
  expect(await failure(compileCuda("a.cu", "sm_80"))).toContain("exit status 3");
  standIn("idle", "exit 0");
  expect(await failure(compileCuda("a.cu", "sm_80"))).toContain("no kernel in a.cu");
  standIn("hanging", "sleep 60 & sleep 60");
  const started = performance.now();
  const run = compileCuda("a.cu", "sm_80", { timeoutSeconds: 0.3 });
  expect(await failure(run)).toContain("no end after 0.3 s on a.cu");
  expect(performance.now() - started).toBeLessThan(10_000);
});

test("A6302: nvcc is there and cannot say what it serves", async () => {
  vi.stubEnv("NVCC", script("broken", "echo 'cannot load libc' >&2; exit 127"));
  expect(await failure(compileCuda("a.cu", "sm_80"))).toMatch(/^A6302 .*cannot load libc$/);
});

test("arguments reach the program as they are, and no shell reads them", async () => {
  const echo = script("echo", 'for a in "$@"; do echo "[$a]"; done; env');
  vi.stubEnv("NVCC_APPEND_FLAGS", "--planted");
  const end = await runTool(echo, ["$(id)", "a b", "*;|"]);
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

const text = "__global__ void twice(float* x) { x[threadIdx.x] *= 2; }\n";

describe.runIf(needs("nvcc"))("with nvcc", () => {
  test("a file is compiled for its architecture", async () => {
    const report = await compileCuda(write("twice.cu", text), "sm_86", { parts: "object" });
    expect(report).toMatchObject({ arch: "sm_86", kernels: [{ name: "twice", spillStores: 0 }] });
    expect(report.compiler).toMatch(/^nvcc \d+\.\d+$/);
    expect(report.kernels[0]!.registers).toBeGreaterThan(0);
  });

  test("a fault in a file is quoted", async () => {
    const file = write("-broken.cu", text.replace("float*", "flat*"));
    expect(await failure(compileCuda(file, "sm_80"))).toContain('identifier "flat" is undefined');
  });
});

/** Volta's matrix instruction, which only sm_70 has in hardware (PTX ISA 9.7, mma.m8n8k4). */
const volta = `extern "C" __global__ void product(const unsigned* ab, float* c) {
  float d[8] = {};
  asm("mma.sync.aligned.m8n8k4.row.col.f32.f16.f16.f32 {%0, %1, %2, %3, %4, %5, %6, %7}, {%8, %9}, {%10, %11}, "
      "{%0, %1, %2, %3, %4, %5, %6, %7};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7])
      : "r"(ab[0]), "r"(ab[1]), "r"(ab[2]), "r"(ab[3]));
  for (int i = 0; i < 8; i++) c[8 * threadIdx.x + i] = d[i];
}
#ifndef __CUDACC_RTC__
#include <no_such_header>
#endif
`;

describe.runIf(needs("nvrtc"))("with NVRTC 11.8", () => {
  test("it serves the architectures that nvcc does not", async () => {
    standIn("only80", "exit 1");
    const report = await compileCuda(write("product.cu", volta), "sm_70");
    expect(report).toMatchObject({
      arch: "sm_70",
      compiler: "NVRTC 11.8",
      kernels: [{ name: "product", spillStores: 0, spillLoads: 0 }],
    });
    expect(report.kernels[0]!.registers).toBeGreaterThan(8);
  });

  test("what it writes is machine code of that architecture", () => {
    const source = write("product.cu", volta);
    const cubin = join(folder, "product.cubin");
    const driver = "codegen/package/nvrtc.py";
    const args = [driver, "compile", "libnvrtc.so.11.2", "sm_70", source, cubin];
    expect(execFileSync("python3", args, { encoding: "utf8" })).toContain("for 'sm_70'");
    const elf = readFileSync(cubin);
    expect(elf.subarray(0, 4).toString("latin1")).toBe("\x7fELF");
    expect(elf[48]).toBe(70); // the low byte of e_flags
  });

  test("an emitted file compiles whole, its launcher left out", async () => {
    vi.stubEnv("NVCC", nowhere);
    const cuda = emitCuda(schedule(lower(dense({ headDim: 64 })), archs.sm_75));
    const report = await compileCuda(write("dense.cu", cuda), "sm_75", { parts: "object" });
    expect(report).toMatchObject({ compiler: "NVRTC 11.8", kernels: [{ spillStores: 0 }] });
  });

  test("A6302: a fault in a file is quoted, and what does not end is ended", async () => {
    vi.stubEnv("NVCC", nowhere);
    const file = write("-broken.cu", text.replace("float*", "flat*"));
    expect(await failure(compileCuda(file, "sm_70"))).toMatch(
      /^A6302 NVRTC 11.8 failed: .*NVRTC_ERROR_COMPILATION\n[^]*identifier "flat" is undefined/,
    );
    const run = compileCuda(write("product.cu", volta), "sm_70", { timeoutSeconds: 0.001 });
    expect(await failure(run)).toContain("no end after 0.001 s");
  });
});
