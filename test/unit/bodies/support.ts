// Kernels with bodies, as text and from the files that ship.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CompiledKernel, compileFile } from "../../../codegen/compile.ts";
import { unreachable } from "../../../codegen/base/diagnostic.ts";
import { project } from "../capture/support.ts";

export const header = `import { attention, bf16, dims, f16, f32, kernel, masks, math, out, scalar, tile } from "tilewright/dsl";
const { B, Sq, Skv, Hkv, G } = dims("B", "Sq", "Skv", "Hkv", "G");
const Hq = G.times(Hkv);
const D = 64, SCALE = 1 / Math.sqrt(D);
const q = f16({ b: B, q: Sq, h: Hq, d: D }), k = f16({ b: B, kv: Skv, hkv: Hkv, d: D }), v = k;
const inputs = { q, k, v, slopes: f32({ h: Hq }) };
const outputs = { o: q, lse: f32({ b: B, h: Hq, q: Sq }) };
const grid = { b: B, h: Hq, q: tile.rows(Sq) };
`;

/** A kernel with this body, whose parameters are there. */
export const bodyOf = (body: string, name = "byHand"): string =>
  `export const ${name} = kernel({ inputs, outputs, grid, body({ q, k, v, slopes, o, lse }, { b, h, hkv, q: rows }) {\n${body}\n} });\n`;

export const compileText = async (text: string): Promise<readonly CompiledKernel[]> => {
  const root = project({});
  writeFileSync(join(root, "kernel.ts"), header + text);
  return compileFile("kernel.ts", { root });
};

/** The kernels with bodies that ship. */
export const shipped = async (): Promise<readonly CompiledKernel[]> =>
  (
    await Promise.all(
      ["kernels/sigmoid_attention.ts", "examples/kernels/bodies.ts"].map((f) => compileFile(f)),
    )
  ).flat();

export const only = <T>(found: readonly T[]): T => found[0] ?? unreachable("nothing was compiled");
