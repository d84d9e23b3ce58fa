// Device helpers on scalars: types, indices, arithmetic that C++ lacks, and fast functions.

import type { Helper } from "./helper.ts";
import { layoutText } from "./layout.ts";

export const scalarHelpers = {
  u64: { needs: [], text: `typedef unsigned long long u64;` },
  f16: { needs: [], text: `struct f16 { unsigned short bits; };` },
  bf16: { needs: [], text: `struct bf16 { unsigned short bits; };` },
  block_index: {
    needs: [],
    text: `
// Block and thread index, read by volatile asm: code outside the hot loop derives its indices anew instead of keeping
// them in registers through it.
DEVICE int block_index() { int i; asm volatile("mov.u32 %0, %%ctaid.x;" : "=r"(i)); return i; }`,
  },
  thread_index: {
    needs: ["block_index"],
    text: `DEVICE int thread_index() { int i; asm volatile("mov.u32 %0, %%tid.x;" : "=r"(i)); return i; }`,
  },
  first_row: {
    needs: ["thread_index"],
    text: (arch) => layoutText(arch).firstRow,
  },
  first_column: {
    needs: ["thread_index"],
    text: (arch) => layoutText(arch).firstColumn,
  },

  infinity: {
    needs: [],
    text: `
DEVICE float infinity() { return __int_as_float(0x7f800000); }`,
  },
  not_a_number: {
    needs: [],
    text: `
DEVICE float not_a_number() { return __int_as_float(0x7fc00000); }`,
  },
  floor_div: {
    needs: [],
    text: `
// Quotient and remainder rounded towards minus infinity.
template <class T> HOST_DEVICE T floor_div(T a, T b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }`,
  },
  floor_mod: {
    needs: ["floor_div"],
    text: `template <class T> HOST_DEVICE T floor_mod(T a, T b) { return a - floor_div(a, b) * b; }`,
  },
  floor_pow2: {
    needs: [],
    text: `
// The largest power of two that is at most max(x, 1).
template <class T> HOST_DEVICE T floor_pow2(T x) { T power = 1; while (power <= x / 2) power *= 2; return power; }`,
  },
  float_mod: {
    needs: [],
    text: `
// The remainder with the divisor's sign.
DEVICE float float_mod(float a, float b) {
  const float x = fmodf(a, b);
  return x != 0.0f && (x < 0.0f) != (b < 0.0f) ? x + b : x;
}`,
  },
  sign_of: {
    needs: [],
    text: `
// -1, 0 or 1; NaN stays NaN.
template <class T> DEVICE T sign_of(T x) { return x > 0 ? T(1) : x < 0 ? T(-1) : x; }`,
  },
  round_half_up: {
    needs: [],
    text: `
// To the nearest integer, halves upwards.
DEVICE float round_half_up(float x) { const float below = floorf(x); return x - below >= 0.5f ? below + 1.0f : below; }`,
  },

  exp2_approx: {
    needs: [],
    text: `
// 2^x to 2 ulp, flushing denormals (PTX ISA 9.7, ex2).
DEVICE float exp2_approx(float x) { float y; asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }`,
  },
  exp_approx: {
    needs: ["exp2_approx"],
    text: `DEVICE float exp_approx(float x) { return exp2_approx(x * 1.44269504f); }`,
  },
  log2_approx: {
    needs: [],
    text: `
// log2 x; error at most 2^-22, absolute between 0.5 and 2, relative elsewhere (PTX ISA 9.7, lg2).
DEVICE float log2_approx(float x) { float y; asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }`,
  },
  rcp_approx: {
    needs: [],
    text: `
// 1 / x to 1 ulp (PTX ISA 9.7, rcp).
DEVICE float rcp_approx(float x) { float y; asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }`,
  },
  tanh_f32: {
    needs: ["exp2_approx", "rcp_approx"],
    text: `
// tanh x to 5 ulp, without a branch: an odd polynomial near zero, 1 - 2 / (e^2x + 1) elsewhere.
DEVICE float tanh_f32(float x) {
  const float z = x * x, far = 1.0f - 2.0f * rcp_approx(exp2_approx(fabsf(x) * 2.88539008f) + 1.0f);
  const float near = x + x * z * (((0.016466692f * z - 0.052689694f) * z + 0.13321064f) * z - 0.33332966f);
  return z < 0.3025f ? near : copysignf(far, x);
}`,
  },
  tanh_approx: {
    needs: ({ approximateTanh }) => (approximateTanh ? [] : ["tanh_f32"]),
    text: ({ approximateTanh }) =>
      approximateTanh
        ? `
// tanh x with a relative error of 2^-11 (PTX ISA 9.7, tanh).
DEVICE float tanh_approx(float x) { float y; asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }`
        : `DEVICE float tanh_approx(float x) { return tanh_f32(x); }`,
  },
  read_f32: {
    needs: [],
    text: `
// One element of an input, through the read-only cache.
DEVICE float read(const float* from) { return __ldg(from); }`,
  },
  read_i32: {
    needs: [],
    text: `
// One element of an input, through the read-only cache.
DEVICE int read(const int* from) { return __ldg(from); }`,
  },
  read_f16: {
    needs: ["f16"],
    text: `
// One element of an f16 input as float, through the read-only cache.
DEVICE float read(const f16* from) {
  float x; asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(__ldg(&from->bits))); return x;
}`,
  },
  read_bf16: {
    needs: ["bf16"],
    text: `
// One element of a bf16 input as float, through the read-only cache.
DEVICE float read(const bf16* from) { return __int_as_float((u32)__ldg(&from->bits) << 16); }`,
  },
} as const satisfies Readonly<Record<string, Helper>>;
