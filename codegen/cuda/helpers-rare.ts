// Device helpers for what warpgroups rarely do: products by each warp alone, of tiles in panels. Knows no schedule.

import type { Helper } from "./helper.ts";

export const rareProducts = {
  qk_again: {
    needs: ["Panels", "Accumulator", "load_matrices", "thread_index"],
    text: `
// S = A B^T by each warp alone, its rows of A against rows of B. It is rare: a loop that is not unrolled keeps that
// path short, and its sums lie in local memory until all are there.
template <int kColumns, class A, class B> DEVICE void qk(Accumulator<16, kColumns>& s, A a, B b) {
  const int lane = thread_index() % 32, warp = thread_index() / 32;
  Accumulator<16, kColumns> sums;
  ROLLED for (int n = 0; n < kColumns / 16; n++) {
    float left[4] = {}, right[4] = {};
    UNROLL for (int k = 0; k < A::columns / 16; k++) {
      u32 x[4], y[4];
      load_matrices(x, a.at(warp * 16 + lane % 16, 2 * k + lane / 16));
      load_matrices(y, b.at(n * 16 + lane % 8 + lane / 16 * 8, 2 * k + lane / 8 % 2));
      multiply_add(typename B::type{}, left, x, y[0], y[1]);
      multiply_add(typename B::type{}, right, x, y[2], y[3]);
    }
    UNROLL for (int e = 0; e < 4; e++) sums.x[0][2 * n][e] = left[e], sums.x[0][2 * n + 1][e] = right[e];
  }
  s = sums;
}`,
  },
  quarantine: {
    needs: [
      "Panels",
      "Accumulator",
      "Operand",
      "load_shared",
      "load_matrices_transposed",
      "store_shared",
      "any_thread",
      "infinity",
      "order_copies",
    ],
    text: `
// Adds to o each infinity or NaN of B that a weight other than zero meets, and makes all of them zeros in B: then a
// weight of zero may meet them. The first kThreads threads of the block together. Such elements are rare; a loop that
// is not unrolled keeps that path short, and its copies lie in local memory.
template <int kThreads, int kRows, int kColumns, int kDepth, class B>
DEVICE void quarantine(Accumulator<kRows, kColumns>& o, const Operand<typename B::type, kRows, kDepth>& p, B b) {
  typedef typename B::type T;
  const int lane = threadIdx.x % 32;
  u32 found[4] = {};  // four chains, so that they overlap
  UNROLL for (int i = 0; i < B::bytes / 16; i += kThreads) {
    if (B::bytes / 16 % kThreads != 0 && i + threadIdx.x >= B::bytes / 16) continue;
    const uint4 x = load_shared(b.address + (i + threadIdx.x) * 16);
    found[0] = times_zero(T{}, x.x, found[0]), found[1] = times_zero(T{}, x.y, found[1]);
    found[2] = times_zero(T{}, x.z, found[2]), found[3] = times_zero(T{}, x.w, found[3]);
  }
  order_copies();  // the next bulk copy comes after what was read
  if (!any_thread<kThreads>(((found[0] | found[1] | found[2] | found[3]) & 0x7fff7fff) != 0)) return;
  Accumulator<kRows, kColumns> sums = o;
  Operand<T, kRows, kDepth> weights = p;
  const u32 b_lane = b.at(lane % 16, lane / 16);
  ROLLED for (int i = 0; i < kDepth / 16 * (kColumns / 16) * (kRows / 16) * 2; i++) {
    const int half = i % 2, t = i / 2 % (kRows / 16), block = i / 2 / (kRows / 16);
    const int n = block % (kColumns / 16), k = block / (kColumns / 16);
    u32 x[4], ones[4];
    load_matrices_transposed(x, B::right(b_lane, 2 * n) + k * 16 * B::pitch);
    UNROLL for (int e = 0; e < 4; e++) ones[e] = not_zero(T{}, weights.x[k][t][e]);
    const u32 low = half ? x[2] : x[0], high = half ? x[3] : x[1];
    float positive[4], negative[4];
    multiply(T{}, positive, ones, infinite<1>(T{}, low), infinite<1>(T{}, high));
    multiply(T{}, negative, ones, infinite<-1>(T{}, low), infinite<-1>(T{}, high));
    UNROLL for (int e = 0; e < 4; e++)
      sums.x[t][2 * n + half][e] += (positive[e] > 0 ? infinity() : 0) - (negative[e] > 0 ? infinity() : 0);
  }
  o = sums;
  any_thread<kThreads>(true);  // all have read B
  for (int i = threadIdx.x; i < B::bytes / 16; i += kThreads) {
    const u32 at = b.address + i * 16;
    const uint4 x = load_shared(at);
    store_shared(at, finite(T{}, x.x)), store_shared(at + 4, finite(T{}, x.y));
    store_shared(at + 8, finite(T{}, x.z)), store_shared(at + 12, finite(T{}, x.w));
  }
  order_copies();  // before the matrix unit reads B, and before the next bulk copy
  any_thread<kThreads>(true);
}`,
  },
} as const satisfies Readonly<Record<string, Helper>>;
