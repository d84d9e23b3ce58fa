// Runs emitted NumPy scripts, for tests that compare them with the simulator.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readNpy, writeNpy } from "../../codegen/cli/npy.ts";
import { emitNumpy } from "../../codegen/numpy/emit.ts";
import { from, type NdArray } from "../../codegen/sim/ndarray.ts";
import type { Program } from "../../codegen/tile/program.ts";

type Arrays = Readonly<Record<string, NdArray>>;
type Numbers = Readonly<Record<string, number>>;

/** Distribution's Python and the one on the PATH, where they have NumPy: 1.x and 2.x promote types differently. */
const pythons = ["/usr/bin/python3", "python3"].filter(
  (python) => spawnSync(python, ["-c", "import numpy"], { stdio: "ignore" }).status === 0,
);

const pairs = (values: Numbers): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");

/** Runs a script in a folder of its own; `python` chooses among the interpreters that there are. */
export const runScript = (script: string, args: readonly string[], python = 0) => {
  const folder = mkdtempSync(join(tmpdir(), "tilewright-numpy-"));
  try {
    writeFileSync(join(folder, "script.py"), script);
    return spawnSync(pythons[python % pythons.length]!, ["script.py", ...args], {
      cwd: folder,
      encoding: "utf8",
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/**
 * The outputs of the program's script for these inputs. `python` chooses among the interpreters that there
 * are. Throws with Python's message if it fails.
 */
export const runNumpy = (
  program: Program,
  sizes: Numbers,
  inputs: Arrays,
  { scalars = {}, python = 0 }: { scalars?: Numbers; python?: number } = {},
): Arrays => {
  const folder = mkdtempSync(join(tmpdir(), "tilewright-numpy-"));
  try {
    for (const [name, array] of Object.entries(inputs))
      writeFileSync(
        join(folder, `${name}.npy`),
        writeNpy(array.shape, Float32Array.from(array.values())),
      );
    const args = ["--dims", pairs(sizes), "--scalars", pairs(scalars)];
    const script = emitNumpy(program);
    const run = runScript(script, [...args, "--inputs", folder, "--save", folder], python);
    if (run.status !== 0) throw new Error(`${script}\n${run.stderr}`);
    return Object.fromEntries(
      program.outputs.map(({ name, dtype, axes }) => {
        const { shape, values } = readNpy(readFileSync(join(folder, `${name}.npy`)), name);
        return [
          name,
          from(
            dtype,
            values,
            shape,
            axes.map((a) => a.axis),
          ),
        ];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
};
