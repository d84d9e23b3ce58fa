// document_prefill, sm_80. Generated from kernels/document_prefill.ts; do not edit.
//
// Causal grouped-query attention over documents that are packed into one sequence.
//
//   o[b = B, q = Sq, h = G * Hkv, d = 128] = softmax(s) v, with 0 in a row that sees no key
//   lse[b = B, h = G * Hkv, q = Sq] = log sum exp(s), base e, with -inf in a row that sees no key
//   scale: 0.08838834764831843
//   mask: masks.and(masks.causal, masks.documents("documents"))   (kernels/document_prefill.ts:19:9)
//
// summary: A block of 1 warp owns 16 rows of pieces, a warp 16 of them.
// Shared memory: 0 bytes.
// Threads: 32 a block, 1 blocks an SM.
//
// document_prefill: A block of 4 warps owns 128 rows of q, a warp 32 of them, and walks kv in tiles of 32.
// Shared memory: 49152 bytes: qs 32768, ks 8192, vs 8192, os 32768 (where qs was).
// Threads: 128 a block, 2 blocks an SM.

typedef unsigned int u32;
typedef long long i64;

#define DEVICE __device__ __forceinline__
#define HOST_DEVICE __host__ __device__ __forceinline__
#define INLINED __attribute__((always_inline))  // into every call, so that flags are constants in each
#define UNROLL _Pragma("unroll")
#define ROLLED _Pragma("unroll 1")

constexpr float LN2 = 0.6931472f;  // natural logarithm of 2
constexpr float SCALE_LOG2E = 0.12751743f;  // scale * log2 e

// ---- types and functions of scalars ---------------------------------------------------------------------------------
struct f16 { unsigned short bits; };

// Block and thread index, read by volatile asm: code outside the hot loop derives its indices anew instead of keeping
// them in registers through it.
DEVICE int block_index() { int i; asm volatile("mov.u32 %0, %%ctaid.x;" : "=r"(i)); return i; }
DEVICE int thread_index() { int i; asm volatile("mov.u32 %0, %%tid.x;" : "=r"(i)); return i; }

// A thread holds rows first_row() + 8 r of its block's tile, r = 0 .. kRows / 8 - 1; a warp owns kRows whole rows.
template <int kRows> DEVICE int first_row() { return thread_index() / 32 * kRows + thread_index() % 32 / 4; }

// Of each 8 columns of an accumulator a thread holds two, this one and the next.
DEVICE int first_column() { return thread_index() % 4 * 2; }

DEVICE float infinity() { return __int_as_float(0x7f800000); }

// Quotient and remainder rounded towards minus infinity.
template <class T> HOST_DEVICE T floor_div(T a, T b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }

// The largest power of two that is at most max(x, 1).
template <class T> HOST_DEVICE T floor_pow2(T x) { T power = 1; while (power <= x / 2) power *= 2; return power; }

// 2^x to 2 ulp, flushing denormals (PTX ISA 9.7, ex2).
DEVICE float exp2_approx(float x) { float y; asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }

// log2 x; error at most 2^-22, absolute between 0.5 and 2, relative elsewhere (PTX ISA 9.7, lg2).
DEVICE float log2_approx(float x) { float y; asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }

// One element of an input, through the read-only cache.
DEVICE int read(const int* from) { return __ldg(from); }

// ---- one helper per PTX instruction ---------------------------------------------------------------------------------

// The 32-bit shared-memory address that the instructions below take.
DEVICE u32 shared_address(const void* p) { return (u32)__cvta_generic_to_shared(p); }

// Starts an asynchronous copy of 16 bytes from global to shared memory, past L1 and with the whole 128-byte line asked
// of L2 (PTX ISA 9.7, cp.async).
DEVICE void copy16(u32 to, const void* from) {
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16;" ::"r"(to), "l"(from) : "memory");
}

// The same, but where `inside` is false 16 zeros are written and nothing is read. `from` must be mapped all the same.
DEVICE void copy16_or_zero(u32 to, const void* from, bool inside) {
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;"
               ::"r"(to), "l"(from), "r"(inside ? 16 : 0) : "memory");
}

// Closes this thread's group of copies (PTX ISA 9.7, cp.async.commit_group).
DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Until at most kPending groups of this thread's copies are in flight; other threads see the data after a barrier
// (PTX ISA 9.7, cp.async.wait_group).
template <int kPending> DEVICE void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

// All threads of the block meet; orders their shared-memory accesses (PTX ISA 9.7, bar.sync).
DEVICE void sync_block() { asm volatile("bar.sync 0;" ::: "memory"); }

// The lanes of the warp meet; orders their shared-memory accesses (PTX ISA 9.7, bar.warp.sync).
DEVICE void sync_warp() { asm volatile("bar.warp.sync 0xffffffff;" ::: "memory"); }

// Four 8x8 matrices of 16-bit elements. Lane i gives the address of row i % 8 of matrix i / 8, and receives row
// lane / 4, columns 2 (lane % 4) and + 1, of each (PTX ISA 9.7, ldmatrix).
DEVICE void load_matrices(u32 (&x)[4], u32 address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(x[0]), "=r"(x[1]), "=r"(x[2]), "=r"(x[3]) : "r"(address) : "memory");
}

// Four 8x8 matrices of 16-bit elements, each transposed on the way: lane i gives the address of row i % 8 of matrix
// i / 8, and receives column lane / 4, rows 2 (lane % 4) and + 1, of each (PTX ISA 9.7, ldmatrix .trans).
DEVICE void load_matrices_transposed(u32 (&x)[4], u32 address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(x[0]), "=r"(x[1]), "=r"(x[2]), "=r"(x[3]) : "r"(address) : "memory");
}

// Stores 4 bytes to shared memory (PTX ISA 9.7, st).
DEVICE void store_shared(u32 to, u32 x) { asm volatile("st.shared.b32 [%0], %1;" ::"r"(to), "r"(x) : "memory"); }

