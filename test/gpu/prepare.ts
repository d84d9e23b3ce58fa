// Generates what the GPU tests and benchmarks run, so that the machine with the GPU needs no Node:
//   node node_modules/typescript/bin/tsc -p test/tsconfig.json
//   node dist/test/gpu/prepare.js [ARCH] [DIRECTORY]        (sm_90 and build/gpu if absent)
// Two Python packages, `matrix` and `bench`, each with an index of its kernels beside it. There, for any ARCH:
//   python3 test/gpu/correctness.py DIRECTORY/matrix --json RESULT

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archs, isArchName } from "../../codegen/arch/archs.ts";
import type { ArchName } from "../../codegen/arch/arch.ts";
import { writeFiles } from "../../codegen/cli/files.ts";
import { compileFile, facts, refusal, scheduled } from "../../codegen/compile.ts";
import { emitCuda } from "../../codegen/cuda/emit.ts";
import { packageFiles, type PackagedKernel } from "../../codegen/package/package.ts";

type Feature = "dense" | "causal" | "window" | "softcap" | "alibi";
type Half = "f16" | "bf16";

/** What the kernel under an export computes, in the words of test/gpu/reference.py. */
interface Computed {
  readonly name: string;
  readonly feature: Feature;
  /** How many keys a window shows, or what caps the scores; 0 for the other features. */
  readonly limit: number;
}

interface Wanted {
  readonly file: string;
  readonly computed: readonly Computed[];
  readonly d: number;
  readonly dv: number;
  readonly dtype: Half;
  readonly set: Readonly<Record<string, string>>;
}

/** What test/gpu/cases.py reads of each kernel. */
interface Entry {
  readonly name: string;
  readonly feature: Feature;
  readonly limit: number;
  readonly dtype: Half;
  readonly d: number;
  readonly dv: number;
  /** Run under compute-sanitizer: one kernel per feature, and one per kind of schedule. */
  readonly sanitize: boolean;
}

const both: readonly Half[] = ["f16", "bf16"];

const plain = (name: Feature, limit = 0): Computed => ({ name, feature: name, limit });
const [dense, causal] = [plain("dense"), plain("causal")];
const masked = [dense, causal, plain("window", 100)];
const features = [...masked, plain("softcap", 30), plain("alibi")];

const varied = (computed: readonly Computed[], d: number, dv: number, dtype: Half): Wanted => ({
  file: "test/gpu/kernels/features.ts",
  computed,
  d,
  dv,
  dtype,
  set: { D: String(d), Dv: String(dv), T: dtype },
});

/** A kernel of kernels/ as it is. */
const shipped = (stem: string, name: string, feature: Feature, limit = 0): Wanted => ({
  file: `kernels/${stem}.ts`,
  computed: [{ name, feature, limit }],
  d: 128,
  dv: 128,
  dtype: "f16",
  set: {},
});

const matrix = (): readonly Wanted[] => [
  shipped("dense_prefill", "densePrefill", "dense"),
  shipped("causal_gqa_prefill", "causalGqaPrefill", "alibi"),
  shipped("sliding_window_prefill", "slidingWindowPrefill", "window", 1024),
  shipped("softcap_prefill", "softcapPrefill", "softcap", 50),
  ...[16, 40, 64, 80, 96, 128, 192, 256].flatMap((d) =>
    both.map((dtype) => varied(d === 64 || d === 128 ? features : masked, d, d, dtype)),
  ),
  ...(
    [
      [64, 128],
      [128, 64],
      [192, 128],
      [40, 80],
    ] as const
  ).flatMap(([d, dv]) => both.map((dtype) => varied([causal], d, dv, dtype))),
];

const bench = (dtype: Half): readonly Wanted[] =>
  [64, 128].map((d) => varied([dense, causal], d, d, dtype));

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
  const { file, computed, d, dv, dtype, set } = wanted;
  const compiled = await compileFile(file, { set });
  return compiled.flatMap((kernel) => {
    const found = computed.find(({ name }) => name === kernel.description?.exportName);
    if (found === undefined || refusal(kernel, arch) !== undefined) return [];
    const program = scheduled(kernel, arch);
    const { feature, limit } = found;
    const sanitize = sanitized(feature, wanted);
    const entry = { name: kernel.name, feature, limit, dtype, d, dv, sanitize };
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
