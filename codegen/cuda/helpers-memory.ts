// Device helpers for shared memory and synchronisation, one per PTX instruction. Knows no tiles.

import type { Helper } from "./helper.ts";

export const memoryHelpers = {
  shared_address: {
    needs: [],
    text: `
// The 32-bit shared-memory address that the instructions below take.
DEVICE u32 shared_address(const void* p) { return (u32)__cvta_generic_to_shared(p); }`,
  },
  copy16: {
    needs: [],
    text: `
// Starts an asynchronous copy of 16 bytes from global to shared memory, past L1 and with the whole 128-byte line asked
// of L2 (PTX ISA 9.7, cp.async).
DEVICE void copy16(u32 to, const void* from) {
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16;" ::"r"(to), "l"(from) : "memory");
}`,
  },
  copy16_or_zero: {
    needs: ["copy16"],
    text: `
// The same, but where \`inside\` is false 16 zeros are written and nothing is read. \`from\` must be mapped all the same.
DEVICE void copy16_or_zero(u32 to, const void* from, bool inside) {
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;"
               ::"r"(to), "l"(from), "r"(inside ? 16 : 0) : "memory");
}`,
  },
  commit_copies: {
    needs: [],
    text: `
// Closes this thread's group of copies (PTX ISA 9.7, cp.async.commit_group).
DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }`,
  },
  wait_copies: {
    needs: [],
    text: `
// Until at most kPending groups of this thread's copies are in flight; other threads see the data after a barrier
// (PTX ISA 9.7, cp.async.wait_group).
template <int kPending> DEVICE void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}`,
  },
  sync_block: {
    needs: [],
    text: `
// All threads of the block meet; orders their shared-memory accesses (PTX ISA 9.7, bar.sync).
DEVICE void sync_block() { asm volatile("bar.sync 0;" ::: "memory"); }`,
  },
  sync_warp: {
    needs: [],
    text: `
// The lanes of the warp meet; orders their shared-memory accesses (PTX ISA 9.7, bar.warp.sync).
DEVICE void sync_warp() { asm volatile("bar.warp.sync 0xffffffff;" ::: "memory"); }`,
  },

  Barriers: {
    needs: [],
    text: `
// mbarriers in shared memory, one per stage. A phase completes when \`count\` arrivals have come in; phases are told
// apart by their parity, the first being 0 (PTX ISA 9.7, mbarrier).
template <int kStages> struct Barriers {
  u32 address;
  DEVICE u32 operator[](int stage) const { return address + stage * 8; }
  DEVICE void init(int count) const {
    UNROLL for (int stage = 0; stage < kStages; stage++)
      asm volatile("mbarrier.init.shared.b64 [%0], %1;" ::"r"(address + stage * 8), "r"(count) : "memory");
  }
};`,
  },
  arrive: {
    needs: ["Barriers"],
    text: `
// One arrival of this thread (PTX ISA 9.7, mbarrier.arrive).
DEVICE void arrive(u32 barrier) {
  asm volatile("{ .reg .b64 state; mbarrier.arrive.shared.b64 state, [%0]; }" ::"r"(barrier) : "memory");
}`,
  },
  arrive_after_copies: {
    needs: ["Barriers"],
    text: `
// One arrival, made when all copies that this thread has started so far have landed; it does not wait for that
// (PTX ISA 9.7, cp.async.mbarrier.arrive).
DEVICE void arrive_after_copies(u32 barrier) {
  asm volatile("cp.async.mbarrier.arrive.noinc.shared.b64 [%0];" ::"r"(barrier) : "memory");
}`,
  },
  await_phase: {
    needs: ["Barriers"],
    text: ({ warpgroups }) => `
// Spins until the phase of that parity has completed (PTX ISA 9.7, mbarrier.${warpgroups ? "try" : "test"}_wait).
DEVICE void await_phase(u32 barrier, u32 parity) {
  asm volatile("{ .reg .pred done;\\nagain: mbarrier.${warpgroups ? "try" : "test"}_wait.parity.shared.b64 done, [%0], %1;\\n@!done bra again;\\n}"
               ::"r"(barrier), "r"(parity) : "memory");
}`,
  },

  load_matrices: {
    needs: [],
    text: `
// Four 8x8 matrices of 16-bit elements. Lane i gives the address of row i % 8 of matrix i / 8, and receives row
// lane / 4, columns 2 (lane % 4) and + 1, of each (PTX ISA 9.7, ldmatrix).
DEVICE void load_matrices(u32 (&x)[4], u32 address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(x[0]), "=r"(x[1]), "=r"(x[2]), "=r"(x[3]) : "r"(address) : "memory");
}`,
  },
  load_matrices_transposed: {
    needs: [],
    text: `
// Four 8x8 matrices of 16-bit elements, each transposed on the way: lane i gives the address of row i % 8 of matrix
// i / 8, and receives column lane / 4, rows 2 (lane % 4) and + 1, of each (PTX ISA 9.7, ldmatrix .trans).
DEVICE void load_matrices_transposed(u32 (&x)[4], u32 address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(x[0]), "=r"(x[1]), "=r"(x[2]), "=r"(x[3]) : "r"(address) : "memory");
}`,
  },
  load_global: {
    needs: [],
    text: ({ lineRequests }) => `
// Loads 16 bytes that nobody writes from global memory, past L1${lineRequests ? " and with the whole 128-byte line asked of L2" : ""}; where
// \`inside\` is false, 16 zeros, and nothing is read (PTX ISA 9.7, ld.global.nc).
DEVICE uint4 load_global(const void* from, bool inside) {
  uint4 x = {0, 0, 0, 0};
  asm volatile("{ .reg .pred p; setp.ne.s32 p, %5, 0;\\n"
               "@p ld.global.nc.L1::no_allocate${lineRequests ? ".L2::128B" : ""}.v4.b32 {%0, %1, %2, %3}, [%4]; }"
               : "+r"(x.x), "+r"(x.y), "+r"(x.z), "+r"(x.w) : "l"(from), "r"((int)inside));
  return x;
}`,
  },
  store_shared: {
    needs: [],
    text: `
// Stores 4 bytes to shared memory (PTX ISA 9.7, st).
DEVICE void store_shared(u32 to, u32 x) { asm volatile("st.shared.b32 [%0], %1;" ::"r"(to), "r"(x) : "memory"); }`,
  },
  store_shared16: {
    needs: [],
    text: `
// Stores 16 bytes to shared memory (PTX ISA 9.7, st).
DEVICE void store_shared16(u32 to, uint4 x) {
  asm volatile("st.shared.v4.b32 [%0], {%1, %2, %3, %4};" ::"r"(to), "r"(x.x), "r"(x.y), "r"(x.z), "r"(x.w) : "memory");
}`,
  },
  load_shared: {
    needs: [],
    text: `
// Loads 16 bytes from shared memory (PTX ISA 9.7, ld).
DEVICE uint4 load_shared(u32 from) {
  uint4 x;
  asm volatile("ld.shared.v4.b32 {%0, %1, %2, %3}, [%4];"
               : "=r"(x.x), "=r"(x.y), "=r"(x.z), "=r"(x.w) : "r"(from) : "memory");
  return x;
}`,
  },
  load_shared8: {
    needs: [],
    text: `
// Loads 8 bytes from shared memory (PTX ISA 9.7, ld).
DEVICE uint2 load_shared8(u32 from) {
  uint2 x;
  asm volatile("ld.shared.v2.b32 {%0, %1}, [%2];" : "=r"(x.x), "=r"(x.y) : "r"(from) : "memory");
  return x;
}`,
  },
  shuffle_pair: {
    needs: [],
    text: `
// The pair of lane ^ mask (PTX ISA 9.7, shfl.sync).
DEVICE u32 shuffle_pair(u32 x, int mask) {
  u32 y; asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;" : "=r"(y) : "r"(x), "r"(mask)); return y;
}`,
  },
  shuffle_xor: {
    needs: [],
    text: `
// The value of lane ^ mask (PTX ISA 9.7, shfl.sync).
DEVICE float shuffle_xor(float x, int mask) {
  float y; asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;" : "=f"(y) : "f"(x), "r"(mask)); return y;
}`,
  },
  any_lane: {
    needs: [],
    text: `
// Whether any lane of the warp says yes. The answer is uniform, so that a branch on it does not diverge
// (PTX ISA 9.7, vote.sync).
DEVICE bool any_lane(bool mine) {
  int any;
  asm volatile("{ .reg .pred a, b; setp.ne.s32 a, %1, 0; vote.sync.any.pred b, a, 0xffffffff; selp.s32 %0, 1, 0, b; }"
               : "=r"(any) : "r"((int)mine));
  return any;
}`,
  },
} as const satisfies Readonly<Record<string, Helper>>;