// Loads 16 bytes from shared memory (PTX ISA 9.7, ld).
DEVICE uint4 load_shared(u32 from) {
  uint4 x;
  asm volatile("ld.shared.v4.b32 {%0, %1, %2, %3}, [%4];"
               : "=r"(x.x), "=r"(x.y), "=r"(x.z), "=r"(x.w) : "r"(from) : "memory");
  return x;
}

// The value of lane ^ mask (PTX ISA 9.7, shfl.sync).
DEVICE float shuffle_xor(float x, int mask) {
  float y; asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;" : "=f"(y) : "f"(x), "r"(mask)); return y;
}

// Whether any lane of the warp says yes. The answer is uniform, so that a branch on it does not diverge
// (PTX ISA 9.7, vote.sync).
DEVICE bool any_lane(bool mine) {
  int any;
  asm volatile("{ .reg .pred a, b; setp.ne.s32 a, %1, 0; vote.sync.any.pred b, a, 0xffffffff; selp.s32 %0, 1, 0, b; }"
               : "=r"(any) : "r"((int)mine));
  return any;
}

// C[16][8] += A[16][16] B[16][8] in f16, sums in f32. With g = lane / 4 and q = lane % 4, C: rows g (c0 c1) and
// g + 8 (c2 c3), columns 2 q and + 1. A: a0 row g, a1 row g + 8 at k = 2 q and + 1; a2, a3 the same rows at k + 8.
// B: column g, b0 at k = 2 q and + 1, b1 at k + 8 (PTX ISA 9.7, mma.m16n8k16).
DEVICE void multiply_add(f16, float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
               "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// C = A B: the first product of a chain, which spares clearing C.
DEVICE void multiply(f16, float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
               "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%10, %10, %10, %10};"
               : "=f"(c[0]), "=f"(c[1]), "=f"(c[2]), "=f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1), "f"(0.0f));
}

// x * 0 + y: a NaN where x is infinite or NaN, or y is NaN, else a zero (PTX ISA 9.7, fma.rn.f16x2).
DEVICE u32 times_zero(f16, u32 x, u32 y) {
  u32 z; asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(z) : "r"(x), "r"(0), "r"(y)); return z;
}

// 1 where a half of x is not zero, else 0.
DEVICE u32 not_zero(f16, u32 x) {
  return ((x & 0x7fff) != 0 ? 0x3c00u : 0) | ((x & 0x7fff0000) != 0 ? 0x3c000000u : 0);
}

// 1 where a half of x is the infinity of that sign or a NaN, else 0.
template <int kSign> DEVICE u32 infinite(f16, u32 x) {
  u32 ones = 0;
  UNROLL for (int i = 0; i < 32; i += 16) {
    const u32 half = x >> i & 0xffff;
    if ((half & 0x7fff) > 0x7c00 || half == (kSign < 0 ? 0x8000 | 0x7c00 : 0x7c00)) ones |= 0x3c00u << i;
  }
  return ones;
}

// x with zeros for its halves that are infinite or NaN.
DEVICE u32 finite(f16, u32 x) {
  UNROLL for (int i = 0; i < 32; i += 16)
    if ((x >> i & 0x7fff) >= 0x7c00) x &= ~(0xffffu << i);
  return x;
}

// Two floats rounded to a pair of f16, `low` in the low half (PTX ISA 9.7, cvt.rn.f16x2.f32).
DEVICE u32 pack(f16, float low, float high) {
  u32 x; asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(x) : "f"(high), "f"(low)); return x;
}

// ---- tiles ----------------------------------------------------------------------------------------------------------

// A warp's kRows x kColumns floats as mma.sync leaves them: 16 x 8 blocks, four elements a lane. A thread sees `rows` x
// `columns` of them: its row r is row lane / 4 + 8 r, its column c is column fixed_column(c) + 2 (lane % 4).
template <int kRows, int kColumns> struct Accumulator {
  static constexpr int rows = kRows / 8, columns = kColumns / 4;
  float x[kRows / 16][kColumns / 8][4];
  DEVICE float& operator()(int r, int c) { return x[r / 2][c / 2][r % 2 * 2 + c % 2]; }
  DEVICE float operator()(int r, int c) const { return x[r / 2][c / 2][r % 2 * 2 + c % 2]; }
};
DEVICE constexpr int fixed_column(int c) { return c / 2 * 8 + c % 2; }

// A warp's kRows x kColumns 16-bit elements as mma.sync takes them for its A: two 16 x 8 blocks of an accumulator side
// by side, a thread's columns c and c + 1 in one register.
template <class T, int kRows, int kColumns> struct Operand {
  static constexpr int rows = kRows / 8, columns = kColumns / 4;
  u32 x[kColumns / 16][kRows / 16][4];
  DEVICE u32& pair(int r, int c) { return x[c / 4][r / 2][c / 2 % 2 * 2 + r % 2]; }
};

// A tile of 16-bit elements in shared memory, row-major. The 16-byte chunk c of row r lies at c ^ r / (8 / kSwizzle) %
// kSwizzle, which keeps copies and ldmatrix free of bank conflicts. Indexed by stage where there are several.
template <class T, int kRows, int kColumns, int kSwizzle> struct Shared {
  typedef T type;
  static constexpr int rows = kRows, columns = kColumns, pitch = kColumns * 2, chunks = kColumns / 8;
  static constexpr int width = chunks % 8 == 0 ? 8 : chunks % 4 == 0 ? 4 : 2;  // lanes that share a row's copy
  u32 address;
  DEVICE Shared operator[](int stage) const { return {address + stage * (kRows * pitch)}; }
  DEVICE u32 at(int row, int chunk) const {
    return address + row * pitch + ((chunk ^ row / (8 / kSwizzle) % kSwizzle) << 4);
  }
  // From the address of a row's chunk 0 to that of chunk n; from chunk 1 to chunk 1 + n where n is even.
  static DEVICE u32 right(u32 at, int n) { return (at ^ (n % kSwizzle << 4)) + n / kSwizzle * kSwizzle * 16; }
};

