// Generates what the GPU tests and benchmarks run, so that the machine with the GPU needs no Node:
//   node dist/test/gpu/prepare.js [ARCH] [DIRECTORY]        (sm_90 and build/gpu if absent)
// Two Python packages, `matrix` and `bench`, each with an index of its kernels beside it.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archs, isArchName } from "../../codegen/arch/archs.ts";
import type { ArchName } from "../../codegen/arch/arch.ts";
import { writeFiles } from "../../codegen/cli/files.ts";
import { compileFile, facts, refusal, scheduled } from "../../codegen/compile.ts";
import { emitCuda } from "../../codegen/cuda/emit.ts";
import { packageFiles, type PackagedKernel } from "../../codegen/package/package.ts";

const features = ["dense", "causal", "window", "softcap", "alibi"] as const;
type Feature = (typeof features)[number];
type Half = "f16" | "bf16";

interface Wanted {
  readonly features: readonly Feature[];
  readonly d: number;
  readonly dv: number;
  readonly dtype: Half;
}

/** What test/gpu/cases.py reads of each kernel. */
interface Entry {
  readonly name: string;
  readonly feature: Feature;
  readonly dtype: Half;
  readonly d: number;
  readonly dv: number;
  /** Run under compute-sanitizer: one kernel per feature, and one per kind of schedule. */
  readonly sanitize: boolean;
}

const both: readonly Half[] = ["f16", "bf16"];

const matrix = (): readonly Wanted[] => [
  ...[16, 40, 64, 80, 96, 128, 192, 256].flatMap((d) =>
    both.map((dtype) => ({
      features: d === 64 || d === 128 ? features : features.slice(0, 3),
      d,
      dv: d,
      dtype,
    })),
  ),
  ...[
    [64, 128],
    [128, 64],
    [192, 128],
    [40, 80],
  ].flatMap(([d, dv]) =>
    both.map((dtype) => ({ features: ["causal"] as const, d: d!, dv: dv!, dtype })),
  ),
];

const bench = (dtype: Half): readonly Wanted[] =>
  [64, 128].map((d) => ({ features: ["dense", "causal"], d, dv: d, dtype }));

const sanitized = (feature: Feature, { d, dv, dtype }: Wanted): boolean =>
  dtype === "f16" &&
  (d === 64 || feature === "causal") &&
  d !== 16 &&
  d !== 80 &&
  d !== 96 &&
  (d === dv || d === 192);

const generate = async (
  arch: ArchName,
  wanted: Wanted,
): Promise<readonly [Entry, PackagedKernel][]> => {
  const { d, dv, dtype } = wanted;
  const set = { D: String(d), Dv: String(dv), T: dtype };
  const compiled = await compileFile("test/gpu/kernels/features.ts", { set });
  return compiled.flatMap((kernel) => {
    const feature = wanted.features.find((f) => f === kernel.description?.exportName);
    if (feature === undefined || refusal(kernel, arch) !== undefined) return [];
    const program = scheduled(kernel, arch);
    const sanitize = sanitized(feature, wanted);
    const entry = { name: kernel.name, feature, dtype, d, dv, sanitize };
    return [[entry, { manifest: facts(kernel, program), cuda: emitCuda(program) }]];
  });
};

const write = async (
  directory: string,
  name: string,
  arch: ArchName,
  all: readonly Wanted[],
): Promise<void> => {
  const kernels = (await Promise.all(all.map((wanted) => generate(arch, wanted)))).flat();
  const files = packageFiles(
    name,
    kernels.map(([, kernel]) => kernel),
  );
  writeFiles(
    join(directory, name),
    files.map((f) => ({ name: f.name, data: f.text })),
  );
  const index = { arch, kernels: kernels.map(([entry]) => entry) };
  writeFileSync(join(directory, `${name}.json`), `${JSON.stringify(index, null, 1)}\n`);
  console.log(`${join(directory, name)}: ${kernels.length} kernels for ${arch}`);
};

const [arch = "sm_90", directory = "build/gpu"] = process.argv.slice(2);
if (!isArchName(arch)) throw new Error(`${arch} is no architecture`);
mkdirSync(directory, { recursive: true });
await write(directory, "matrix", arch, matrix());
await write(directory, "bench", arch, bench(archs[arch].bf16 ? "bf16" : "f16"));
