// Device helpers on the fragments of mma.m8n8k4: how a warp's tile lies in registers, products, and the way between
// registers and shared memory. Sizes and element types are template parameters; no names of a program.

import type { Helper } from "./helper.ts";

export const fragmentTypes = {
  Accumulator: {
    needs: [],
    text: `
// A warp's kRows x kColumns floats as mma.sync leaves them: 16 x 16 blocks, eight elements a lane. A thread sees \`rows\` x
// \`columns\` of them: its row r is row first_row() + fixed_row(r), its column c column first_column() + fixed_column(c).
template <int kRows, int kColumns> struct Accumulator {
  static constexpr int rows = kRows / 8, columns = kColumns / 4;
  float x[kRows / 16][kColumns / 16][8];
  DEVICE float& operator()(int r, int c) { return x[r / 2][c / 4][c / 2 % 2 * 4 + r % 2 * 2 + c % 2]; }
  DEVICE float operator()(int r, int c) const { return x[r / 2][c / 4][c / 2 % 2 * 4 + r % 2 * 2 + c % 2]; }
};`,
  },
  fixed_column: {
    needs: ["Accumulator"],
    text: `DEVICE constexpr int fixed_column(int c) { return c / 4 * 16 + c / 2 % 2 * 4 + c % 2; }`,
  },
  Operand: {
    needs: [],
    text: `
// A warp's kRows x kColumns 16-bit elements as mma.sync takes them for its A: of each 16 rows a lane has row
// operand_row(), eight columns (two products) in 16 bytes.
template <class T, int kRows, int kColumns> struct Operand { uint4 x[kColumns / 8][kRows / 16]; };
DEVICE int operand_row() { return threadIdx.x % 4 + (threadIdx.x & 8) + threadIdx.x % 32 / 16 * 4; }`,
  },
  Pairs: {
    needs: [],
    text: `
// A warp's kRows x kColumns 16-bit elements where an accumulator has them, a thread's columns c and c + 1 in one register.
template <class T, int kRows, int kColumns> struct Pairs {
  static constexpr int rows = kRows / 8, columns = kColumns / 4;
  u32 x[kColumns / 16][kRows / 16][4];
  DEVICE u32& pair(int r, int c) { return x[c / 4][r / 2][c / 2 % 2 * 2 + r % 2]; }
};`,
  },
};