// Starts copying rows origin .. origin + S::rows of `from`, all threads together, 16 bytes each at a time. With
// `guard`, rows at or past `extent` become zeros. So do the kPadding columns on the right that `from` has not.
template <int kThreads, int kPadding = 0, class S>
DEVICE void copy_rows(S to, const typename S::type* from, i64 stride, int origin, int extent, bool guard) {
  constexpr int kTall = kThreads / S::width;
  const int row = threadIdx.x / S::width, chunk = threadIdx.x % S::width;
  const typename S::type* line = from + origin * stride + row * stride + chunk * 8;
  UNROLL for (int r = 0; r < S::rows; r += kTall) {
    if (S::rows % kTall != 0 && row + r >= S::rows) continue;
    UNROLL for (int c = 0; c < S::chunks; c += S::width) {
      const u32 target = to.at(row + r, chunk) + c * 16;
      const typename S::type* source = line + r * stride + c * 8;
      if (guard || (c + S::width) * 8 > S::columns - kPadding) {
        const bool inside = (!guard || row + r < extent - origin) && (c + chunk) * 8 < S::columns - kPadding;
        copy16_or_zero(target, inside ? source : from, inside);
      } else {
        copy16(target, source);
      }
    }
  }
}

// Columns 16 k .. 16 k + 15 of S = A B^T, the first of which sets S. `a` is the warp's part of A, `b` this lane's
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
}

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
}

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
}

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
}

// The warp's rows of an accumulator, rounded, to its rows of a shared tile.
template <class S, int kRows, int kColumns> DEVICE void put(S to, const Accumulator<kRows, kColumns>& x) {
  const u32 at = to.at(first_row<kRows>(), 0) + thread_index() % 4 * 4;
  UNROLL for (int c = 0; c < x.columns; c += 2)
    UNROLL for (int r = 0; r < x.rows; r++)
      store_shared(S::right(at, c / 2) + r * 8 * S::pitch, pack(typename S::type{}, x(r, c), x(r, c + 1)));
}

// Rows origin .. of `to`, each warp its own kRows rows of a shared tile, 16 bytes a lane; rows at or past `extent` and
// the kPadding columns on the right are left out.
template <int kRows, int kPadding = 0, class S>
DEVICE void store_rows(typename S::type* to, i64 stride, int origin, int extent, S from) {
  const int lane = thread_index() % 32, row = thread_index() / 32 * kRows + lane / S::width, chunk = lane % S::width;
  typename S::type* line = to + origin * stride + row * stride + chunk * 8;
  UNROLL for (int r = 0; r < kRows; r += 32 / S::width)
    UNROLL for (int c = 0; c < S::chunks; c += S::width) {
      const uint4 x = load_shared(from.at(row + r, chunk) + c * 16);
      const bool inside = row + r < extent - origin && (c + chunk) * 8 < S::columns - kPadding;
      if (inside) *(uint4*)(line + r * stride + c * 8) = x;
    }
}

// Elements origin .. of `to`, one per row, by one lane of each quad; those at or past `extent` are left out.
template <class T, int kRows> DEVICE void store_vector(T* to, i64 stride, int origin, int extent, const T (&x)[kRows]) {
  const int row = first_row<kRows * 8>();
  UNROLL for (int r = 0; r < kRows; r++)
    if (thread_index() % 4 == 0 && row + 8 * r < extent - origin) to[((i64)origin + row + 8 * r) * stride] = x[r];
}

// The maximum of this lane's part of each row.
template <int kRows, int kColumns>
DEVICE void lane_max(float (&to)[kRows / 8], const Accumulator<kRows, kColumns>& x) {
  UNROLL for (int c = 0; c < x.columns; c += 4)
    UNROLL for (int r = 0; r < x.rows; r++) {
      const float four = fmaxf(fmaxf(x(r, c), x(r, c + 1)), fmaxf(x(r, c + 2), x(r, c + 3)));
      if (c == 0) to[r] = four;
      else to[r] = fmaxf(to[r], four);
    }
}

// The sum of this lane's part of each row and of what `to` holds.
template <int kRows, int kColumns>
DEVICE void lane_sum_into(float (&to)[kRows / 8], const Accumulator<kRows, kColumns>& x) {
  UNROLL for (int c = 0; c < x.columns; c += 4)
    UNROLL for (int r = 0; r < x.rows; r++) {
      const float four = (x(r, c) + x(r, c + 1)) + (x(r, c + 2) + x(r, c + 3));
      to[r] += four;
    }
}

// The maximum over the four lanes of a quad, known to all of them.
template <int kRows> DEVICE void join_max(float (&to)[kRows], const float (&x)[kRows]) {
  UNROLL for (int r = 0; r < kRows; r++) to[r] = fmaxf(x[r], shuffle_xor(x[r], 1));
  UNROLL for (int r = 0; r < kRows; r++) to[r] = fmaxf(to[r], shuffle_xor(to[r], 2));
}

// The sum over the four lanes of a quad, known to all of them.
template <int kRows> DEVICE void join_sum(float (&to)[kRows], const float (&x)[kRows]) {
  UNROLL for (int r = 0; r < kRows; r++) to[r] = x[r] + shuffle_xor(x[r], 1);
  UNROLL for (int r = 0; r < kRows; r++) to[r] = to[r] + shuffle_xor(to[r], 2);
}

