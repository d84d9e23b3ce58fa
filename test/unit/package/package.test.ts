// The Python package, run whole: generated, compiled by nvcc and called, on a stand-in for torch.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import type { ArchName } from "../../../codegen/arch/arch.ts";
import { launchText } from "../../../codegen/package/launch.ts";
import { packageFiles } from "../../../codegen/package/package.ts";
import { toyKernel } from "./fixture.ts";

const here = new URL(".", import.meta.url).pathname;
const has = (program: string, ...args: readonly string[]): boolean =>
  spawnSync(program, args).status === 0;

/** Debian's Python, which has Debian's NumPy, before whichever else is on the path. */
const python = ["/usr/bin/python3", "python3"].find((p) => has(p, "-c", "import numpy"));
const missing =
  python === undefined ? "python3 with NumPy" : has("nvcc", "--version") ? "" : "nvcc";
if (missing !== "" && process.env["CI"] === "true") throw new Error(`this test needs ${missing}`);

describe.skipIf(missing !== "")(
  `a package in Python${missing && ` (skipped: no ${missing})`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), "tilewright-package-"));
    beforeAll(() => {
      mkdirSync(join(folder, "toys"));
      const kernels = [toyKernel("toy", "sm_80"), toyKernel("toy", "sm_89")];
      for (const { name, text } of packageFiles("toys", kernels))
        writeFileSync(join(folder, "toys", name), text);
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    const run = (script: string, env: NodeJS.ProcessEnv = {}): string =>
      execFileSync(python!, [join(here, script), folder, join(here, "stand_in")], {
        encoding: "utf8",
        env: { ...process.env, TILEWRIGHT_CACHE: join(folder, "cache"), ...env },
      });

    test("computes, checks, registers, compiles and caches", () => {
      expect(run("package.py").trim().split("\n")).toHaveLength(11);
    });

    test("recognises a call like the last one, and notices any change", () => {
      expect(run("last_call.py").trim().split("\n")).toHaveLength(3);
    });

    test("says what is wrong with the compiler, and ends one that hangs", () => {
      expect(run("build.py")).toBe("ok\n");
    });

    test("its sources are formatted and compile in Python", () => {
      execFileSync(python!, ["-m", "compileall", "-q", join(folder, "toys")]);
    });
  },
);

const codesOf = (run: () => unknown): readonly string[] => {
  try {
    run();
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics.map((d) => d.code);
    throw error;
  }
  return [];
};

test.each(["class", "a-b", "1st", "__init__", "", "a.b", "über", "a\nb"])(
  "A6020: %j cannot be imported",
  (name) => {
    expect(codesOf(() => packageFiles(name, [toyKernel("toy", "sm_80")]))).toEqual(["A6020"]);
  },
);

test.each(["out", "_toy", "lambda"])("A6021: no parameter can be called %s", (name) => {
  const kernel = toyKernel("toy", "sm_80");
  const [first, ...rest] = kernel.manifest.inputs;
  const manifest = { ...kernel.manifest, inputs: [{ ...first!, name }, ...rest] };
  expect(codesOf(() => packageFiles("toys", [{ ...kernel, manifest }]))).toEqual(["A6021"]);
});

test("a function reads like one that a person wrote", () => {
  const files = packageFiles("toys", [toyKernel("toy", "sm_80")]);
  const text = files.find((f) => f.name === "__init__.py")!.text;
  expect(text).toContain(`def toy(
    q: Tensor,
    k: Tensor,
    slopes: Tensor,
    *,
    N: int,
    scale: float,
    shift: int,
    out: tuple[Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """Adds up what it reads. \\"Quoted\\", with a backslash \\\\ and a newline.

    q: f32 [b=B, q=Sq, h=G * Hkv, d=8]
`);
  expect(files.every((f) => f.name.endsWith(".json") || f.text.includes("Generated"))).toBe(true);
});

test("tensors may be called what the launch calls its own", () => {
  const { manifest } = toyKernel("toy", "sm_80");
  const renamed = JSON.stringify(manifest)
    .replaceAll('"q"', '"stream"')
    .replaceAll('"slopes"', '"stream_"')
    .replaceAll('"scale"', '"piece0"');
  const text = launchText("_toy", JSON.parse(renamed) as typeof manifest);
  expect(text).toContain("stream_, k, stream__ = inputs");
  expect(text).toContain("piece0_, shift = scalars");
  expect(text).toContain("piece0, stream_.data_ptr(),");
  expect(text).toContain("piece5, piece0_,");
  expect(text).toContain("            stream,\n");
});

test("the same input gives the same bytes, another input another namespace", () => {
  const namespace = (text: string): string => /NAMESPACE = "(\w+)"/.exec(text)![1]!;
  const make = (arch: ArchName): string =>
    packageFiles("toys", [toyKernel("toy", arch)]).find((f) => f.name === "__init__.py")!.text;
  expect(make("sm_80")).toBe(make("sm_80"));
  expect(namespace(make("sm_80"))).not.toBe(namespace(make("sm_86")));
});
