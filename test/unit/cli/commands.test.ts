// Every command, as a user meets it: what it prints, what it writes, and its exit code.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { portableArchs, archs } from "../../../codegen/arch/archs.ts";
import { readNpy, writeNpy } from "../../../codegen/cli/npy.ts";
import { compile, random, simulate } from "../../../codegen/index.ts";
import { compilerStandIn, kernelFile, run, runJson, scratch } from "./cli.ts";

afterEach(() => vi.unstubAllEnvs());

const file = kernelFile();
const sizes = "B=1,Sq=5,Skv=9,H=1";

/** The code of the only diagnostic. */
const codeOf = async (...args: readonly string[]): Promise<string> => {
  const { exit, document } = await runJson(...args);
  expect(document.ok).toBe(false);
  const [first, ...rest] = document.diagnostics;
  expect(rest).toEqual([]);
  expect(first?.message).toBeTruthy();
  expect(first?.remedy).toBeTruthy();
  return `${first?.code} exit ${exit}`;
};

test("check accepts a good kernel, and points at the line of a bad one", async () => {
  expect(await runJson("check", file)).toMatchObject({
    exit: 0,
    document: { ok: true, diagnostics: [], results: [{ kernel: "tiny", archs: portableArchs }] },
  });
  const bad = kernelFile({ mask: "({ q, kv }) => kv <= q ? 1 : 2" });
  const { exit, document } = await runJson("check", bad);
  expect(exit).toBe(1);
  expect(document.ok).toBe(false);
  expect(document.diagnostics[0]).toMatchObject({ line: 12 });
  const text = await run("check", bad);
  expect(text.exit).toBe(1);
  expect(text.out).toBe("");
  expect(text.error).toMatch(/^error\[A\d{4}\]: .*\n --> .*tiny\.ts:12:\d+\n/);
  expect(text.error).toContain("^");
  expect(text.error).toContain("= help: ");
});

test("build writes one .cu and one .json for each architecture", async () => {
  const out = join(scratch(), "out");
  const { exit, document } = await runJson("build", file, "--out", out);
  expect(exit).toBe(0);
  const names = portableArchs.flatMap((arch) => [`tiny.${arch}.cu`, `tiny.${arch}.json`]);
  expect(readdirSync(out).toSorted()).toEqual(names.toSorted());
  expect(document.results.map((r) => r["arch"])).toEqual(portableArchs);
  expect(document.results[0]?.["files"]).toEqual(names.slice(0, 2).map((name) => join(out, name)));
  expect((await run("build", file, "--out", out)).exit).toBe(0);
});

test("architectures that cannot run a kernel are left out of `all`, with the reason", async () => {
  const bf16 = kernelFile({ dtype: "bf16" });
  const serving = portableArchs.filter((arch) => archs[arch].bf16);
  expect((await runJson("check", bf16)).document.results[0]?.["archs"]).toEqual(serving);
  const built = await run("build", bf16, "--out", scratch());
  expect(built.exit).toBe(0);
  expect(built.out).toMatch(/^not for sm_75: tiny multiplies bf16 matrices/m);
  expect(built.out).toMatch(/^not for sm_70: tiny multiplies bf16 matrices/m);
  expect(built.out).not.toMatch(/tiny\.sm_7[05]\.cu/);
  const packaged = await runJson("package", bf16, "--out", join(scratch(), "tiny_package"));
  expect(packaged.document.results[0]?.["archs"]).toEqual(serving);
  const asked = await run("build", bf16, "--arch", "sm_75", "--out", scratch());
  expect(asked.exit).toBe(1);
  expect(asked.error).toContain("A3004");
});

test("build emits what it is asked for", async () => {
  const out = scratch();
  await run("build", file, "--out", out, "--arch", "sm_86", "--emit", "tile,numpy");
  expect(readdirSync(out).toSorted()).toEqual(["tiny.sm_86.py", "tiny.sm_86.tile"]);
  expect(
    (await run("build", file, "--out", out, "--arch", "sm_86", "--emit", "tile,numpy")).exit,
  ).toBe(0);
});

test("build leaves nothing where it fails", async () => {
  const out = scratch();
  writeFileSync(join(out, "tiny.sm_90.cu"), "mine");
  expect(await codeOf("build", file, "--out", out)).toBe("A6005 exit 1");
  expect(readdirSync(out)).toEqual(["tiny.sm_90.cu"]);
  const twin = kernelFile({ name: "Tiny", file: "other.ts" });
  expect(await codeOf("build", file, twin, "--out", join(out, "twins"))).toBe("A6006 exit 1");
  expect(existsSync(join(out, "twins"))).toBe(false);
});

