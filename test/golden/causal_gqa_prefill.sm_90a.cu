// causal_gqa_prefill, sm_90a. Generated from kernels/causal_gqa_prefill.ts; do not edit.
//
// Causal grouped-query attention for prefill, with per-head ALiBi slopes.
//
//   o[b = B, q = Sq, h = G * Hkv, d = 128] = softmax(s) v, with 0 in a row that sees no key
//   lse[b = B, h = G * Hkv, q = Sq] = log sum exp(s), base e, with -inf in a row that sees no key
//   scale: 0.08838834764831843
//   score: (s, { h, q, kv }, { slopes }) => s + slopes({ h }) * (kv - q)   (kernels/causal_gqa_prefill.ts:20:10)
//   mask: masks.causal   (kernels/causal_gqa_prefill.ts:21:9)
//
// 8 warps of a block own 128 rows of q, a warp 16 of them, and walk kv in tiles of 128; one thread of 4 more: load.
// Shared memory: 163912 bytes: qs 32768, ks 2 x 32768, vs 2 x 32768.
// Threads: 384 a block, 1 blocks an SM.

typedef unsigned int u32;
typedef long long i64;

#define DEVICE __device__ __forceinline__
#define HOST_DEVICE __host__ __device__ __forceinline__
#define INLINED __attribute__((always_inline))  // into every call, so that flags are constants in each
#define UNROLL _Pragma("unroll")
#define ROLLED _Pragma("unroll 1")

constexpr float LOG2E = 1.442695f;  // log2 e
constexpr float LN2 = 0.6931472f;  // natural logarithm of 2
constexpr float SCALE = 0.088388346f;  // of q . k

// ---- types and functions of scalars ---------------------------------------------------------------------------------
typedef unsigned long long u64;
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
DEVICE float read(const float* from) { return __ldg(from); }

// ---- one helper per PTX instruction ---------------------------------------------------------------------------------

// The 32-bit shared-memory address that the instructions below take.
DEVICE u32 shared_address(const void* p) { return (u32)__cvta_generic_to_shared(p); }

// All threads of the block meet; orders their shared-memory accesses (PTX ISA 9.7, bar.sync).
DEVICE void sync_block() { asm volatile("bar.sync 0;" ::: "memory"); }

// The lanes of the warp meet; orders their shared-memory accesses (PTX ISA 9.7, bar.warp.sync).
DEVICE void sync_warp() { asm volatile("bar.warp.sync 0xffffffff;" ::: "memory"); }

// mbarriers in shared memory, one per stage. A phase completes when `count` arrivals have come in; phases are told
// apart by their parity, the first being 0 (PTX ISA 9.7, mbarrier).
template <int kStages> struct Barriers {
  u32 address;
  DEVICE u32 operator[](int stage) const { return address + stage * 8; }
  DEVICE void init(int count) const {
    UNROLL for (int stage = 0; stage < kStages; stage++)
      asm volatile("mbarrier.init.shared.b64 [%0], %1;" ::"r"(address + stage * 8), "r"(count) : "memory");
  }
};

// One arrival of this thread (PTX ISA 9.7, mbarrier.arrive).
DEVICE void arrive(u32 barrier) {
  asm volatile("{ .reg .b64 state; mbarrier.arrive.shared.b64 state, [%0]; }" ::"r"(barrier) : "memory");
}

// Spins until the phase of that parity has completed (PTX ISA 9.7, mbarrier.try_wait).
DEVICE void await_phase(u32 barrier, u32 parity) {
  asm volatile("{ .reg .pred done;\nagain: mbarrier.try_wait.parity.shared.b64 done, [%0], %1;\n@!done bra again;\n}"
               ::"r"(barrier), "r"(parity) : "memory");
}

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

// A tensor and the shape of its boxes, as the copy engine reads them; the host fills it in (CUtensorMap).
struct alignas(64) TensorMap { u64 words[16]; };

// The phase's one arrival; it completes when `bytes` have landed too (PTX ISA 9.7.13, mbarrier.arrive.expect_tx).
DEVICE void arrive_expecting(u32 barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}

// One arrival for the warp, once its lanes have met.
DEVICE void arrive_warp(u32 barrier) {
  sync_warp();
  if (threadIdx.x % 32 == 0) arrive(barrier);
}

// The copy engine sees the mbarriers that this thread has made (PTX ISA 9.7.13, fence.mbarrier_init).
DEVICE void publish_barriers() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }

// What this thread did in shared memory comes before what the matrix unit and the copy engine do there after
// (PTX ISA 9.7.13, fence.proxy.async).
DEVICE void order_copies() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// The value of lane ^ mask (PTX ISA 9.7, shfl.sync).
DEVICE u32 shuffle_xor_u32(u32 x, int mask) {
  u32 y; asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;" : "=r"(y) : "r"(x), "r"(mask)); return y;
}

// Stores 16 bytes to global memory where `inside`, without a branch (PTX ISA 9.7, st).
DEVICE void store_if(bool inside, void* to, const u32 (&x)[4]) {
  asm volatile("{ .reg .pred p; setp.ne.b32 p, %5, 0;\n@p st.global.v4.b32 [%0], {%1, %2, %3, %4}; }"
               ::"l"(to), "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"((int)inside) : "memory");
}

// What the warpgroup has written to registers is there for the matrix instructions that follow (PTX ISA 9.7.15,
// wgmma.fence).
DEVICE void order_registers() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }

// Closes a group of the products started so far (PTX ISA 9.7.15, wgmma.commit_group).
DEVICE void close_products() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }

// Until at most kPending groups of this warp's products are in flight (PTX ISA 9.7.15, wgmma.wait_group).
template <int kPending> DEVICE void await_products() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}

