// Every file that the shipped kernels give: for goldens, and for nvcc.

import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { type ArchName } from "../../codegen/arch/arch.ts";
import { archNames } from "../../codegen/arch/archs.ts";
import { type Artefact, artefacts, compileFile } from "../../codegen/compile.ts";

export interface Emitted extends Artefact {
  readonly arch: ArchName;
  /** Of a kernel with its parameters at their defaults. */
  readonly plain: boolean;
}

const files: readonly string[] = readdirSync("kernels")
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => `kernels/${name}`)
  .toSorted();

/** Kernels whose every size is emitted; others differ from them in one part, and take tiles from the same tables. */
const inAllSizes: readonly string[] = [
  "kernels/causal_gqa_prefill.ts",
  "kernels/dense_prefill.ts",
  "kernels/sliding_window_prefill.ts",
  "kernels/softcap_prefill.ts",
];

/** Head dimensions beside the default: each row of the architectures' tile tables, and one that is padded. */
const variants: readonly Parameters[] = [{}, { D: "64" }, { D: "72" }, { D: "256" }];

type Parameters = Readonly<Record<string, string>>;

/** The parameters with which a kernel file is emitted. */
export const variantsOf = (file: string): readonly Parameters[] =>
  inAllSizes.includes(file) ? variants : [{}];

export const emitted = async (): Promise<readonly Emitted[]> =>
  (await Promise.all(files.map(emittedFrom))).flat();

const emittedFrom = async (file: string): Promise<readonly Emitted[]> => {
  const compiled = await Promise.all(variantsOf(file).map((set) => compileFile(file, { set })));
  const plain = compiled[0]?.[0]?.name;
  return compiled
    .flat()
    .filter((kernel, i, all) => all.findIndex((k) => k.name === kernel.name) === i)
    .flatMap((kernel) =>
      archNames.flatMap((arch) =>
        artefacts(kernel, arch, ["cu", "tile"]).map((artefact) => ({
          ...artefact,
          arch,
          plain: kernel.name === plain,
        })),
      ),
    );
};

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
