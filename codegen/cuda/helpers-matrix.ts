// Device helpers for the tensor cores, one set per 16-bit type. Knows no tiles.

import type { Arch } from "../arch/arch.ts";
import type { Helper } from "./helper.ts";

/** The overloads are told apart by an empty value of the element type. */
const multiply =
  (type: "f16" | "bf16") =>
  (arch: Arch): string =>
    ({
      m64k16: inOneStep,
      m16n8k16: inOneStep,
      m16n8k8: inTwoSteps,
      m8n8k4: byQuadPairs,
    })[arch.mma](type);

const inOneStep = (type: "f16" | "bf16"): string => {
  const instruction = `mma.sync.aligned.m16n8k16.row.col.f32.${type}.${type}.f32`;
  return `
// C[16][8] += A[16][16] B[16][8] in ${type}, sums in f32. With g = lane / 4 and q = lane % 4, C: rows g (c0 c1) and
// g + 8 (c2 c3), columns 2 q and + 1. A: a0 row g, a1 row g + 8 at k = 2 q and + 1; a2, a3 the same rows at k + 8.
// B: column g, b0 at k = 2 q and + 1, b1 at k + 8 (PTX ISA 9.7, mma.m16n8k16).
DEVICE void multiply_add(${type}, float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  asm volatile("${instruction} "
               "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// C = A B: the first product of a chain, which spares clearing C.
DEVICE void multiply(${type}, float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  asm volatile("${instruction} "
               "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%10, %10, %10, %10};"
               : "=f"(c[0]), "=f"(c[1]), "=f"(c[2]), "=f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1), "f"(0.0f));
}`;
};

const inTwoSteps = (type: "f16" | "bf16"): string => {
  const instruction = `mma.sync.aligned.m16n8k8.row.col.f32.${type}.${type}.f32`;
  return `
// C[16][8] += A[16][8] B[8][8] in ${type}, sums in f32. With g = lane / 4 and q = lane % 4, C: rows g (c0 c1) and
// g + 8 (c2 c3), columns 2 q and + 1. A: a0 row g, a1 row g + 8 at k = 2 q and + 1. B: column g at the same k
// (PTX ISA 9.7, mma.m16n8k8).
DEVICE void multiply_add(${type}, float (&c)[4], u32 a0, u32 a1, u32 b) {
  asm volatile("${instruction} {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a0), "r"(a1), "r"(b));
}

// C[16][8] += A[16][16] B[16][8]: its first eight k, then the others.
DEVICE void multiply_add(${type} type, float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  multiply_add(type, c, a[0], a[1], b0);
  multiply_add(type, c, a[2], a[3], b1);
}

// C = A B: the first product of a chain, which spares clearing C.
DEVICE void multiply(${type} type, float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  asm volatile("${instruction} {%0, %1, %2, %3}, {%4, %5}, {%6}, {%7, %7, %7, %7};"
               : "=f"(c[0]), "=f"(c[1]), "=f"(c[2]), "=f"(c[3]) : "r"(a[0]), "r"(a[1]), "r"(b0), "f"(0.0f));
  multiply_add(type, c, a[2], a[3], b1);
}`;
};

const byQuadPairs = (type: "f16" | "bf16"): string => {
  const helper = (name: string, columns: "col" | "row", start: string): string => {
    const c =
      start === "" ? `{%0, %1, %2, %3, %4, %5, %6, %7}` : `{${Array(8).fill("%12").join(", ")}}`;
    const out = start === "" ? "+f" : "=f";
    return `
DEVICE void ${name}(${type}, float (&c)[8], u32 a0, u32 a1, u32 b0, u32 b1) {
  asm volatile("mma.sync.aligned.m8n8k4.row.${columns}.f32.${type}.${type}.f32 "
               "{%0, %1, %2, %3, %4, %5, %6, %7}, {%8, %9}, {%10, %11}, ${c};"
               : ${[0, 1, 2, 3].map((i) => `"${out}"(c[${i}])`).join(", ")},
                 ${[4, 5, 6, 7].map((i) => `"${out}"(c[${i}])`).join(", ")}
               : "r"(a0), "r"(a1), "r"(b0), "r"(b1)${start});
}`;
  };
  return `
// C[16][16] += A[16][4] B[4][16] in ${type}, sums in f32: each quad pair of the warp multiplies 8 x 8. With the bits
// b0 .. b4 of the lane and t = b0 + 2 b1 + 4 b4, A: row t + 8 b3, k = 0 .. 3 in a0 a1. B: column t + 8 b2, k = 0 .. 3
// in b0 b1. C: c0 c1 c4 c5 in row b0 + 4 b4 + 8 b3, columns 0, 1, 4, 5 beyond 2 b1 + 8 b2; c2 c3 c6 c7 two rows below
// (PTX ISA 9.7, mma.m8n8k4).${helper("multiply_add", "col", "")}

// C = A B: the first product of a chain, which spares clearing C.${helper("multiply", "col", ', "f"(0.0f)')}

// C += A B, but of B a lane gives row b0 + 2 b1, columns 4 b4 + 8 b2 and the next three in b0 b1.${helper("multiply_add_rows", "row", "")}`;
};