namespace summary {

// ---- summary --------------------------------------------------------------------------------------------------------

constexpr int WARPS = 1, THREADS = WARPS * 32;
constexpr int BLOCKS_PER_SM = 1;
constexpr int TILE_PIECES = 16;  // pieces of a block
constexpr int WARP_PIECES = TILE_PIECES / WARPS;  // of a warp
constexpr int THREAD_PIECES = WARP_PIECES / 8;  // of a thread, shared with the rest of its quad

// Strides count elements; the last axis of a tensor is dense.
struct Params {
  const f16* q;  // [b = B, q = Sq, h = G * Hkv, d = 128]
  i64 q_stride_b, q_stride_q, q_stride_h;
  const f16* k;  // [b = B, kv = Skv, hkv = Hkv, d = 128]
  i64 k_stride_b, k_stride_kv, k_stride_hkv;
  const f16* v;  // [b = B, kv = Skv, hkv = Hkv, d = 128]
  i64 v_stride_b, v_stride_kv, v_stride_hkv;
  const int* documents;  // [b = B, kv = Skv]
  i64 documents_stride_b;
  f16* o;  // [b = B, q = Sq, h = G * Hkv, d = 128]
  i64 o_stride_b, o_stride_q, o_stride_h;
  float* lse;  // [b = B, h = G * Hkv, q = Sq]
  i64 lse_stride_b, lse_stride_h;
  int* least_0;  // [b = B, kv = max(div(Skv + 31, 32), 1)]
  i64 least_0_stride_b;
  int* greatest_0;  // [b = B, kv = max(div(Skv + 31, 32), 1)]
  i64 greatest_0_stride_b;
  int B, Sq, G, Hkv, Skv;
  int heads;  // sequences of documents
};

// What a block computes.
struct At {
  int piece;
  int b;
};

DEVICE At locate(const Params& params) {
  const int block = block_index();
  const int turn = block / params.heads;  // which pieces
  const int piece = turn * 16;  // first piece of the block
  const int head = block - turn * params.heads;  // which sequence
  const int b = head;
  return {piece, b};
}

extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS_PER_SM)
document_prefill_sm_80_summary(const __grid_constant__ Params params) {
  const At at = locate(params);
  int low[THREAD_PIECES];  // least element of the piece
  int high[THREAD_PIECES];  // greatest element of the piece

  if (params.Skv > 0) {
    // first element of the piece
    {
      const int first = first_row<WARP_PIECES>();
      UNROLL for (int r = 0; r < THREAD_PIECES; r++) {
        const int row = first + 8 * r;
        low[r] = read(params.documents + at.b * params.documents_stride_b + min((at.piece + row) * 32, params.Skv - 1));
      }
    }
    UNROLL for (int r = 0; r < THREAD_PIECES; r++) high[r] = low[r];
    for (int i = 1; i < 32; i++) {
      {
        const int first = first_row<WARP_PIECES>();
        UNROLL for (int r = 0; r < THREAD_PIECES; r++) {
          const int row = first + 8 * r;
          low[r] = min(low[r], read(params.documents + at.b * params.documents_stride_b + min((at.piece + row) * 32 + i,
              params.Skv - 1)));
        }
      }
      {
        const int first = first_row<WARP_PIECES>();
        UNROLL for (int r = 0; r < THREAD_PIECES; r++) {
          const int row = first + 8 * r;
          high[r] = max(high[r],
              read(params.documents + at.b * params.documents_stride_b + min((at.piece + row) * 32 + i,
                  params.Skv - 1)));
        }
      }
    }
    store_vector(params.least_0 + at.b * params.least_0_stride_b, 1, at.piece, max((params.Skv + 31) / 32, 1), low);
    store_vector(params.greatest_0 + at.b * params.greatest_0_stride_b, 1, at.piece, max((params.Skv + 31) / 32, 1),
        high);
  }
}
}
namespace document_prefill {

// ---- document_prefill -----------------------------------------------------------------------------------------------

constexpr int WARPS = 4, THREADS = WARPS * 32;
constexpr int BLOCKS_PER_SM = 2;
constexpr int TILE_Q = 128;  // q of a block
constexpr int WARP_Q = TILE_Q / WARPS;  // of a warp
constexpr int THREAD_Q = WARP_Q / 8;  // of a thread, shared with the rest of its quad
constexpr int TILE_KV = 32;  // kv of a block

// Strides count elements; the last axis of a tensor is dense.
struct Params {
  const f16* q;  // [b = B, q = Sq, h = G * Hkv, d = 128]
  i64 q_stride_b, q_stride_q, q_stride_h;
  const f16* k;  // [b = B, kv = Skv, hkv = Hkv, d = 128]
  i64 k_stride_b, k_stride_kv, k_stride_hkv;
  const f16* v;  // [b = B, kv = Skv, hkv = Hkv, d = 128]
  i64 v_stride_b, v_stride_kv, v_stride_hkv;
  const int* documents;  // [b = B, kv = Skv]
  i64 documents_stride_b;
  f16* o;  // [b = B, q = Sq, h = G * Hkv, d = 128]
  i64 o_stride_b, o_stride_q, o_stride_h;
  float* lse;  // [b = B, h = G * Hkv, q = Sq]
  i64 lse_stride_b, lse_stride_h;
  int* least_0;  // [b = B, kv = max(div(Skv + 31, 32), 1)]
  i64 least_0_stride_b;
  int* greatest_0;  // [b = B, kv = max(div(Skv + 31, 32), 1)]
  i64 greatest_0_stride_b;
  int B, Sq, G, Hkv, Skv;
  int row_tiles;  // tiles of rows in each head
  int heads;  // heads of all batch entries
  int section;  // heads whose k and v fit in L2 together
};

// What a block computes.
struct At {
  int q0;
  int b;
  int h;
  int hkv;
  int top;
  int count;
  int row_least_0;
  int row_greatest_0;
};

DEVICE At locate(const Params& params) {
  const int block = block_index();
  // first head of this block's section
  const int section_start = block / (params.section * params.row_tiles) * params.section;
  const int width = min(params.section, params.heads - section_start);  // heads in the section
  const int place = block - section_start * params.row_tiles;  // rank within the section
  const int turn = floor_div(place, width);
  const int q0 = (params.row_tiles - 1 - turn) * 128;  // first row; the longest rows come first
  const int head = section_start + (place - turn * width);
  const int b = floor_div(head, params.G * params.Hkv);
  const int h = head - b * (params.G * params.Hkv);
  const int hkv = floor_div(h, params.G);  // the group's key and value head
  // end of the key tiles with a visible key
  const int hi = (max(params.Skv - params.Sq + min(q0 + 128, params.Sq), 0) + 31) / 32;
  const int top = hi - 1;  // tile of the first visit
  const int count = hi;  // tiles that may hold a visible key
  // first piece that the rows read
  const int row_first_0 = count > 0 ? max((q0 - params.Sq + params.Skv) >> 5, 0) : 0;
  // last piece that the rows read
  const int row_last_0 = count > 0 ? max((min(q0 + 128, params.Sq) - params.Sq + params.Skv - 1) >> 5, 0) : 0;
  // least element that the rows read
  const int row_least_0 = count > 0 ? min(min(min(min(read(params.least_0 + b * params.least_0_stride_b + row_first_0),
      read(params.least_0 + b * params.least_0_stride_b + min(row_first_0 + 1, row_last_0))),
          read(params.least_0 + b * params.least_0_stride_b + min(row_first_0 + 2, row_last_0))),
              read(params.least_0 + b * params.least_0_stride_b + min(row_first_0 + 3, row_last_0))),
                  read(params.least_0 + b * params.least_0_stride_b + row_last_0)) : 0;
  // greatest element that the rows read
  const int row_greatest_0 = count > 0
      ? max(max(max(max(read(params.greatest_0 + b * params.greatest_0_stride_b + row_first_0),
          read(params.greatest_0 + b * params.greatest_0_stride_b + min(row_first_0 + 1, row_last_0))),
              read(params.greatest_0 + b * params.greatest_0_stride_b + min(row_first_0 + 2, row_last_0))),
                  read(params.greatest_0 + b * params.greatest_0_stride_b + min(row_first_0 + 3, row_last_0))),
                      read(params.greatest_0 + b * params.greatest_0_stride_b + row_last_0)) : 0;
  return {q0, b, h, hkv, top, count, row_least_0, row_greatest_0};
}

extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS_PER_SM)
document_prefill_sm_80_document_prefill(const __grid_constant__ Params params) {
  extern __shared__ __align__(128) char memory[];
  const u32 shared = shared_address(memory);
  const Shared<f16, TILE_Q, 128, 8> qs{shared};
  const Shared<f16, TILE_KV, 128, 8> ks{shared + 32768};
  const Shared<f16, TILE_KV, 128, 8> vs{shared + 40960};
  const Shared<f16, TILE_Q, 128, 8> os{shared};
  const At at = locate(params);
  const f16* q = params.q + at.b * params.q_stride_b + at.h * params.q_stride_h;
  const f16* k = params.k + at.b * params.k_stride_b + at.hkv * params.k_stride_hkv;
  const f16* v = params.v + at.b * params.v_stride_b + at.hkv * params.v_stride_hkv;
  Accumulator<WARP_Q, 128> acc;
  float m[THREAD_Q];
  float l[THREAD_Q];
  float lse_row[THREAD_Q];
  float inverse[THREAD_Q];
  float l_row[THREAD_Q];
  float ceiling[THREAD_Q];

  auto step = [&](int t, int here, int next, bool masked) INLINED {
    Accumulator<WARP_Q, TILE_KV> s;
    Operand<f16, WARP_Q, TILE_KV> p;
    float t_max_lane[THREAD_Q];
    float t_max[THREAD_Q];
    float m_new[THREAD_Q];
    float shrink[THREAD_Q];
    int last_col[THREAD_Q];
    const int kv0 = (at.top - here) * 32;  // first key of the tile
    wait_copies<0>();
    sync_block();  // ks has landed; vs is free

    // of this visit; only a partial tile can be ragged
    copy_rows<THREADS>(vs, v, params.v_stride_kv, kv0, params.Skv, masked);
    commit_copies();
    qk(s, qs, ks);  // S = Q K^T
    wait_copies<0>();
    sync_block();  // vs has landed; ks is free
    if (next < at.count) {
      copy_rows<THREADS>(ks, k, params.k_stride_kv, (at.top - next) * 32, params.Skv, false);  // of the next visit
    }
    commit_copies();
    if (masked) {
      {
        const int first = first_row<WARP_Q>(), lane_col = first_column();
        UNROLL for (int r = 0; r < THREAD_Q; r++) {
          const int row = first + 8 * r;
          last_col[r] = min(at.q0 - kv0 + row + params.Skv - params.Sq - lane_col, params.Skv - kv0 - 1 - lane_col);
        }
      }

      // keys that a row does not see, or beyond the last one
      {
        const int first = first_row<WARP_Q>(), lane_col = first_column();
        UNROLL for (int r = 0; r < s.rows; r++) {
          const int row = first + 8 * r;
          const int in_row = read(params.documents + at.b * params.documents_stride_b + max(min(at.q0 + row
              + (params.Skv - params.Sq), params.Skv - 1), 0));
          UNROLL for (int c = 0; c < s.columns; c++)
            s(r, c) = ((fixed_column(c) <= last_col[r]) & (in_row
                == read(params.documents + at.b * params.documents_stride_b + min(kv0 + (lane_col + fixed_column(c)),
                    params.Skv - 1)))) ? s(r, c) : -infinity();
        }
      }
    }
    lane_max(t_max_lane, s);  // maxima of this lane's columns

    // rare after the first tiles: raise m and rescale
    {
      bool any = false;
      UNROLL for (int r = 0; r < THREAD_Q; r++) any |= t_max_lane[r] * SCALE_LOG2E > ceiling[r];
      if (any_lane(any)) {
        join_max(t_max, t_max_lane);  // row maxima of this tile
        UNROLL for (int r = 0; r < THREAD_Q; r++) m_new[r] = fmaxf(m[r], t_max[r] * SCALE_LOG2E);
        UNROLL for (int r = 0; r < THREAD_Q; r++) shrink[r] = exp2_approx(m[r] - m_new[r]);
        UNROLL for (int r = 0; r < THREAD_Q; r++) l[r] *= shrink[r];
        UNROLL for (int r = 0; r < acc.rows; r++) UNROLL for (int c = 0; c < acc.columns; c++) acc(r, c) *= shrink[r];
        UNROLL for (int r = 0; r < THREAD_Q; r++) m[r] = m_new[r];
        UNROLL for (int r = 0; r < THREAD_Q; r++)
          ceiling[r] = m[r] + fminf(fmaxf(log2_approx(l[r] * 4.0f), 1.0f), 8.0f);
      }
    }

    // P = 2^(S - m)
    UNROLL for (int r = 0; r < s.rows; r++)
      UNROLL for (int c = 0; c < s.columns; c++) s(r, c) = exp2_approx(s(r, c) * SCALE_LOG2E - m[r]);
    lane_sum_into(l, s);

    // rounded for the product with V
    UNROLL for (int r = 0; r < p.rows; r++)
      UNROLL for (int c = 0; c < p.columns; c += 2) p.pair(r, c) = pack(f16{}, s(r, c), s(r, c + 1));
    if (masked) {
      pv_skip_zeros(acc, p, vs);  // O += P V
    }
    if (!masked) {
      pv(acc, p, vs);  // O += P V
    }
  };

  // O, not yet normalised
  UNROLL for (int r = 0; r < acc.rows; r++) UNROLL for (int c = 0; c < acc.columns; c++) acc(r, c) = 0.0f;
  UNROLL for (int r = 0; r < THREAD_Q; r++) m[r] = -1e30f;  // running row maximum, log2 units
  UNROLL for (int r = 0; r < THREAD_Q; r++) ceiling[r] = -1e30f;  // what raises m
  UNROLL for (int r = 0; r < THREAD_Q; r++) l[r] = 0.0f;  // running row sum

  // the first that is not excluded
  int start = 0;
  while (start < at.count
      && ((at.row_least_0 > read(params.greatest_0 + at.b * params.greatest_0_stride_b
          + at.top - start)) | (read(params.least_0 + at.b * params.least_0_stride_b
              + at.top - start) > at.row_greatest_0))) start++;
  if (at.count > start) {
    copy_rows<THREADS>(qs, q, params.q_stride_q, at.q0, params.Sq, true);  // rows beyond the last are zeros

    // keys beyond the last are zeros
    copy_rows<THREADS>(ks, k, params.k_stride_kv, (at.top - start) * 32, params.Skv, true);
    commit_copies();

    // tiles that may hold a visible key
    for (int t = 0, here = start, next; here < at.count; t++, here = next) {
      next = here + 1;
      while (next < at.count
          && ((at.row_least_0 > read(params.greatest_0 + at.b * params.greatest_0_stride_b
              + at.top - next)) | (read(params.least_0 + at.b * params.least_0_stride_b
                  + at.top - next) > at.row_greatest_0))) next++;
      // every row sees the tile whole
      const bool covered = (((i64)at.q0 + (i64)params.Skv > (i64)((at.top - here) * 32) + (i64)params.Sq
          + 30ll) & ((at.row_least_0 >= read(params.greatest_0 + at.b * params.greatest_0_stride_b
              + at.top - here)) & (read(params.least_0 + at.b * params.least_0_stride_b
                  + at.top - here) >= at.row_greatest_0))) && params.Skv > (at.top - here) * 32 + 31;
      if (covered) {
        step(t, here, next, false);
      }
      if (!covered) {
        step(t, here, next, true);
      }
    }
  }

  {
    const At at = locate(params);  // anew: the loop keeps no registers for it
    join_sum(l_row, l);  // join the lanes' row sums

    // a row that saw no key yields 0
    UNROLL for (int r = 0; r < THREAD_Q; r++) inverse[r] = l_row[r] == 0.0f ? 0.0f : 1.0f / l_row[r];

    // O = O / l
    UNROLL for (int r = 0; r < acc.rows; r++)
      UNROLL for (int c = 0; c < acc.columns; c++) acc(r, c) *= inverse[r];
    put(os, acc);
    sync_warp();  // the warp's rows are complete
    store_rows<WARP_Q>(params.o + at.b * params.o_stride_b + at.h * params.o_stride_h, params.o_stride_q, at.q0,
        params.Sq, os);

    // log-sum-exp, base e; -inf for a row that saw no key
    UNROLL for (int r = 0; r < THREAD_Q; r++)
      lse_row[r] = l_row[r] == 0.0f ? -infinity() : (m[r] + log2_approx(l_row[r])) * LN2;
    store_vector(params.lse + at.b * params.lse_stride_b + at.h * params.lse_stride_h, 1, at.q0, params.Sq, lse_row);
  }
}
}
// ---- host: the C ABI ------------------------------------------------------------------------------------------------
#ifndef __CUDACC_RTC__
#include <atomic>
#include <cuda_runtime.h>
#include <stddef.h>
#include <stdint.h>