test("build --check names the compiler that served the architecture", async () => {
  vi.stubEnv("NVCC", compilerStandIn());
  const { exit, out } = await run("build", file, "--arch", "sm_80", "--check", "--out", scratch());
  expect(exit).toBe(0);
  expect(out).toContain("40 registers, 0 bytes spilled and 0 reloaded, nvcc 99.1");
});

test("a tool outside that is missing or fails is exit 3", async () => {
  const build = ["build", file, "--arch", "sm_80", "--check", "--out", scratch()];
  vi.stubEnv("NVRTC", "/nowhere/libnvrtc.so");
  vi.stubEnv("NVCC", "/nowhere/nvcc");
  expect(await codeOf(...build)).toBe("A6301 exit 3");
  vi.stubEnv("NVCC", "/bin/false");
  expect(await codeOf(...build)).toBe("A6302 exit 3");
});

test("simulate says how exact each output is", async () => {
  const { exit, document } = await runJson("simulate", file, "--dims", sizes, "--seed", "3");
  expect(exit).toBe(0);
  expect(document.results).toEqual([
    {
      kernel: "tiny",
      arch: "sm_80",
      dims: { B: 1, Sq: 5, Skv: 9, H: 1 },
      seed: 3,
      seconds: expect.any(Number),
      outputs: [
        expect.objectContaining({ name: "o", shape: [1, 5, 1, 16], pass: true }),
        expect.objectContaining({ name: "lse", shape: [1, 1, 5], pass: true }),
      ],
      sharedTraffic: expect.arrayContaining([{ op: "get qr <- qs", transactions: 32, ideal: 32 }]),
    },
  ]);
  const { out } = await run("simulate", file, "--dims", sizes);
  expect(out).toContain("exact enough");
  expect(out).toMatch(/shared memory: [1-9]\d* transactions, 0\.0 % more by bank conflicts$/);
});

test("simulate reads inputs and saves outputs", async () => {
  const { tiny } = await compile(file);
  const dims = { B: 1, Sq: 5, Skv: 9, H: 1 };
  const inputs = random(tiny, dims, 8);
  const directory = scratch();
  for (const [name, array] of Object.entries(inputs)) {
    const data = Float32Array.from(array.values());
    writeFileSync(join(directory, `${name}.npy`), writeNpy(array.shape, data));
  }
  const out = join(directory, "out");
  const args = ["simulate", file, "--dims", sizes, "--inputs", directory, "--save", out];
  expect((await run(...args)).exit).toBe(0);
  const { o } = await simulate(tiny, { dims, inputs });
  const saved = readNpy(readFileSync(join(out, "o.npy")), "o.npy");
  expect(saved.shape).toEqual(o?.shape);
  expect([...saved.values]).toEqual([...(o?.values() ?? [])]);
});

test("simulate refuses arrays that do not fit or cannot be read", async () => {
  const directory = scratch();
  const args = ["simulate", file, "--dims", sizes, "--inputs", directory];
  writeFileSync(join(directory, "q.npy"), writeNpy([2, 3], new Float32Array(6)));
  expect(await codeOf(...args)).toBe("A6010 exit 1");
  writeFileSync(join(directory, "q.npy"), "no array");
  expect(await codeOf(...args)).toBe("A6009 exit 1");
  mkdirSync(join(directory, "v.npy"));
  writeFileSync(join(directory, "q.npy"), writeNpy([1, 5, 1, 16], new Float32Array(80)));
  expect(await codeOf(...args)).toBe("A6003 exit 1");
});

test("simulate refuses sizes that are none", async () => {
  for (const dims of ["B=-1", "Sq=1.5", "Skv=2147418113", "Nobody=3"])
    expect(await codeOf("simulate", file, "--dims", dims)).toBe("A6008 exit 1");
});

test("the library says the same of its arguments", async () => {
  const { tiny, nobody } = await compile(file);
  const dims = { B: 1, Sq: 5, Skv: 9, H: 1 };
  await expect(simulate(nobody, { dims })).rejects.toThrow("A6007");
  await expect(simulate(tiny, { dims: { B: 1 } })).rejects.toThrow("A6008");
  const { q } = random(tiny, dims);
  await expect(simulate(tiny, { dims, inputs: q ? { query: q } : {} })).rejects.toThrow("A6014");
});