const pack =
  (type: "f16" | "bf16") =>
  (arch: Arch): string =>
    arch.pairRounding
      ? `
// Two floats rounded to a pair of ${type}, \`low\` in the low half (PTX ISA 9.7, cvt.rn.${type}x2.f32).
DEVICE u32 pack(${type}, float low, float high) {
  u32 x; asm("cvt.rn.${type}x2.f32 %0, %1, %2;" : "=r"(x) : "f"(high), "f"(low)); return x;
}`
      : `
// Two floats rounded to a pair of ${type}, \`low\` in the low half (PTX ISA 9.7, cvt.rn.${type}.f32).
DEVICE u32 pack(${type}, float low, float high) {
  u32 x;
  asm("{ .reg .b16 l, h; cvt.rn.${type}.f32 l, %1; cvt.rn.${type}.f32 h, %2; mov.b32 %0, {l, h}; }"
      : "=r"(x) : "f"(low), "f"(high));
  return x;
}`;

/** Bits of infinity, above which lie the NaNs, and of 1. */
const bits = { f16: ["0x7c00", "0x3c00"], bf16: ["0x7f80", "0x3f80"] } as const;

const notFinite = (type: "f16" | "bf16"): string => {
  const [infinity, one] = bits[type];
  return `
// x * 0 + y: a NaN where x is infinite or NaN, or y is NaN, else a zero (PTX ISA 9.7, fma.rn.${type}x2).
DEVICE u32 times_zero(${type}, u32 x, u32 y) {
  u32 z; asm("fma.rn.${type}x2 %0, %1, %2, %3;" : "=r"(z) : "r"(x), "r"(0), "r"(y)); return z;
}

// 1 where a half of x is not zero, else 0.
DEVICE u32 not_zero(${type}, u32 x) {
  return ((x & 0x7fff) != 0 ? ${one}u : 0) | ((x & 0x7fff0000) != 0 ? ${one}0000u : 0);
}

// 1 where a half of x is the infinity of that sign or a NaN, else 0.
template <int kSign> DEVICE u32 infinite(${type}, u32 x) {
  u32 ones = 0;
  UNROLL for (int i = 0; i < 32; i += 16) {
    const u32 half = x >> i & 0xffff;
    if ((half & 0x7fff) > ${infinity} || half == (kSign < 0 ? 0x8000 | ${infinity} : ${infinity})) ones |= ${one}u << i;
  }
  return ones;
}

// x with zeros for its halves that are infinite or NaN.
DEVICE u32 finite(${type}, u32 x) {
  UNROLL for (int i = 0; i < 32; i += 16)
    if ((x >> i & 0x7fff) >= ${infinity}) x &= ~(0xffffu << i);
  return x;
}`;
};

export const matrixHelpers = {
  multiply_f16: { needs: ["f16"], text: multiply("f16") },
  multiply_bf16: { needs: ["bf16"], text: multiply("bf16") },
  not_finite_f16: { needs: ["f16"], text: notFinite("f16") },
  not_finite_bf16: { needs: ["bf16"], text: notFinite("bf16") },
  pack_f16: { needs: ["f16"], text: pack("f16") },
  pack_bf16: { needs: ["bf16"], text: pack("bf16") },
} as const satisfies Readonly<Record<string, Helper>>;