// What a launch takes; the same on every architecture. Strides count elements; the last axis of a tensor is dense.
struct DocumentPrefillArgs {
  uint64_t size;  // sizeof this struct
  int64_t B;
  int64_t Sq;
  int64_t G;
  int64_t Hkv;
  int64_t Skv;
  const void* q;  // f16[b = B, q = Sq, h = G * Hkv, d = 128]
  int64_t q_stride_b;
  int64_t q_stride_q;
  int64_t q_stride_h;
  const void* k;  // f16[b = B, kv = Skv, hkv = Hkv, d = 128]
  int64_t k_stride_b;
  int64_t k_stride_kv;
  int64_t k_stride_hkv;
  const void* v;  // f16[b = B, kv = Skv, hkv = Hkv, d = 128]
  int64_t v_stride_b;
  int64_t v_stride_kv;
  int64_t v_stride_hkv;
  const void* documents;  // i32[b = B, kv = Skv]
  int64_t documents_stride_b;
  void* o;  // f16[b = B, q = Sq, h = G * Hkv, d = 128]
  int64_t o_stride_b;
  int64_t o_stride_q;
  int64_t o_stride_h;
  void* lse;  // f32[b = B, h = G * Hkv, q = Sq]
  int64_t lse_stride_b;
  int64_t lse_stride_h;
  void* workspace;
  uint64_t workspace_bytes;
};
static_assert(sizeof(DocumentPrefillArgs) == 232, "the manifest tells this layout");

