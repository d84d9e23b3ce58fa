// Kernels of an older GPU as machine code of a newer one, by way of their PTX: what test/gpu runs on.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import { emitCuda } from "../../../codegen/cuda/emit.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { dense } from "../../support/descriptions.ts";
import { needs } from "../../support/tools.ts";

const folder = mkdtempSync(join(tmpdir(), "tilewright-ptx-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const program = schedule(lower(dense({ headDim: 64 })), archs.sm_75);

/** The command line of the package's _build.py. */
const build = (arch: string) => {
  const source = join(folder, `dense.${arch}.cu`);
  writeFileSync(source, emitCuda(program));
  const flags = [
    "-shared",
    "-Xcompiler",
    "-fPIC",
    "-std=c++14",
    "-O3",
    "-gencode=arch=compute_90,code=sm_90",
  ];
  const library = join(folder, `${arch}.so`);
  const args = ["test/gpu/nvcc_by_ptx.py", ...flags, "-o", library, source];
  return { library, ...spawnSync("python3", args, { encoding: "utf8" }) };
};

/** Architectures of the images of machine code in a library's fat binaries (fatbinary_section.h of the toolkit). */
const images = (library: string): readonly number[] => {
  const bytes = readFileSync(library);
  const magic = Buffer.from([0x50, 0xed, 0x55, 0xba]);
  const found: number[] = [];
  for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 4)) {
    const end = at + 16 + Number(bytes.readBigUInt64LE(at + 8));
    for (let image = at + 16; image < end;) {
      found.push(bytes.readUInt32LE(image + 28));
      image += bytes.readUInt32LE(image + 4) + Number(bytes.readBigUInt64LE(image + 8));
    }
  }
  return found;
};

describe.runIf(needs("nvcc"))("with nvcc", { timeout: 120_000 }, () => {
  test("a library holds the kernel for the newer GPU, and its launcher", () => {
    const { library, status, stderr } = build("sm_75");
    expect(status, stderr).toBe(0);
    expect(images(library)).toContain(90);
    const call = `import ctypes; f = ctypes.CDLL("${library}").${program.name}_sm_75_error; f.restype = ctypes.c_char_p; print(f(0))`;
    expect(execFileSync("python3", ["-c", call], { encoding: "utf8" })).toBe("b'no error'\n");
  });

  test("what the older GPU lacks is refused, though the newer has it", () => {
    const { status, stderr } = build("sm_70");
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/'ldmatrix' requires \.target sm_75 or higher/);
  });
});