// Warpgroups go one after the other: at barrier 1 + g, group g waits for the one before, which passes the turn on
// (PTX ISA 9.7.13, bar).
DEVICE void take_turn() { asm volatile("bar.sync %0, 256;" ::"r"(1 + (int)threadIdx.x / 128) : "memory"); }
template <int kGroups> DEVICE void pass_turn() {
  asm volatile("bar.arrive %0, 256;" ::"r"(1 + ((int)threadIdx.x / 128 + 1) % kGroups) : "memory");
}

// The first kThreads threads of the block meet at a barrier; whether any of them says yes (PTX ISA 9.7.13, bar.red).
template <int kThreads> DEVICE bool any_thread(bool mine) {
  int any;
  asm volatile("{ .reg .pred a, b; setp.ne.s32 a, %1, 0; bar.red.or.pred b, 15, %2, a; selp.s32 %0, 1, 0, b; }"
               : "=r"(any) : "r"((int)mine), "n"(kThreads) : "memory");
  return any;
}

// Gives a warpgroup more registers a thread, or fewer, out of what the block was launched with (PTX ISA 9.7.19,
// setmaxnreg).
template <int kRegisters> DEVICE void more_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
}
template <int kRegisters> DEVICE void fewer_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
}

// Starts C[64][128] (+)= A[64][16] B[16][128] in f16, sums in f32, for the warpgroup: A and B in shared memory, both
// with the terms along their rows (PTX ISA 9.7.15, wgmma.mma_async).
DEVICE void start_qk(f16, float (&c)[16][4], u64 a, u64 b, bool add) {
  asm volatile("{ .reg .pred add; setp.ne.b32 add, %66, 0;\n"
               "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {"
               "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
               "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
               "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
               "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63 "
               "}, %64, %65, add, 1, 1, 0, 0; }"
               : "+f"(c[0][0]), "+f"(c[0][1]), "+f"(c[0][2]), "+f"(c[0][3]), "+f"(c[1][0]), "+f"(c[1][1]),
                 "+f"(c[1][2]), "+f"(c[1][3]), "+f"(c[2][0]), "+f"(c[2][1]), "+f"(c[2][2]), "+f"(c[2][3]),
                 "+f"(c[3][0]), "+f"(c[3][1]), "+f"(c[3][2]), "+f"(c[3][3]), "+f"(c[4][0]), "+f"(c[4][1]),
                 "+f"(c[4][2]), "+f"(c[4][3]), "+f"(c[5][0]), "+f"(c[5][1]), "+f"(c[5][2]), "+f"(c[5][3]),
                 "+f"(c[6][0]), "+f"(c[6][1]), "+f"(c[6][2]), "+f"(c[6][3]), "+f"(c[7][0]), "+f"(c[7][1]),
                 "+f"(c[7][2]), "+f"(c[7][3]), "+f"(c[8][0]), "+f"(c[8][1]), "+f"(c[8][2]), "+f"(c[8][3]),
                 "+f"(c[9][0]), "+f"(c[9][1]), "+f"(c[9][2]), "+f"(c[9][3]), "+f"(c[10][0]), "+f"(c[10][1]),
                 "+f"(c[10][2]), "+f"(c[10][3]), "+f"(c[11][0]), "+f"(c[11][1]), "+f"(c[11][2]), "+f"(c[11][3]),
                 "+f"(c[12][0]), "+f"(c[12][1]), "+f"(c[12][2]), "+f"(c[12][3]), "+f"(c[13][0]), "+f"(c[13][1]),
                 "+f"(c[13][2]), "+f"(c[13][3]), "+f"(c[14][0]), "+f"(c[14][1]), "+f"(c[14][2]), "+f"(c[14][3]),
                 "+f"(c[15][0]), "+f"(c[15][1]), "+f"(c[15][2]), "+f"(c[15][3])
               : "l"(a), "l"(b), "r"((int)add));
}