// What a code that the launch returned means.
extern "C" const char* document_prefill_sm_80_error(int code) {
  switch (code) {
    case 0: return "no error";
    case -1: return "args->size is not sizeof(DocumentPrefillArgs): the caller was built against another version of this kernel";
    case -2: return "B must lie between 0 and 2147418112";
    case -3: return "Sq must lie between 0 and 2147418112";
    case -4: return "G must lie between 0 and 2147418112";
    case -5: return "Hkv must lie between 0 and 2147418112";
    case -6: return "Skv must lie between 0 and 2147418112";
    case -7: return "axis h of q (G * Hkv) must be at most 2147418112";
    case -8: return "axis kv of least_0 (max((Skv + 31) / 32, 1)) must be at most 2147418112";
    case -9: return "q is a null pointer";
    case -10: return "q must begin at a multiple of 16 bytes";
    case -11: return "the strides of q along b, q, h must be multiples of 8 elements";
    case -12: return "q is not in the memory of the current device";
    case -13: return "k is a null pointer";
    case -14: return "k must begin at a multiple of 16 bytes";
    case -15: return "the strides of k along b, kv, hkv must be multiples of 8 elements";
    case -16: return "v is a null pointer";
    case -17: return "v must begin at a multiple of 16 bytes";
    case -18: return "the strides of v along b, kv, hkv must be multiples of 8 elements";
    case -19: return "documents is a null pointer";
    case -20: return "documents must begin at a multiple of 4 bytes";
    case -21: return "o is a null pointer";
    case -22: return "o must begin at a multiple of 16 bytes";
    case -23: return "the strides of o along b, q, h must be multiples of 8 elements";
    case -24: return "lse is a null pointer";
    case -25: return "lse must begin at a multiple of 4 bytes";
    case -26: return "the workspace is smaller than document_prefill_sm_80_workspace(args) bytes";
    case -27: return "the current device is older than sm_80";
    case -28: return "the current device offers a block less than the 49152 bytes of shared memory that this kernel for sm_80 takes";
    case -29: return "the sizes ask for more than 2147483647 blocks (B, Sq, G, Hkv, Skv)";
  }
  return code > 0 ? cudaGetErrorString((cudaError_t)code) : "no such code";
}

