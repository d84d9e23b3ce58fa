// Every kernel of kernels/ with its defaults as a package, and inputs with what the oracle says of them, so that each
// meets a GPU as authors ship it:
//   node dist/test/gpu/prepare-shipped.js [ARCH] [DIRECTORY]        (sm_90 and build/shipped if absent)
//   python3 test/gpu/shipped.py DIRECTORY/package

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isArchName } from "../../codegen/arch/archs.ts";
import { writeFiles } from "../../codegen/cli/files.ts";
import { writeNpy } from "../../codegen/cli/npy.ts";
import { launchValues, smallSizes } from "../../codegen/cli/sizes.ts";
import {
  type CompiledKernel,
  compileFile,
  facts,
  refusal,
  scheduled,
} from "../../codegen/compile.ts";
import { emitCuda } from "../../codegen/cuda/emit.ts";
import { packageFiles } from "../../codegen/package/package.ts";
import { judge } from "../../codegen/sim/accuracy.ts";
import type { NdArray } from "../../codegen/sim/ndarray.ts";
import { oracle } from "../../codegen/sim/oracle.ts";
import { inputArrays } from "../../codegen/simulate.ts";

/** What test/gpu/shipped.py reads of a case; its arrays lie beside it as f32. */
interface Case {
  readonly kernel: string;
  readonly folder: string;
  readonly inputs: readonly { readonly name: string; readonly dtype: string }[];
  readonly scalars: Readonly<Record<string, number>>;
  /** Largest error and RMSE that the accuracy rule allows; no RMSE where the rule has none. */
  readonly outputs: readonly {
    readonly name: string;
    readonly largest: number;
    readonly rmse: number | null;
  }[];
}

/** No multiples of anything; more queries than keys, and fewer. */
const sizes = [
  smallSizes,
  { ...smallSizes, b: 2, q: 97, kv: 97, h: 2 },
  { ...smallSizes, q: 83, kv: 41 },
];

const save = (folder: string, name: string, array: NdArray): void =>
  writeFileSync(
    join(folder, `${name}.npy`),
    writeNpy(array.shape, Float32Array.from(array.values())),
  );

const caseOf = (kernel: CompiledKernel, directory: string, number: number): Case[] => {
  const { description, program, name } = kernel;
  if (description === undefined) return [];
  const launch = launchValues(program, {}, sizes[number]!);
  const inputs = inputArrays(program, launch.sizes, { seed: 1 + number });
  const reference = oracle(description, launch.sizes, inputs, launch.scalars);
  const folder = `${name}_${number}`;
  const path = join(directory, folder);
  mkdirSync(path, { recursive: true });
  for (const [input, array] of Object.entries(inputs)) save(path, input, array);
  for (const [output, array] of Object.entries(reference.outputs))
    save(path, `${output}_expected`, array);
  const outputs = judge(description, reference, reference.baseline).map((j) => ({
    name: j.accuracy.name,
    largest: j.accuracy.bound,
    rmse: Number.isFinite(j.rmseBound) ? j.rmseBound : null,
  }));
  const declared = program.inputs.map((t) => ({ name: t.name, dtype: t.dtype }));
  return [{ kernel: name, folder, inputs: declared, scalars: launch.scalars, outputs }];
};

const [arch = "sm_90", directory = "build/shipped"] = process.argv.slice(2);
if (!isArchName(arch)) throw new Error(`${arch} is no architecture`);
mkdirSync(directory, { recursive: true });
const files = readdirSync("kernels").filter((f) => f.endsWith(".ts") && !f.endsWith(".test.ts"));
const kernels = (await Promise.all(files.map((file) => compileFile(`kernels/${file}`))))
  .flat()
  .filter((kernel) => refusal(kernel, arch) === undefined);
const packaged = kernels.map((kernel) => {
  const program = scheduled(kernel, arch);
  return { manifest: facts(kernel, program), cuda: emitCuda(program) };
});
writeFiles(
  join(directory, "package"),
  packageFiles("package", packaged).map((f) => ({ name: f.name, data: f.text })),
);
const cases = kernels.flatMap((kernel) => sizes.flatMap((_, i) => caseOf(kernel, directory, i)));
writeFileSync(join(directory, "package.json"), `${JSON.stringify({ arch, cases }, null, 1)}\n`);
console.log(`${directory}: ${kernels.length} kernels for ${arch}, ${cases.length} cases`);