// Starts C[64][128] (+)= A[64][16] B[16][128] in f16, sums in f32, for the warpgroup: A in registers, B in shared
// memory with the terms along its columns (PTX ISA 9.7.15, wgmma.mma_async).
DEVICE void start_pv(f16, float (&c)[16][4], const u32 (&a)[4], u64 b, bool add) {
  asm volatile("{ .reg .pred add; setp.ne.b32 add, %69, 0;\n"
               "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {"
               "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
               "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
               "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
               "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63 "
               "}, {%64, %65, %66, %67}, %68, add, 1, 1, 1; }"
               : "+f"(c[0][0]), "+f"(c[0][1]), "+f"(c[0][2]), "+f"(c[0][3]), "+f"(c[1][0]), "+f"(c[1][1]),
                 "+f"(c[1][2]), "+f"(c[1][3]), "+f"(c[2][0]), "+f"(c[2][1]), "+f"(c[2][2]), "+f"(c[2][3]),
                 "+f"(c[3][0]), "+f"(c[3][1]), "+f"(c[3][2]), "+f"(c[3][3]), "+f"(c[4][0]), "+f"(c[4][1]),
                 "+f"(c[4][2]), "+f"(c[4][3]), "+f"(c[5][0]), "+f"(c[5][1]), "+f"(c[5][2]), "+f"(c[5][3]),
                 "+f"(c[6][0]), "+f"(c[6][1]), "+f"(c[6][2]), "+f"(c[6][3]), "+f"(c[7][0]), "+f"(c[7][1]),
                 "+f"(c[7][2]), "+f"(c[7][3]), "+f"(c[8][0]), "+f"(c[8][1]), "+f"(c[8][2]), "+f"(c[8][3]),
                 "+f"(c[9][0]), "+f"(c[9][1]), "+f"(c[9][2]), "+f"(c[9][3]), "+f"(c[10][0]), "+f"(c[10][1]),
                 "+f"(c[10][2]), "+f"(c[10][3]), "+f"(c[11][0]), "+f"(c[11][1]), "+f"(c[11][2]), "+f"(c[11][3]),
                 "+f"(c[12][0]), "+f"(c[12][1]), "+f"(c[12][2]), "+f"(c[12][3]), "+f"(c[13][0]), "+f"(c[13][1]),
                 "+f"(c[13][2]), "+f"(c[13][3]), "+f"(c[14][0]), "+f"(c[14][1]), "+f"(c[14][2]), "+f"(c[14][3]),
                 "+f"(c[15][0]), "+f"(c[15][1]), "+f"(c[15][2]), "+f"(c[15][3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"((int)add));
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

// Elements origin .. of `to`, one per row, by one lane of each quad; those at or past `extent` are left out.
template <class T, int kRows> DEVICE void store_vector(T* to, i64 stride, int origin, int extent, const T (&x)[kRows]) {
  const int row = first_row<kRows * 8>();
  UNROLL for (int r = 0; r < kRows; r++)
    if (thread_index() % 4 == 0 && row + 8 * r < extent - origin) to[((i64)origin + row + 8 * r) * stride] = x[r];
}

// A tile of 16-bit elements in shared memory, in panels of 64 columns: a panel is row-major, 128 bytes a row, and the
// 16-byte chunk c of row r lies at c ^ r % 8. Bulk copies write it so, and matrix descriptors call it 128-byte swizzle
// (PTX ISA 9.7.15, matrix descriptor). Indexed by stage where there are several.
template <class T, int kRows, int kColumns> struct Panels {
  typedef T type;
  static constexpr int rows = kRows, columns = kColumns, pitch = 128, chunks = kColumns / 8, panel = kRows * pitch;
  static constexpr int bytes = (kColumns + 63) / 64 * panel;
  u32 address;
  DEVICE Panels operator[](int stage) const { return {address + stage * bytes}; }
  DEVICE u32 at(int row, int chunk) const {
    return address + chunk / 8 * panel + row * pitch + ((chunk % 8 ^ row % 8) << 4);
  }
  // From the address of a row's chunk 0 to that of chunk n; from chunk 1 to chunk 1 + n where n is even.
  static DEVICE u32 right(u32 at, int n) { return (at ^ (n % 8 << 4)) + n / 8 * panel; }
  // Where columns 16 k .. 16 k + 15 of the first row begin, in bytes.
  static DEVICE constexpr int step(int k) { return k / 4 * panel + k % 4 * 32; }
};

// The low half of a matrix descriptor: where the matrix begins and how far panels are apart, in 16 bytes. The high half
// is the same for all: 1024 bytes from one group of eight rows to the next, 128-byte swizzle.
template <class S> DEVICE u32 descriptor_low(u32 address) { return (address & 0x3ffff) >> 4 | S::panel / 16 << 16; }
DEVICE u64 descriptor(u32 low) {
  u64 d; asm("mov.b64 %0, {%1, %2};" : "=l"(d) : "r"(low), "n"(1 << 30 | 1024 / 16)); return d;
}

// No instruction: the compiler moves no use of these registers across, since a product has written or will read them.
template <int kRows, int kColumns> DEVICE void tie(Accumulator<kRows, kColumns>& x) {
  UNROLL for (int r = 0; r < x.rows; r++)
    UNROLL for (int c = 0; c < x.columns; c++) asm volatile("" : "+f"(x(r, c))::"memory");
}
template <class T, int kRows, int kColumns> DEVICE void tie(Operand<T, kRows, kColumns>& x) {
  UNROLL for (int r = 0; r < x.rows; r++)
    UNROLL for (int c = 0; c < x.columns; c += 2) asm volatile("" : "+r"(x.pair(r, c))::"memory");
}

// Starts S = A B^T for the warpgroup's 64 rows of A against the rows of B. Until it has been waited for, s belongs to
// the matrix unit and A and B are being read.
template <int kColumns, class A, class B> DEVICE void issue_qk(Accumulator<16, kColumns>& s, A a, B b) {
  const u32 rows = threadIdx.x / 128 * 64 * A::pitch;
  const u32 a_low = descriptor_low<A>(a.address + rows), b_low = descriptor_low<B>(b.address);
  tie(s);
  order_registers();
  UNROLL for (int k = 0; k < A::columns / 16; k++)
    start_qk(typename B::type{}, s.x[0], descriptor(a_low + A::step(k) / 16), descriptor(b_low + B::step(k) / 16),
             k > 0);
  close_products();
}

// Starts O += P B, where the columns of P are the rows of B. Until it has been waited for, o and p belong to the matrix
// unit and B is being read.
template <int kColumns, int kDepth, class B>
DEVICE void issue_pv(Accumulator<16, kColumns>& o, Operand<typename B::type, 16, kDepth>& p, B b) {
  const u32 b_low = descriptor_low<B>(b.address);
  tie(o);
  tie(p);
  order_registers();
  UNROLL for (int k = 0; k < kDepth / 16; k++)
    start_pv(typename B::type{}, o.x[0], p.x[k][0], descriptor(b_low + k * 16 * B::pitch / 16), true);
  close_products();
}

// Rows origin .. of `to`, rounded, each warp its own; rows at or past `extent` and the kPadding columns on the right
// are left out. The four lanes of a quad turn 4 x 4 pairs about their diagonal, so that each stores 16 bytes in a row.
template <int kPadding = 0, class T, int kRows, int kColumns>
DEVICE void store_accumulator(T* to, i64 stride, int origin, int extent, const Accumulator<kRows, kColumns>& x) {
  const int row = first_row<kRows>(), quad = thread_index() % 4;
  const bool odd = quad % 2, upper = quad / 2;
  T* line = to + origin * stride + row * stride + quad * 8;
  UNROLL for (int r = 0; r < x.rows; r++)
    UNROLL for (int g = 0; g < (kColumns + 31) / 32; g++) {
      u32 y[4];
      UNROLL for (int i = 0; i < 4; i++)
        y[i] = 4 * g + i < kColumns / 8 ? pack(T{}, x(r, 8 * g + 2 * i), x(r, 8 * g + 2 * i + 1)) : 0;
      u32 z0 = shuffle_xor_u32(odd ? y[0] : y[1], 1), z1 = shuffle_xor_u32(odd ? y[2] : y[3], 1);
      if (odd) y[0] = z0, y[2] = z1;
      else y[1] = z0, y[3] = z1;
      z0 = shuffle_xor_u32(upper ? y[0] : y[2], 2), z1 = shuffle_xor_u32(upper ? y[1] : y[3], 2);
      if (upper) y[0] = z0, y[1] = z1;
      else y[2] = z0, y[3] = z1;
      const bool inside = row + 8 * r < extent - origin && 32 * g + 8 * quad < kColumns - kPadding;
      store_if(inside, line + 8 * r * stride + 32 * g, y);
    }
}

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
}

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
}

// Starts copying the panels of a box, one after the other; the phase completes when all bytes have landed. What lies
// beyond the tensor becomes zeros (PTX ISA 9.7.9, cp.async.bulk.tensor).
template <class S> DEVICE void bulk_copy(S to, const TensorMap& from, u32 barrier, int row, int x, int y) {
  arrive_expecting(barrier, S::bytes);
  UNROLL for (int column = 0; column < S::columns; column += 64)
    asm volatile("cp.async.bulk.tensor.4d.shared::cluster.global.mbarrier::complete_tx::bytes "
                 "[%0], [%1, {%3, %4, %5, %6}], [%2];"
                 ::"r"(to.address + column / 64 * S::panel), "l"(&from), "r"(barrier),
                   "r"(column), "r"(row), "r"(x), "r"(y)
                 : "memory");
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

// The sum of this lane's part of each row.
template <int kRows, int kColumns>
DEVICE void lane_sum(float (&to)[kRows / 8], const Accumulator<kRows, kColumns>& x) {
  UNROLL for (int c = 0; c < x.columns; c += 4)
    UNROLL for (int r = 0; r < x.rows; r++) {
      const float four = (x(r, c) + x(r, c + 1)) + (x(r, c + 2) + x(r, c + 3));
      if (c == 0) to[r] = four;
      else to[r] += four;
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

// ---- causal_gqa_prefill ---------------------------------------------------------------------------------------------

constexpr int WARPS = 12, THREADS = WARPS * 32;
constexpr int COMPUTE_WARPS = 8;  // of role compute
constexpr int BLOCKS_PER_SM = 1;
constexpr int TILE_Q = 128;  // q of a block
constexpr int WARP_Q = TILE_Q / COMPUTE_WARPS;  // of a warp
constexpr int THREAD_Q = WARP_Q / 8;  // of a thread, shared with the rest of its quad
constexpr int TILE_KV = 128;  // kv of a block

// Strides count elements; the last axis of a tensor is dense.
struct Params {
  TensorMap q_boxes;  // boxes of 128 x 64 of d, q, b, h
  TensorMap k_boxes;  // boxes of 128 x 64 of d, kv, b, hkv
  TensorMap v_boxes;  // boxes of 128 x 64 of d, kv, b, hkv
  const f16* q;  // [b = B, q = Sq, h = G * Hkv, d = 128]
  i64 q_stride_b, q_stride_q, q_stride_h;
  const f16* k;  // [b = B, kv = Skv, hkv = Hkv, d = 128]
  i64 k_stride_b, k_stride_kv, k_stride_hkv;
  const f16* v;  // [b = B, kv = Skv, hkv = Hkv, d = 128]
  i64 v_stride_b, v_stride_kv, v_stride_hkv;
  const float* slopes;  // [h = G * Hkv]
  f16* o;  // [b = B, q = Sq, h = G * Hkv, d = 128]
  i64 o_stride_b, o_stride_q, o_stride_h;
  float* lse;  // [b = B, h = G * Hkv, q = Sq]
  i64 lse_stride_b, lse_stride_h;
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
  int partial_end;
  int count;
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
  // end of the key tiles that every row sees whole
  const int full_hi = max(params.Skv - params.Sq + q0 + 1, 0) / 128;
  // end of the key tiles with a visible key
  const int hi = (max(params.Skv - params.Sq + min(q0 + 128, params.Sq), 0) + 127) / 128;
  const int top = hi - 1;  // tile of the first visit
  const int partial_end = hi - full_hi;  // end of the partial tiles
  const int count = partial_end + full_hi;  // tiles to visit
  return {q0, b, h, hkv, top, partial_end, count};
}

extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS_PER_SM)
causal_gqa_prefill_sm_90a_kernel(const __grid_constant__ Params params) {
  extern __shared__ __align__(128) char memory[];
  const u32 shared = shared_address(memory);
  const Panels<f16, TILE_Q, 128> qs{shared};
  const Panels<f16, TILE_KV, 128> ks{shared + 32768};
  const Panels<f16, TILE_KV, 128> vs{shared + 98304};
  const Barriers<1> q_full{shared + 163840};
  const Barriers<2> k_full{shared + 163848};
  const Barriers<2> k_free{shared + 163864};
  const Barriers<2> v_full{shared + 163880};
  const Barriers<2> v_free{shared + 163896};
  const At at = locate(params);
  if (threadIdx.x == 0) {
    q_full.init(1);
    k_full.init(1);
    k_free.init(COMPUTE_WARPS);
    v_full.init(1);
    v_free.init(COMPUTE_WARPS);
    publish_barriers();
  }
  sync_block();  // the mbarriers exist

  if (threadIdx.x < COMPUTE_WARPS * 32) {  // compute
    more_registers<240>();
    Operand<f16, WARP_Q, TILE_KV> p;
    Accumulator<WARP_Q, 128> acc;
    float m[THREAD_Q];
    float l[THREAD_Q];
    float lse_row[THREAD_Q];
    float inverse[THREAD_Q];
    float l_row[THREAD_Q];
    float ceiling[THREAD_Q];

    auto step = [&](int t, bool first_, bool masked, bool exact) INLINED {
      Accumulator<WARP_Q, TILE_KV> s;
      float t_max_lane[THREAD_Q];
      float t_max[THREAD_Q];
      float m_new[THREAD_Q];
      float shrink[THREAD_Q];
      float t_sum[THREAD_Q];
      float base[THREAD_Q];
      int last_col[THREAD_Q];
      float base_2[THREAD_Q];
      const int kv0 = (at.top - t) * 128;  // first key of the tile
      if (!first_) {
        if (exact) {
          if (t - 1 < at.partial_end) {
            await_phase(v_full[(t - 1) % 2], ((t - 1) >> 1) % 2);  // vs has landed
            quarantine<COMPUTE_WARPS * 32>(acc, p, vs[(t - 1) % 2]);  // masked keys must not reach the result
          }
        }
      }
      await_phase(k_full[t % 2], (t >> 1) % 2);  // ks has landed
      take_turn();
      issue_qk(s, qs, ks[t % 2]);  // S = Q K^T
      if (!first_) {
        await_phase(v_full[(t - 1) % 2], ((t - 1) >> 1) % 2);  // vs has landed
        issue_pv(acc, p, vs[(t - 1) % 2]);  // O += P V
      }
      pass_turn<COMPUTE_WARPS * 32 / 128>();
      if (first_) {
        await_products<0>();
        tie(s);
      }
      if (!first_) {
        // the values' product may still run
        await_products<1>();
        tie(s);
      }
      {
        const int first = first_row<WARP_Q>(), lane_col = first_column();
        UNROLL for (int r = 0; r < THREAD_Q; r++) {
          const int row = first + 8 * r;
          base[r] = read(params.slopes + at.h) * (float)(kv0 - at.q0 - row + lane_col);
        }
      }

      // score: (s, { h, q, kv }, { slopes }) => s + slopes({ h }) * (kv - q)
      {
        const float in_tile = read(params.slopes + at.h);
        UNROLL for (int r = 0; r < s.rows; r++)
          UNROLL for (int c = 0; c < s.columns; c++)
            s(r, c) = s(r, c) * SCALE + (base[r] + in_tile * (float)fixed_column(c));
      }
      if (masked) {
        {
          const int first = first_row<WARP_Q>(), lane_col = first_column();
          UNROLL for (int r = 0; r < THREAD_Q; r++) {
            const int row = first + 8 * r;
            last_col[r] = min(at.q0 - kv0 + row + params.Skv - params.Sq - lane_col, params.Skv - kv0 - 1 - lane_col);
          }
        }

        // keys that a row does not see, or beyond the last one
        UNROLL for (int r = 0; r < s.rows; r++)
          UNROLL for (int c = 0; c < s.columns; c++) s(r, c) = fixed_column(c) <= last_col[r] ? s(r, c) : -infinity();
      }
      if (exact) {
        lane_max(t_max_lane, s);  // maxima of this lane's columns
        UNROLL for (int r = 0; r < THREAD_Q; r++) shrink[r] = 1.0f;

        // rare after the first tiles: raise m
        {
          bool any = false;
          UNROLL for (int r = 0; r < THREAD_Q; r++) any |= t_max_lane[r] * LOG2E > ceiling[r];
          if (any_lane(any)) {
            join_max(t_max, t_max_lane);  // row maxima of this tile
            UNROLL for (int r = 0; r < THREAD_Q; r++) m_new[r] = fmaxf(m[r], t_max[r] * LOG2E);
            UNROLL for (int r = 0; r < THREAD_Q; r++) shrink[r] = exp2_approx(m[r] - m_new[r]);
            UNROLL for (int r = 0; r < THREAD_Q; r++) l[r] *= shrink[r];
            UNROLL for (int r = 0; r < THREAD_Q; r++) m[r] = m_new[r];
            UNROLL for (int r = 0; r < THREAD_Q; r++)
              ceiling[r] = m[r] + fminf(fmaxf(log2_approx(l[r] * 4.0f), 1.0f), 8.0f);
          }
        }
      }

      // P = 2^(S - m)
      UNROLL for (int r = 0; r < s.rows; r++)
        UNROLL for (int c = 0; c < s.columns; c++) s(r, c) = exp2_approx(s(r, c) * LOG2E - m[r]);
      lane_sum(t_sum, s);  // sums of this lane's columns
      if (!first_) {
        await_products<0>();
        tie(acc);
        tie(p);
        arrive_warp(v_free[(t - 1) % 2]);
      }
      if (exact) {
        // m was raised: rescale
        {
          bool any = false;
          UNROLL for (int r = 0; r < THREAD_Q; r++) any |= shrink[r] < 1.0f;
          if (any_lane(any)) {
            UNROLL for (int r = 0; r < acc.rows; r++)
                UNROLL for (int c = 0; c < acc.columns; c++) acc(r, c) *= shrink[r];
          }
        }
      }
      if (!exact) {
        // rare: m was too low for this tile, so once more by its maximum
        {
          bool any = false;
          UNROLL for (int r = 0; r < THREAD_Q; r++) any |= !(t_sum[r] <= fminf(fmaxf(l[r] * 4.0f, 2.0f), 256.0f));
          if (any_lane(any)) {
            qk(s, qs, ks[t % 2]);  // S = Q K^T
            {
              const int first = first_row<WARP_Q>(), lane_col = first_column();
              UNROLL for (int r = 0; r < THREAD_Q; r++) {
                const int row = first + 8 * r;
                base_2[r] = read(params.slopes + at.h) * (float)(kv0 - at.q0 - row + lane_col);
              }
            }

            // score: (s, { h, q, kv }, { slopes }) => s + slopes({ h }) * (kv - q)
            {
              const float in_tile = read(params.slopes + at.h);
              UNROLL for (int r = 0; r < s.rows; r++)
                UNROLL for (int c = 0; c < s.columns; c++)
                  s(r, c) = s(r, c) * SCALE + (base_2[r] + in_tile * (float)fixed_column(c));
            }
            order_copies();  // what was read comes before the next bulk copy
            lane_max(t_max_lane, s);  // maxima of this lane's columns
            join_max(t_max, t_max_lane);  // row maxima of this tile
            UNROLL for (int r = 0; r < THREAD_Q; r++) m_new[r] = fmaxf(m[r], t_max[r] * LOG2E);
            UNROLL for (int r = 0; r < THREAD_Q; r++) shrink[r] = exp2_approx(m[r] - m_new[r]);
            UNROLL for (int r = 0; r < THREAD_Q; r++) l[r] *= shrink[r];
            UNROLL for (int r = 0; r < acc.rows; r++)
                UNROLL for (int c = 0; c < acc.columns; c++) acc(r, c) *= shrink[r];
            UNROLL for (int r = 0; r < THREAD_Q; r++) m[r] = m_new[r];
            UNROLL for (int r = 0; r < THREAD_Q; r++)
              ceiling[r] = m[r] + fminf(fmaxf(log2_approx(l[r] * 4.0f), 1.0f), 8.0f);
            UNROLL for (int r = 0; r < s.rows; r++)
              UNROLL for (int c = 0; c < s.columns; c++) s(r, c) = exp2_approx(s(r, c) * LOG2E - m[r]);
            lane_sum(t_sum, s);  // sums of this lane's columns
          }
        }
      }
      arrive_warp(k_free[t % 2]);
      UNROLL for (int r = 0; r < THREAD_Q; r++) l[r] += t_sum[r];

      // rounded for the product with V
      UNROLL for (int r = 0; r < p.rows; r++)
        UNROLL for (int c = 0; c < p.columns; c += 2) p.pair(r, c) = pack(f16{}, s(r, c), s(r, c + 1));
    };

    // the first turn is warpgroup 0's
    if (threadIdx.x / 128 == COMPUTE_WARPS * 32 / 128 - 1) pass_turn<COMPUTE_WARPS * 32 / 128>();
    // O, not yet normalised
    UNROLL for (int r = 0; r < acc.rows; r++) UNROLL for (int c = 0; c < acc.columns; c++) acc(r, c) = 0.0f;
    UNROLL for (int r = 0; r < THREAD_Q; r++) m[r] = -1e30f;  // running row maximum, log2 units
    UNROLL for (int r = 0; r < THREAD_Q; r++) ceiling[r] = -1e30f;  // what raises m
    UNROLL for (int r = 0; r < THREAD_Q; r++) l[r] = 0.0f;  // running row sum
    if (at.count > 0) {
      await_phase(q_full[0], 0);  // qs has landed
      step(0, true, true, true);
      for (int t = 1; t < at.partial_end; t++) step(t, false, true, true);  // partial tiles

      // the first of them looks for its maximum
      for (int t = max(at.partial_end, 1); t < min(at.partial_end + 1, at.count); t++) step(t, false, false, true);

      // tiles that need no mask
      for (int t = max(at.partial_end + 1, 1); t < at.count; t++) step(t, false, false, false);
      await_phase(v_full[(at.count - 1) % 2], ((at.count - 1) >> 1) % 2);  // vs has landed
      if (at.count - 1 < at.partial_end) {
        quarantine<COMPUTE_WARPS * 32>(acc, p, vs[(at.count - 1) % 2]);  // masked keys must not reach the result
      }
      issue_pv(acc, p, vs[(at.count - 1) % 2]);  // O += P V
      await_products<0>();
      tie(acc);
      tie(p);
    }

    {
      const At at = locate(params);  // anew: the loop keeps no registers for it
      join_sum(l_row, l);  // join the lanes' row sums

      // a row that saw no key yields 0
      UNROLL for (int r = 0; r < THREAD_Q; r++) inverse[r] = l_row[r] == 0.0f ? 0.0f : 1.0f / l_row[r];

      // O = O / l
      UNROLL for (int r = 0; r < acc.rows; r++)
        UNROLL for (int c = 0; c < acc.columns; c++) acc(r, c) *= inverse[r];
      store_accumulator(params.o + at.b * params.o_stride_b + at.h * params.o_stride_h, params.o_stride_q, at.q0,
          params.Sq, acc);

      // log-sum-exp, base e; -inf for a row that saw no key
      UNROLL for (int r = 0; r < THREAD_Q; r++)
        lse_row[r] = l_row[r] == 0.0f ? -infinity() : (m[r] + log2_approx(l_row[r])) * LN2;
      store_vector(params.lse + at.b * params.lse_stride_b + at.h * params.lse_stride_h, 1, at.q0, params.Sq, lse_row);
    }
  } else {  // load
    fewer_registers<24>();
    if (threadIdx.x == COMPUTE_WARPS * 32) {
      if (at.count > 0) {
        bulk_copy(qs, params.q_boxes, q_full[0], at.q0, at.b, at.h);
        bulk_copy(ks[0], params.k_boxes, k_full[0], at.top * 128, at.b, at.hkv);
        for (int t = 0; t < at.count; t++) {
          if (t + 1 < at.count) {
            if (t + 1 >= 2) {
              await_phase(k_free[(t + 1) % 2], ((t - 1) >> 1) % 2);  // every warp has read the k tile before
            }
            bulk_copy(ks[(t + 1) % 2], params.k_boxes, k_full[(t + 1) % 2], (at.top - (t + 1)) * 128, at.b, at.hkv);
          }
          if (t >= 2) {
            await_phase(v_free[t % 2], ((t - 2) >> 1) % 2);  // every warp has read the v tile before
          }
          bulk_copy(vs[t % 2], params.v_boxes, v_full[t % 2], (at.top - t) * 128, at.b, at.hkv);
        }
      }
    }
  }
}
// ---- host: the C ABI ------------------------------------------------------------------------------------------------
#ifndef __CUDACC_RTC__
#include <atomic>
#include <cuda.h>
#include <cuda_runtime.h>
#include <stddef.h>
#include <stdint.h>

// What a launch takes; the same on every architecture. Strides count elements; the last axis of a tensor is dense.
struct CausalGqaPrefillArgs {
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
  const void* slopes;  // f32[h = G * Hkv]
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
static_assert(sizeof(CausalGqaPrefillArgs) == 224, "the manifest tells this layout");

// What a code that the launch returned means.
extern "C" const char* causal_gqa_prefill_sm_90a_error(int code) {
  switch (code) {
    case 0: return "no error";
    case -1: return "args->size is not sizeof(CausalGqaPrefillArgs): the caller was built against another version of this kernel";
    case -2: return "B must lie between 0 and 2147418112";
    case -3: return "Sq must lie between 0 and 2147418112";
    case -4: return "G must lie between 0 and 2147418112";
    case -5: return "Hkv must lie between 0 and 2147418112";
    case -6: return "Skv must lie between 0 and 2147418112";
    case -7: return "axis h of q (G * Hkv) must be at most 2147418112";
    case -8: return "q is a null pointer";
    case -9: return "q must begin at a multiple of 16 bytes";
    case -10: return "the strides of q along b, q, h must be multiples of 8 elements";
    case -11: return "q is not in the memory of the current device";
    case -12: return "k is a null pointer";
    case -13: return "k must begin at a multiple of 16 bytes";
    case -14: return "the strides of k along b, kv, hkv must be multiples of 8 elements";
    case -15: return "v is a null pointer";
    case -16: return "v must begin at a multiple of 16 bytes";
    case -17: return "the strides of v along b, kv, hkv must be multiples of 8 elements";
    case -18: return "slopes is a null pointer";
    case -19: return "slopes must begin at a multiple of 4 bytes";
    case -20: return "o is a null pointer";
    case -21: return "o must begin at a multiple of 16 bytes";
    case -22: return "the strides of o along b, q, h must be multiples of 8 elements";
    case -23: return "lse is a null pointer";
    case -24: return "lse must begin at a multiple of 4 bytes";
    case -25: return "the current device has not the instructions of sm_90a, which no other architecture has";
    case -26: return "the current device offers a block less than the 163912 bytes of shared memory that this kernel for sm_90a takes";
    case -27: return "the sizes ask for more than 2147483647 blocks (B, Sq, G, Hkv, Skv)";
    case -28: return "bulk copies cannot read q, k, v: strides must be positive multiples of 16 bytes below 2^40, and a driver for CUDA 12 installed";
  }
  return code > 0 ? cudaGetErrorString((cudaError_t)code) : "no such code";
}

// Bytes of scratch memory that a launch with these sizes needs.
extern "C" size_t causal_gqa_prefill_sm_90a_workspace(const CausalGqaPrefillArgs*) { return 0; }

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
  if (capability != 90) return -25;
  if (shared < 163912) return -26;
  if (cudaError_t e = cudaFuncSetAttribute(causal_gqa_prefill_sm_90a_kernel,
      cudaFuncAttributeMaxDynamicSharedMemorySize, 163912)) return e;
  if (device < 64) ready[device] = true;
  return 0;
}

// Fills in what bulk copies read of a tensor: its extents, columns first, strides of the others in elements, and boxes
// of `rows` x 64. The driver's function is asked of the runtime, so that nothing links the driver. Whether it went well.
template <int kRank>
static bool describe(TensorMap& map, const void* tensor, CUtensorMapDataType type, const i64 (&extents)[kRank],
                     const i64 (&strides)[kRank - 1], int rows) {
  static std::atomic<void*> encode;
  if (encode == nullptr) {
    void* found = nullptr;
    cudaDriverEntryPointQueryResult result;
    const char* name = "cuTensorMapEncodeTiled";
  #if CUDART_VERSION >= 12050
    const cudaError_t e = cudaGetDriverEntryPointByVersion(name, &found, 12000, cudaEnableDefault, &result);
  #else
    const cudaError_t e = cudaGetDriverEntryPoint(name, &found, cudaEnableDefault, &result);
  #endif
    if (e != cudaSuccess || found == nullptr) return cudaGetLastError(), false;
    encode = found;
  }
  cuuint64_t sizes[kRank], bytes[kRank - 1];
  cuuint32_t box[kRank], steps[kRank];
  for (int i = 0; i < kRank; i++) {
    sizes[i] = extents[i] > 0 ? extents[i] : 1;
    if (i > 0) bytes[i - 1] = extents[i] > 1 ? strides[i - 1] * 2 : 16;  // of one element: any
    box[i] = i == 0 ? 64 : i == 1 ? rows : 1;
    steps[i] = 1;
  }
  return ((decltype(&cuTensorMapEncodeTiled))(void*)encode)(
      (CUtensorMap*)&map, type, kRank, (void*)tensor, sizes, bytes, box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE,
      CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
          CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

// 0: started, or nothing to do. Below 0: refused, see the function above. Above 0: a cudaError_t.
// Checked: sizes, null pointers, alignment, strides, the architecture, and that q is on the current device.
// The caller's part: that the other tensors are there too (to ask the runtime about each would take longer than all
// these checks; the Python package knows it from torch), and that memory reaches as far as sizes and strides say.
extern "C" int causal_gqa_prefill_sm_90a_launch(const CausalGqaPrefillArgs* args, void* stream) {
  if (args == nullptr || args->size != sizeof(CausalGqaPrefillArgs)) return -1;
  const CausalGqaPrefillArgs& a = *args;
  if (a.B < 0 || a.B > 2147418112) return -2;
  if (a.Sq < 0 || a.Sq > 2147418112) return -3;
  if (a.G < 0 || a.G > 2147418112) return -4;
  if (a.Hkv < 0 || a.Hkv > 2147418112) return -5;
  if (a.Skv < 0 || a.Skv > 2147418112) return -6;
  const i64 B = a.B, Sq = a.Sq, G = a.G, Hkv = a.Hkv, Skv = a.Skv;
  if (G * Hkv > 2147418112) return -7;
  // Without an element in any output there is nothing to do.
  if (B == 0 || G * Hkv == 0 || Sq == 0) return 0;
  if (a.q == nullptr && B > 0 && Sq > 0 && G * Hkv > 0) return -8;
  if ((uintptr_t)a.q % 16 != 0) return -9;
  if ((B > 1 && a.q_stride_b % 8 != 0) || (Sq > 1 && a.q_stride_q % 8 != 0)
      || (G * Hkv > 1 && a.q_stride_h % 8 != 0)) return -10;
  if (a.k == nullptr && B > 0 && Skv > 0 && Hkv > 0) return -12;
  if ((uintptr_t)a.k % 16 != 0) return -13;
  if ((B > 1 && a.k_stride_b % 8 != 0) || (Skv > 1 && a.k_stride_kv % 8 != 0)
      || (Hkv > 1 && a.k_stride_hkv % 8 != 0)) return -14;
  if (a.v == nullptr && B > 0 && Skv > 0 && Hkv > 0) return -15;
  if ((uintptr_t)a.v % 16 != 0) return -16;
  if ((B > 1 && a.v_stride_b % 8 != 0) || (Skv > 1 && a.v_stride_kv % 8 != 0)
      || (Hkv > 1 && a.v_stride_hkv % 8 != 0)) return -17;
  if (a.slopes == nullptr && G * Hkv > 0) return -18;
  if ((uintptr_t)a.slopes % 4 != 0) return -19;
  if (a.o == nullptr && B > 0 && Sq > 0 && G * Hkv > 0) return -20;
  if ((uintptr_t)a.o % 16 != 0) return -21;
  if ((B > 1 && a.o_stride_b % 8 != 0) || (Sq > 1 && a.o_stride_q % 8 != 0)
      || (G * Hkv > 1 && a.o_stride_h % 8 != 0)) return -22;
  if (a.lse == nullptr && B > 0 && G * Hkv > 0 && Sq > 0) return -23;
  if ((uintptr_t)a.lse % 4 != 0) return -24;
  int device;
  if (cudaError_t e = cudaGetDevice(&device)) return e;
  if (elsewhere(a.q, device)) return -11;
  if (int code = prepare(device)) return code;

  const i64 row_tiles = (Sq + 127ll) / 128ll;  // tiles of rows in each head
  if (row_tiles > INT32_MAX) return -27;
  const i64 heads = B * (G * Hkv);  // heads of all batch entries
  if (heads > INT32_MAX) return -27;
  // heads whose k and v fit in L2 together
  const i64 section = floor_pow2(min(32000000ll / max(B * Skv * Hkv * 512ll / max(heads, 1ll), 1ll), heads));
  if (section > INT32_MAX) return -27;
  const i64 blocks = row_tiles * heads;
  if (blocks > INT32_MAX) return -27;
  Params params;
  params.q = (const f16*)a.q;
  params.q_stride_b = a.q_stride_b, params.q_stride_q = a.q_stride_q, params.q_stride_h = a.q_stride_h;
  params.k = (const f16*)a.k;
  params.k_stride_b = a.k_stride_b, params.k_stride_kv = a.k_stride_kv, params.k_stride_hkv = a.k_stride_hkv;
  params.v = (const f16*)a.v;
  params.v_stride_b = a.v_stride_b, params.v_stride_kv = a.v_stride_kv, params.v_stride_hkv = a.v_stride_hkv;
  params.slopes = (const float*)a.slopes;
  params.o = (f16*)a.o;
  params.o_stride_b = a.o_stride_b, params.o_stride_q = a.o_stride_q, params.o_stride_h = a.o_stride_h;
  params.lse = (float*)a.lse;
  params.lse_stride_b = a.lse_stride_b, params.lse_stride_h = a.lse_stride_h;
  {
    const i64 extents[] = {128ll, Sq, B, G * Hkv};
    const i64 strides[] = {a.q_stride_q, a.q_stride_b, a.q_stride_h};
    const auto type = CU_TENSOR_MAP_DATA_TYPE_FLOAT16;
    if (!describe(params.q_boxes, a.q, type, extents, strides, 128)) return -28;
  }
  {
    const i64 extents[] = {128ll, Skv, B, Hkv};
    const i64 strides[] = {a.k_stride_kv, a.k_stride_b, a.k_stride_hkv};
    const auto type = CU_TENSOR_MAP_DATA_TYPE_FLOAT16;
    if (!describe(params.k_boxes, a.k, type, extents, strides, 128)) return -28;
  }
  {
    const i64 extents[] = {128ll, Skv, B, Hkv};
    const i64 strides[] = {a.v_stride_kv, a.v_stride_b, a.v_stride_hkv};
    const auto type = CU_TENSOR_MAP_DATA_TYPE_FLOAT16;
    if (!describe(params.v_boxes, a.v, type, extents, strides, 128)) return -28;
  }
  params.B = (int)B, params.Sq = (int)Sq, params.G = (int)G, params.Hkv = (int)Hkv, params.Skv = (int)Skv;
  params.row_tiles = (int)row_tiles, params.heads = (int)heads, params.section = (int)section;
  void* arguments[] = {&params};
  if (cudaError_t e = cudaLaunchKernel((const void*)causal_gqa_prefill_sm_90a_kernel, dim3((unsigned)blocks),
      dim3(THREADS), arguments, 163912, (cudaStream_t)stream)) return e;
  return 0;
}
#endif
