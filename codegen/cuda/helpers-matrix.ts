// Device helpers for the tensor cores, one set per 16-bit type. Knows no tiles.

import type { Helper } from "./helpers.ts";

/** The overloads are told apart by an empty value of the element type. */
const multiply = (type: "f16" | "bf16"): string => {
  const instruction = `mma.sync.aligned.m16n8k16.row.col.f32.${type}.${type}.f32`;
  return `
// C[16][8] += A[16][16] B[16][8] in ${type}, sums in f32. With g = lane / 4 and q = lane % 4, C: rows g (c0 c1) and g + 8
// (c2 c3), columns 2 q and + 1. A: a0 row g, a1 row g + 8 at k = 2 q and + 1; a2, a3 the same rows at k + 8. B: column g,
// b0 at k = 2 q and + 1, b1 at k + 8 (PTX ISA 9.7, mma.m16n8k16).
DEVICE void multiply_add(${type}, float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  asm volatile("${instruction} {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// C = A B: the first product of a chain, which spares clearing C.
DEVICE void multiply(${type}, float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  asm volatile("${instruction} {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%10, %10, %10, %10};"
               : "=f"(c[0]), "=f"(c[1]), "=f"(c[2]), "=f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1), "f"(0.0f));
}`;
};

const pack = (type: "f16" | "bf16"): string => `
// Two floats rounded to a pair of ${type}, \`low\` in the low half (PTX ISA 9.7, cvt.rn.${type}x2.f32).
DEVICE u32 pack(${type}, float low, float high) {
  u32 x; asm("cvt.rn.${type}x2.f32 %0, %1, %2;" : "=r"(x) : "f"(high), "f"(low)); return x;
}`;

export const matrixHelpers = {
  multiply_f16: { needs: ["f16"], text: multiply("f16") },
  multiply_bf16: { needs: ["bf16"], text: multiply("bf16") },
  pack_f16: { needs: ["f16"], text: pack("f16") },
  pack_bf16: { needs: ["bf16"], text: pack("bf16") },
} as const satisfies Readonly<Record<string, Helper>>;