export const fragmentProducts = {
  to_operand: {
    needs: ["Pairs", "shuffle_pair"],
    text: `
// A 16 x 16 block of pairs as the A of its four products, by six shuffles. The two lanes that differ in bit 1 hold
// columns in turn of the same two rows: each keeps the pairs of one row and gives away the others. Then it has
// eight columns of one row, and the lane that differs in bit 2 the other eight.
DEVICE void to_operand(u32 (&a)[4][2], const u32 (&p)[4]) {
  const bool lower = threadIdx.x & 2, right = threadIdx.x & 4;
  u32 own[2], got[2];
  UNROLL for (int i = 0; i < 2; i++) {
    own[i] = lower ? p[2 * i + 1] : p[2 * i];
    got[i] = shuffle_pair(lower ? p[2 * i] : p[2 * i + 1], 2);
  }
  UNROLL for (int i = 0; i < 4; i++) {
    const u32 mine = (i % 2 == 1) == lower ? own[i / 2] : got[i / 2], other = shuffle_pair(mine, 4);
    a[i / 2][i % 2] = right ? other : mine;
    a[2 + i / 2][i % 2] = right ? mine : other;
  }
}`,
  },
  get: {
    needs: ["Operand", "Shared", "load_shared"],
    text: `
// The warp's rows of a shared tile as operand.
template <class T, int kRows, int kColumns, class S> DEVICE void get(Operand<T, kRows, kColumns>& x, S from) {
  const u32 at = from.at(threadIdx.x / 32 * kRows + operand_row(), 0);
  UNROLL for (int k = 0; k < kColumns / 8; k++)
    UNROLL for (int t = 0; t < kRows / 16; t++) x.x[k][t] = load_shared(S::right(at, k) + t * 16 * S::pitch);
}`,
  },
  qk_step: {
    needs: ["Accumulator", "Shared", "load_shared"],
    text: `
// Columns 8 k .. 8 k + 7 of S = A B^T, two products, the first of which sets S. \`a\` is the warp's part of A, \`b\` this
// lane's address in B. Each fragment of B serves all 16-row blocks of the warp.
template <class B, int kRows, int kColumns>
DEVICE void qk_step(Accumulator<kRows, kColumns>& s, const uint4 (&a)[kRows / 16], u32 b, int k) {
  UNROLL for (int n = 0; n < kColumns / 16; n++) {
    const uint4 x = load_shared(B::right(b, k) + n * 16 * B::pitch);
    UNROLL for (int t = 0; t < kRows / 16; t++) {
      if (k == 0) multiply(typename B::type{}, s.x[t][n], a[t].x, a[t].y, x.x, x.y);
      else multiply_add(typename B::type{}, s.x[t][n], a[t].x, a[t].y, x.x, x.y);
      multiply_add(typename B::type{}, s.x[t][n], a[t].z, a[t].w, x.z, x.w);
    }
  }
}

// The row of B, of each 16, that this lane gives as a column of its product.
DEVICE int qk_row() { return threadIdx.x % 4 + threadIdx.x % 8 / 4 * 8 + threadIdx.x % 32 / 16 * 4; }`,
  },
  qk_operand: {
    needs: ["qk_step", "Operand"],
    text: `
// S = A B^T with A in registers: rows of A against rows of B.
template <int kRows, int kColumns, int kDepth, class B>
DEVICE void qk(Accumulator<kRows, kColumns>& s, const Operand<typename B::type, kRows, kDepth>& a, B b) {
  const u32 b_lane = b.at(qk_row(), 0);
  UNROLL for (int k = 0; k < kDepth / 8; k++) qk_step<B>(s, a.x[k], b_lane, k);
}`,
  },
  qk_shared: {
    needs: ["qk_step", "Operand"],
    text: `
// S = A B^T with A in shared memory: the warp's rows of A against rows of B.
template <int kRows, int kColumns, class A, class B> DEVICE void qk(Accumulator<kRows, kColumns>& s, A a, B b) {
  const u32 a_lane = a.at(threadIdx.x / 32 * kRows + operand_row(), 0), b_lane = b.at(qk_row(), 0);
  UNROLL for (int k = 0; k < A::columns / 8; k++) {
    uint4 x[kRows / 16];
    UNROLL for (int t = 0; t < kRows / 16; t++) x[t] = load_shared(A::right(a_lane, k) + t * 16 * A::pitch);
    qk_step<B>(s, x, b_lane, k);
  }
}`,
  },
  pv: {
    needs: ["Accumulator", "Pairs", "Shared", "to_operand", "load_shared8"],
    text: `
// This lane's address in B, whose rows are columns of P: of each four rows one, of each 16 columns four.
template <class B> DEVICE u32 pv_address(B b) {
  return b.at(threadIdx.x % 4, threadIdx.x / 4 % 2) + threadIdx.x % 32 / 16 * 8;
}

// O += P B, where the columns of P are the rows of B. Each fragment of B serves all 16-row blocks of the warp.
template <int kRows, int kColumns, int kDepth, class B>
DEVICE void pv(Accumulator<kRows, kColumns>& o, const Pairs<typename B::type, kRows, kDepth>& p, B b) {
  const u32 b_lane = pv_address(b);
  UNROLL for (int k = 0; k < kDepth / 16; k++) {
    u32 a[kRows / 16][4][2];
    UNROLL for (int t = 0; t < kRows / 16; t++) to_operand(a[t], p.x[k][t]);
    UNROLL for (int i = 0; i < 4; i++)
      UNROLL for (int n = 0; n < kColumns / 16; n++) {
        const uint2 x = load_shared8(B::right(b_lane, 2 * n) + (16 * k + 4 * i) * B::pitch);
        UNROLL for (int t = 0; t < kRows / 16; t++)
          multiply_add_rows(typename B::type{}, o.x[t][n], a[t][i][0], a[t][i][1], x.x, x.y);
      }
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
DEVICE void pv_skip_zeros(Accumulator<kRows, kColumns>& o, const Pairs<typename B::type, kRows, kDepth>& p, B b) {
  typedef typename B::type T;
  u32 weight = 0;  // of any row; a warp that sees nothing of this tile has nothing to add
  UNROLL for (int k = 0; k < kDepth / 16; k++)
    UNROLL for (int t = 0; t < kRows / 16; t++) UNROLL for (int i = 0; i < 4; i++) weight |= p.x[k][t][i];
  if (!any_lane(weight != 0)) return;
  u32 found[4] = {};  // four chains, so that they overlap
  UNROLL for (int i = 0; i < B::rows * B::chunks; i += 32) {
    const uint4 x = load_shared(b.address + (i + threadIdx.x % 32) * 16);
    found[0] = times_zero(T{}, x.x, found[0]), found[1] = times_zero(T{}, x.y, found[1]);
    found[2] = times_zero(T{}, x.z, found[2]), found[3] = times_zero(T{}, x.w, found[3]);
  }
  if (!any_lane(((found[0] | found[1] | found[2] | found[3]) & 0x7fff7fff) != 0)) return pv(o, p, b);
  Accumulator<kRows, kColumns> sums = o;
  Pairs<T, kRows, kDepth> weights = p;
  const u32 b_lane = pv_address(b);
  ROLLED for (int i = 0; i < kDepth / 16 * (kColumns / 16) * (kRows / 16); i++) {
    const int t = i % (kRows / 16), n = i / (kRows / 16) % (kColumns / 16), k = i / (kRows / 16) / (kColumns / 16);
    u32 a[4][2];
    to_operand(a, weights.x[k][t]);
    float sum[8], positive[8] = {}, negative[8] = {};
    UNROLL for (int e = 0; e < 8; e++) sum[e] = sums.x[t][n][e];
    UNROLL for (int s = 0; s < 4; s++) {
      const uint2 x = load_shared8(B::right(b_lane, 2 * n) + (16 * k + 4 * s) * B::pitch);
      const u32 ones[2] = {not_zero(T{}, a[s][0]), not_zero(T{}, a[s][1])};
      multiply_add_rows(T{}, sum, a[s][0], a[s][1], finite(T{}, x.x), finite(T{}, x.y));
      multiply_add_rows(T{}, positive, ones[0], ones[1], infinite<1>(T{}, x.x), infinite<1>(T{}, x.y));
      multiply_add_rows(T{}, negative, ones[0], ones[1], infinite<-1>(T{}, x.x), infinite<-1>(T{}, x.y));
    }
    UNROLL for (int e = 0; e < 8; e++)
      sums.x[t][n][e] = sum[e] + (positive[e] > 0 ? infinity() : 0) - (negative[e] > 0 ? infinity() : 0);
  }
  o = sums;
}`,
  },
  put: {
    needs: ["Accumulator", "Shared", "store_shared", "first_row"],
    text: `
// The warp's rows of an accumulator, rounded, to its rows of a shared tile.
template <class S, int kRows, int kColumns> DEVICE void put(S to, const Accumulator<kRows, kColumns>& x) {
  const int row = first_row<kRows>(), lane = thread_index() % 32;
  UNROLL for (int r = 0; r < x.rows; r++) {
    const u32 at = to.at(row + fixed_row(r), lane / 4 % 2) + lane / 2 % 2 * 4;
    UNROLL for (int c = 0; c < x.columns; c += 2)
      store_shared(S::right(at, c / 4 * 2) + c / 2 % 2 * 8, pack(typename S::type{}, x(r, c), x(r, c + 1)));
  }
}`,
  },
} as const satisfies Readonly<Record<string, Helper>>;
