// A kernel that is a host function, so that a package's Python can run without a GPU: what it writes
// depends on every stride, size and scalar of its arguments.

import type { ArchName } from "../../../codegen/arch/arch.ts";
import { manifest } from "../../../codegen/cuda/manifest.ts";
import { type Expr, i32, mul, variable } from "../../../codegen/expr/expr.ts";
import type { PackagedKernel } from "../../../codegen/package/package.ts";
import type { Axis } from "../../../codegen/spec/description.ts";
import type { Program, TensorDecl } from "../../../codegen/tile/program.ts";

const dim = (name: string): Expr => variable("i32", name);
const heads = mul(dim("G"), dim("Hkv"));

const f32 = (name: string, axes: Partial<Record<Axis, Expr>>): TensorDecl => ({
  name,
  dtype: "f32",
  axes: (Object.entries(axes) as [Axis, Expr][]).map(([axis, extent]) => ({ axis, extent })),
});

/** Sizes: B, Sq, Skv and Hkv are read off shapes, G is solved, and nothing tells N. */
const toyProgram = (name: string): Program => ({
  name,
  source: "kernels/toy.ts",
  summary: 'Adds up what it reads. "Quoted", with a backslash \\ and a\nnewline.',
  dims: ["B", "Sq", "Skv", "Hkv", "G", "N"],
  scalars: [
    { name: "scale", type: "f32" },
    { name: "shift", type: "i32" },
  ],
  inputs: [
    f32("q", { b: dim("B"), q: dim("Sq"), h: heads, d: i32(8) }),
    f32("k", { b: dim("B"), kv: dim("Skv"), hkv: dim("Hkv"), d: i32(8) }),
    f32("slopes", { h: heads }),
  ],
  outputs: [
    f32("o", { b: dim("B"), q: dim("Sq"), h: heads, d: i32(8) }),
    f32("lse", { b: dim("B"), h: heads, q: dim("Sq") }),
  ],
  formulas: [],
  host: [],
  workspace: [],
  kernels: [],
});

/** `level` shows in the result which architecture's file ran. */
const toyCuda = (name: string, arch: string): string => `// Generated for a test.
#include <cstddef>
#include <cstdint>
struct Args {
  uint64_t size; int64_t B, Sq, Skv, Hkv, G, N;
  const float* q; int64_t qb, qq, qh; const float* k; int64_t kb, kkv, kh; const float* slopes;
  float* o; int64_t ob, oq, oh; float* lse; int64_t lb, lh;
  float scale; int32_t shift; void* workspace; uint64_t workspace_bytes;
};
extern "C" size_t ${name}_${arch}_workspace(const Args* a) { return a->N * 4; }
extern "C" const char* ${name}_${arch}_error(int code) { return code == -1 ? "wrong size" : "no stream"; }
extern "C" int ${name}_${arch}_launch(const Args* a, void* stream) {
  if (a->size != sizeof(Args) || a->workspace_bytes != uint64_t(a->N * 4)) return -1;
  if (stream == nullptr) return -2;
  float* scratch = static_cast<float*>(a->workspace);
  for (int64_t n = 0; n < a->N; n++) scratch[n] = float(a->shift);
  for (int64_t b = 0; b < a->B; b++)
    for (int64_t i = 0; i < a->Sq; i++)
      for (int64_t h = 0; h < a->G * a->Hkv; h++) {
        for (int64_t d = 0; d < 8; d++)
          a->o[b * a->ob + i * a->oq + h * a->oh + d] =
              a->q[b * a->qb + i * a->qq + h * a->qh + d] * a->scale + a->slopes[h] +
              a->k[b * a->kb + (a->Skv - 1) * a->kkv + h / a->G * a->kh + d];
        a->lse[b * a->lb + h * a->lh + i] = (a->N > 0 ? scratch[0] : 0) + ${arch.replace(/\D/g, "")};
      }
  return 0;
}
`;

export const toyKernel = (name: string, arch: ArchName): PackagedKernel => ({
  manifest: manifest({ ...toyProgram(name), arch }, "0".repeat(64)),
  cuda: toyCuda(name, arch),
});