test("a tile program is run, checked and dumped, but has no description", async () => {
  const directory = scratch();
  await run("build", file, "--arch", "sm_80", "--emit", "tile", "--out", directory);
  const tile = join(directory, "tiny.sm_80.tile");
  const { exit, document } = await runJson("simulate", tile, "--dims", sizes);
  expect(exit).toBe(0);
  expect(document.results[0]?.["outputs"]).toMatchObject([
    { name: "o", bound: null },
    { name: "lse" },
  ]);
  expect((await run("check", tile)).exit).toBe(0);
  const dumped = await run("dump", tile, "--stage", "scheduled");
  expect(`${dumped.out}\n`).toBe(readFileSync(tile, "utf8"));
  expect(await codeOf("dump", tile, "--stage", "description")).toBe("A6013 exit 1");
  expect(await codeOf("explain", tile)).toBe("A6013 exit 1");
});

test.each([
  ["description", /^kernel tiny: tiny of .*\nin  q: f16\[b=B, q=Sq, h=H, d=16\]/ms],
  ["tile", /^program tiny\b[^]*\bonline_softmax\b/m],
  ["scheduled", /^program tiny @sm_86\b[^]*\bcopy\b/m],
  ["cuda", /__global__/],
  ["numpy", /import numpy/],
])("dump prints the %s", async (stage, shape) => {
  const { exit, out } = await run("dump", file, "--stage", stage, "--arch", "sm_86");
  expect(exit).toBe(0);
  expect(out).toMatch(shape);
});

test("explain gives figures for people and for machines", async () => {
  const args = ["explain", file, "--dims", "B=1,Sq=512,Skv=512,H=2"];
  const { out } = await run(...args);
  for (const heading of ["Tiles:", "Shared memory:", "Registers", "key tiles visited", "at least"])
    expect(out).toContain(heading);
  const { document } = await runJson(...args);
  const [result] = document.results;
  expect(result).toMatchObject({
    kernel: "tiny",
    arch: "sm_80",
    keys: [{ exact: true, blame: [] }],
  });
});

test("explain says what kept a mask from being solved", async () => {
  const odd = kernelFile({ mask: "({ q, kv }) => (q + kv) % 3 !== 0" });
  expect((await run("explain", odd)).out).toMatch(/because of .* at .*tiny\.ts:12/);
});

test("doctor lists each tool, and what each compiler serves", async () => {
  vi.stubEnv("NVCC", compilerStandIn());
  vi.stubEnv("NVRTC", "/nowhere/libnvrtc.so");
  const { exit, document } = await runJson("doctor");
  expect(exit).toBe(0);
  expect(document.results[0]).toMatchObject({ tool: "Node", found: process.version });
  expect(document.results[1]).toMatchObject({ tool: "nvcc", found: "99.1 for sm_80" });
  expect(document.results[2]).toMatchObject({ tool: "NVRTC", found: null });
  vi.stubEnv("NVCC", "/bin/false");
  expect((await runJson("doctor")).document.results[1]).toMatchObject({ found: null });
});

test("which kernel of a file", async () => {
  expect((await runJson("check", file, "--kernel", "tiny")).exit).toBe(0);
  expect(await codeOf("check", file, "--kernel", "huge")).toBe("A6002 exit 1");
  const empty = join(scratch(), "empty.ts");
  writeFileSync(empty, "export const nothing = 1;\n");
  expect(await codeOf("check", empty)).toBe("A6001 exit 1");
});

test.each([
  ["no command", []],
  ["an unknown command", ["compile", file]],
  ["an unknown flag", ["check", file, "--fast"]],
  ["no file", ["build"]],
  ["no stage", ["dump", file]],
  ["an unknown stage", ["dump", file, "--stage", "ptx"]],
  ["an unknown architecture", ["build", file, "--arch", "sm_50"]],
  ["a seed that is none", ["simulate", file, "--seed", "x"]],
])("%s is a usage error", async (_, args) => {
  expect(await codeOf(...args)).toBe("A6201 exit 2");
});

test("help and version are no errors", async () => {
  expect(await run("--version")).toMatchObject({ exit: 0, error: "" });
  const help = await run("build", "--help");
  expect(help.exit).toBe(0);
  expect(help.out).toContain("--emit");
});