// Bytes of scratch memory that a launch with these sizes needs.
extern "C" size_t document_prefill_sm_80_workspace(const DocumentPrefillArgs* args) {
  const DocumentPrefillArgs& a = *args;
  const i64 B = a.B, Skv = a.Skv;
  return ((B) * (max((Skv + 31ll) / 32ll, 1ll)) * (4) + 255) / 256 * 256 + ((B) * (max((Skv + 31ll) / 32ll,
      1ll)) * (4) + 255) / 256 * 256;
}

// Whether a pointer is not to memory of that device.
static bool elsewhere(const void* pointer, int device) {
  if (pointer == nullptr) return false;
  cudaPointerAttributes at;
  if (cudaPointerGetAttributes(&at, pointer) != cudaSuccess) return cudaGetLastError(), true;
  return at.type != cudaMemoryTypeManaged && (at.type != cudaMemoryTypeDevice || at.device != device);
}

// Readies the kernels on a device: 0, or the code that the launch returns.
static int prepare(int device) {
  static std::atomic<bool> ready[64];
  if (device < 64 && ready[device]) return 0;
  int major, minor, shared;
  if (cudaError_t e = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device)) return e;
  if (cudaError_t e = cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device)) return e;
  if (cudaError_t e = cudaDeviceGetAttribute(&shared, cudaDevAttrMaxSharedMemoryPerBlockOptin, device)) return e;
  const int capability = major * 10 + minor;
  if (capability < 80) return -27;
  if (shared < 49152) return -28;
  if (cudaError_t e = cudaFuncSetAttribute(summary::document_prefill_sm_80_summary,
      cudaFuncAttributeMaxDynamicSharedMemorySize, 0)) return e;
  if (cudaError_t e = cudaFuncSetAttribute(document_prefill::document_prefill_sm_80_document_prefill,
      cudaFuncAttributeMaxDynamicSharedMemorySize, 49152)) return e;
  if (device < 64) ready[device] = true;
  return 0;
}

