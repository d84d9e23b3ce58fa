// Device helpers on the fragments of mma.m16n8: how a warp's tile lies in registers, products, and the way between
// registers and shared memory. Sizes and element types are template parameters; no names of a program.

import type { Helper } from "./helper.ts";

export const fragmentTypes = {
  Accumulator: {
    needs: [],
    text: `
// A warp's kRows x kColumns floats as mma.sync leaves them: 16 x 8 blocks, four elements a lane. A thread sees \`rows\` x
// \`columns\` of them: its row r is row lane / 4 + 8 r, its column c is column fixed_column(c) + 2 (lane % 4).
template <int kRows, int kColumns> struct Accumulator {
  static constexpr int rows = kRows / 8, columns = kColumns / 4;
  float x[kRows / 16][kColumns / 8][4];
  DEVICE float& operator()(int r, int c) { return x[r / 2][c / 2][r % 2 * 2 + c % 2]; }
  DEVICE float operator()(int r, int c) const { return x[r / 2][c / 2][r % 2 * 2 + c % 2]; }
};`,
  },
  fixed_column: {
    needs: ["Accumulator"],
    text: `DEVICE constexpr int fixed_column(int c) { return c / 2 * 8 + c % 2; }`,
  },
  Operand: {
    needs: [],
    text: `
// A warp's kRows x kColumns 16-bit elements as mma.sync takes them for its A: two 16 x 8 blocks of an accumulator side
// by side, a thread's columns c and c + 1 in one register.
template <class T, int kRows, int kColumns> struct Operand {
  static constexpr int rows = kRows / 8, columns = kColumns / 4;
  u32 x[kColumns / 16][kRows / 16][4];
  DEVICE u32& pair(int r, int c) { return x[c / 4][r / 2][c / 2 % 2 * 2 + r % 2]; }
};`,
  },
} as const satisfies Readonly<Record<string, Helper>>;

export const fragmentProducts = {
  get: {
    needs: ["Operand", "Shared", "load_matrices"],
    text: `
// The warp's rows of a shared tile as operand.
template <class T, int kRows, int kColumns, class S> DEVICE void get(Operand<T, kRows, kColumns>& x, S from) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const u32 at = from.at(warp * kRows + lane % 16, lane / 16);
  UNROLL for (int k = 0; k < kColumns / 16; k++)
    UNROLL for (int t = 0; t < kRows / 16; t++) load_matrices(x.x[k][t], S::right(at, 2 * k) + t * 16 * S::pitch);
}`,
  },
  qk_step: {
    needs: ["Accumulator", "Shared", "load_matrices"],
    text: `
// Columns 16 k .. 16 k + 15 of S = A B^T, the first of which sets S. \`a\` is the warp's part of A, \`b\` this lane's
// address in B. Each fragment of B serves all 16-row blocks of the warp.
template <class B, int kRows, int kColumns>
DEVICE void qk_step(Accumulator<kRows, kColumns>& s, const u32 (&a)[kRows / 16][4], u32 b, int k) {
  UNROLL for (int n = 0; n < kColumns / 16; n++) {
    u32 x[4];
    load_matrices(x, B::right(b, 2 * k) + n * 16 * B::pitch);
    UNROLL for (int t = 0; t < kRows / 16; t++)
      UNROLL for (int half = 0; half < 2; half++)
        if (k == 0) multiply(typename B::type{}, s.x[t][2 * n + half], a[t], x[2 * half], x[2 * half + 1]);
        else multiply_add(typename B::type{}, s.x[t][2 * n + half], a[t], x[2 * half], x[2 * half + 1]);
  }
}`,
  },
  qk_operand: {
    needs: ["qk_step", "Operand"],
    text: `
// S = A B^T with A in registers: rows of A against rows of B.
template <int kRows, int kColumns, int kDepth, class B>
DEVICE void qk(Accumulator<kRows, kColumns>& s, const Operand<typename B::type, kRows, kDepth>& a, B b) {
  const int lane = threadIdx.x % 32;
  const u32 b_lane = b.at(lane % 8 + lane / 16 * 8, lane / 8 % 2);
  UNROLL for (int k = 0; k < kDepth / 16; k++) qk_step<B>(s, a.x[k], b_lane, k);
}`,
  },
  qk_shared: {
    needs: ["qk_step"],
    text: `
// S = A B^T with A in shared memory: the warp's rows of A against rows of B.
template <int kRows, int kColumns, class A, class B> DEVICE void qk(Accumulator<kRows, kColumns>& s, A a, B b) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const u32 a_lane = a.at(warp * kRows + lane % 16, lane / 16);
  const u32 b_lane = b.at(lane % 8 + lane / 16 * 8, lane / 8 % 2);
  UNROLL for (int k = 0; k < A::columns / 16; k++) {
    u32 x[kRows / 16][4];
    UNROLL for (int t = 0; t < kRows / 16; t++) load_matrices(x[t], A::right(a_lane, 2 * k) + t * 16 * A::pitch);
    qk_step<B>(s, x, b_lane, k);
  }
}`,
  },
  pv: {
    needs: ["Accumulator", "Operand", "Shared", "load_matrices_transposed"],
    text: `
// O += P B, where the columns of P are the rows of B. Each fragment of B serves all 16-row blocks of the warp.
template <int kRows, int kColumns, int kDepth, class B>
DEVICE void pv(Accumulator<kRows, kColumns>& o, const Operand<typename B::type, kRows, kDepth>& p, B b) {
  const int lane = threadIdx.x % 32;
  const u32 b_lane = b.at(lane % 16, lane / 16);
  UNROLL for (int k = 0; k < kDepth / 16; k++)
    UNROLL for (int n = 0; n < kColumns / 16; n++) {
      u32 x[4];
      load_matrices_transposed(x, B::right(b_lane, 2 * n) + k * 16 * B::pitch);
      UNROLL for (int t = 0; t < kRows / 16; t++)
        UNROLL for (int half = 0; half < 2; half++)
          multiply_add(typename B::type{}, o.x[t][2 * n + half], p.x[k][t], x[2 * half], x[2 * half + 1]);
    }
}`,
  },
  pv_skip_zeros: {
    needs: ["pv", "load_shared", "any_lane", "infinity"],
    text: `
// O += P B like pv, but a weight of zero adds nothing even where B is infinite or NaN. Such elements of B are rare:
// their products are left out first; then those that a weight other than zero meets add their infinities,
// and a NaN adds both. Loops that are not unrolled keep that path short; its copies lie in local memory.
template <int kRows, int kColumns, int kDepth, class B>
DEVICE void pv_skip_zeros(Accumulator<kRows, kColumns>& o, const Operand<typename B::type, kRows, kDepth>& p, B b) {
  typedef typename B::type T;
  const int lane = threadIdx.x % 32;
  u32 weight = 0;  // of any row; a warp that sees nothing of this tile has nothing to add
  UNROLL for (int k = 0; k < kDepth / 16; k++)
    UNROLL for (int t = 0; t < kRows / 16; t++) UNROLL for (int i = 0; i < 4; i++) weight |= p.x[k][t][i];
  if (!any_lane(weight != 0)) return;
  u32 found[4] = {};  // four chains, so that they overlap
  UNROLL for (int i = 0; i < B::rows * B::chunks; i += 32) {
    const uint4 x = load_shared(b.address + (i + lane) * 16);
    found[0] = times_zero(T{}, x.x, found[0]), found[1] = times_zero(T{}, x.y, found[1]);
    found[2] = times_zero(T{}, x.z, found[2]), found[3] = times_zero(T{}, x.w, found[3]);
  }
  if (!any_lane(((found[0] | found[1] | found[2] | found[3]) & 0x7fff7fff) != 0)) return pv(o, p, b);
  Accumulator<kRows, kColumns> sums = o;
  Operand<T, kRows, kDepth> weights = p;
  const u32 b_lane = b.at(lane % 16, lane / 16);
  ROLLED for (int i = 0; i < kDepth / 16 * (kColumns / 16) * (kRows / 16) * 2; i++) {
    const int half = i % 2, t = i / 2 % (kRows / 16), block = i / 2 / (kRows / 16);
    const int n = block % (kColumns / 16), k = block / (kColumns / 16);
    u32 x[4], a[4], ones[4];
    load_matrices_transposed(x, B::right(b_lane, 2 * n) + k * 16 * B::pitch);
    UNROLL for (int e = 0; e < 4; e++) a[e] = weights.x[k][t][e], ones[e] = not_zero(T{}, a[e]);
    const u32 low = half ? x[2] : x[0], high = half ? x[3] : x[1];
    float positive[4], negative[4], sum[4];
    UNROLL for (int e = 0; e < 4; e++) sum[e] = sums.x[t][2 * n + half][e];
    multiply_add(T{}, sum, a, finite(T{}, low), finite(T{}, high));
    multiply(T{}, positive, ones, infinite<1>(T{}, low), infinite<1>(T{}, high));
    multiply(T{}, negative, ones, infinite<-1>(T{}, low), infinite<-1>(T{}, high));
    UNROLL for (int e = 0; e < 4; e++)
      sums.x[t][2 * n + half][e] =
          sum[e] + (positive[e] > 0 ? infinity() : 0) - (negative[e] > 0 ? infinity() : 0);
  }
  o = sums;
}`,
  },
  put: {
    needs: ["Accumulator", "Shared", "store_shared", "first_row"],
    text: `
// The warp's rows of an accumulator, rounded, to its rows of a shared tile.
template <class S, int kRows, int kColumns> DEVICE void put(S to, const Accumulator<kRows, kColumns>& x) {
  const u32 at = to.at(first_row<kRows>(), 0) + thread_index() % 4 * 4;
  UNROLL for (int c = 0; c < x.columns; c += 2)
    UNROLL for (int r = 0; r < x.rows; r++)
      store_shared(S::right(at, c / 2) + r * 8 * S::pitch, pack(typename S::type{}, x(r, c), x(r, c + 1)));
}`,
  },
} as const satisfies Readonly<Record<string, Helper>>;