// 0: started, or nothing to do. Below 0: refused, see the function above. Above 0: a cudaError_t.
// Checked: sizes, null pointers, alignment, strides, the architecture, and that q is on the current device.
// The caller's part: that the other tensors are there too (to ask the runtime about each would take longer than all
// these checks; the Python package knows it from torch), and that memory reaches as far as sizes and strides say.
extern "C" int document_prefill_sm_80_launch(const DocumentPrefillArgs* args, void* stream) {
  if (args == nullptr || args->size != sizeof(DocumentPrefillArgs)) return -1;
  const DocumentPrefillArgs& a = *args;
  if (a.B < 0 || a.B > 2147418112) return -2;
  if (a.Sq < 0 || a.Sq > 2147418112) return -3;
  if (a.G < 0 || a.G > 2147418112) return -4;
  if (a.Hkv < 0 || a.Hkv > 2147418112) return -5;
  if (a.Skv < 0 || a.Skv > 2147418112) return -6;
  const i64 B = a.B, Sq = a.Sq, G = a.G, Hkv = a.Hkv, Skv = a.Skv;
  if (G * Hkv > 2147418112) return -7;
  if (max((Skv + 31ll) / 32ll, 1ll) > 2147418112) return -8;
  // Without an element in any output there is nothing to do.
  if (B == 0 || G * Hkv == 0 || Sq == 0) return 0;
  if (a.q == nullptr && B > 0 && Sq > 0 && G * Hkv > 0) return -9;
  if ((uintptr_t)a.q % 16 != 0) return -10;
  if ((B > 1 && a.q_stride_b % 8 != 0) || (Sq > 1 && a.q_stride_q % 8 != 0)
      || (G * Hkv > 1 && a.q_stride_h % 8 != 0)) return -11;
  if (a.k == nullptr && B > 0 && Skv > 0 && Hkv > 0) return -13;
  if ((uintptr_t)a.k % 16 != 0) return -14;
  if ((B > 1 && a.k_stride_b % 8 != 0) || (Skv > 1 && a.k_stride_kv % 8 != 0)
      || (Hkv > 1 && a.k_stride_hkv % 8 != 0)) return -15;
  if (a.v == nullptr && B > 0 && Skv > 0 && Hkv > 0) return -16;
  if ((uintptr_t)a.v % 16 != 0) return -17;
  if ((B > 1 && a.v_stride_b % 8 != 0) || (Skv > 1 && a.v_stride_kv % 8 != 0)
      || (Hkv > 1 && a.v_stride_hkv % 8 != 0)) return -18;
  if (a.documents == nullptr && B > 0 && Skv > 0) return -19;
  if ((uintptr_t)a.documents % 4 != 0) return -20;
  if (a.o == nullptr && B > 0 && Sq > 0 && G * Hkv > 0) return -21;
  if ((uintptr_t)a.o % 16 != 0) return -22;
  if ((B > 1 && a.o_stride_b % 8 != 0) || (Sq > 1 && a.o_stride_q % 8 != 0)
      || (G * Hkv > 1 && a.o_stride_h % 8 != 0)) return -23;
  if (a.lse == nullptr && B > 0 && G * Hkv > 0 && Sq > 0) return -24;
  if ((uintptr_t)a.lse % 4 != 0) return -25;
  if (a.workspace == nullptr || a.workspace_bytes < document_prefill_sm_80_workspace(args)) return -26;
  int device;
  if (cudaError_t e = cudaGetDevice(&device)) return e;
  if (elsewhere(a.q, device)) return -12;
  if (int code = prepare(device)) return code;

  {
    const i64 heads = B;  // sequences of documents
    if (heads > INT32_MAX) return -29;
    const i64 blocks = (max((Skv + 31ll) / 32ll, 1ll) + 15ll) / 16ll * heads;
    if (blocks > INT32_MAX) return -29;
    summary::Params params;
    params.q = (const f16*)a.q;
    params.q_stride_b = a.q_stride_b, params.q_stride_q = a.q_stride_q, params.q_stride_h = a.q_stride_h;
    params.k = (const f16*)a.k;
    params.k_stride_b = a.k_stride_b, params.k_stride_kv = a.k_stride_kv, params.k_stride_hkv = a.k_stride_hkv;
    params.v = (const f16*)a.v;
    params.v_stride_b = a.v_stride_b, params.v_stride_kv = a.v_stride_kv, params.v_stride_hkv = a.v_stride_hkv;
    params.documents = (const int*)a.documents;
    params.documents_stride_b = a.documents_stride_b;
    params.o = (f16*)a.o;
    params.o_stride_b = a.o_stride_b, params.o_stride_q = a.o_stride_q, params.o_stride_h = a.o_stride_h;
    params.lse = (float*)a.lse;
    params.lse_stride_b = a.lse_stride_b, params.lse_stride_h = a.lse_stride_h;
    params.least_0 = (int*)((char*)a.workspace);
    params.least_0_stride_b = (max((Skv + 31ll) / 32ll, 1ll));
    params.greatest_0 = (int*)((char*)a.workspace + ((B) * (max((Skv + 31ll) / 32ll, 1ll)) * (4) + 255) / 256 * 256);
    params.greatest_0_stride_b = (max((Skv + 31ll) / 32ll, 1ll));
    params.B = (int)B, params.Sq = (int)Sq, params.G = (int)G, params.Hkv = (int)Hkv, params.Skv = (int)Skv;
    params.heads = (int)heads;
    void* arguments[] = {&params};
    if (cudaError_t e = cudaLaunchKernel((const void*)summary::document_prefill_sm_80_summary, dim3((unsigned)blocks),
        dim3(summary::THREADS), arguments, 0, (cudaStream_t)stream)) return e;
  }

  {
    const i64 row_tiles = (Sq + 127ll) / 128ll;  // tiles of rows in each head
    if (row_tiles > INT32_MAX) return -29;
    const i64 heads = B * (G * Hkv);  // heads of all batch entries
    if (heads > INT32_MAX) return -29;
    // heads whose k and v fit in L2 together
    const i64 section = floor_pow2(min(16000000ll / max(B * Skv * Hkv * 512ll / max(heads, 1ll), 1ll), heads));
    if (section > INT32_MAX) return -29;
    const i64 blocks = row_tiles * heads;
    if (blocks > INT32_MAX) return -29;
    document_prefill::Params params;
    params.q = (const f16*)a.q;
    params.q_stride_b = a.q_stride_b, params.q_stride_q = a.q_stride_q, params.q_stride_h = a.q_stride_h;
    params.k = (const f16*)a.k;
    params.k_stride_b = a.k_stride_b, params.k_stride_kv = a.k_stride_kv, params.k_stride_hkv = a.k_stride_hkv;
    params.v = (const f16*)a.v;
    params.v_stride_b = a.v_stride_b, params.v_stride_kv = a.v_stride_kv, params.v_stride_hkv = a.v_stride_hkv;
    params.documents = (const int*)a.documents;
    params.documents_stride_b = a.documents_stride_b;
    params.o = (f16*)a.o;
    params.o_stride_b = a.o_stride_b, params.o_stride_q = a.o_stride_q, params.o_stride_h = a.o_stride_h;
    params.lse = (float*)a.lse;
    params.lse_stride_b = a.lse_stride_b, params.lse_stride_h = a.lse_stride_h;
    params.least_0 = (int*)((char*)a.workspace);
    params.least_0_stride_b = (max((Skv + 31ll) / 32ll, 1ll));
    params.greatest_0 = (int*)((char*)a.workspace + ((B) * (max((Skv + 31ll) / 32ll, 1ll)) * (4) + 255) / 256 * 256);
    params.greatest_0_stride_b = (max((Skv + 31ll) / 32ll, 1ll));
    params.B = (int)B, params.Sq = (int)Sq, params.G = (int)G, params.Hkv = (int)Hkv, params.Skv = (int)Skv;
    params.row_tiles = (int)row_tiles, params.heads = (int)heads, params.section = (int)section;
    void* arguments[] = {&params};
    if (cudaError_t e = cudaLaunchKernel((const void*)document_prefill::document_prefill_sm_80_document_prefill,
        dim3((unsigned)blocks), dim3(document_prefill::THREADS), arguments, 49152, (cudaStream_t)stream)) return e;
  }
  return 0;
}
#endif
