// Device helpers for bulk copies: a whole box of a tensor, copied by one thread's word. Knows no schedule.

import type { Helper } from "./helper.ts";

const letters = ["x", "y", "z"] as const;

/** Coordinates: column and row, then those of the other axes. */
const copyBox = (rank: number): string => {
  const others = letters.slice(0, rank - 2);
  const parameters = others.map((l) => `, int ${l}`).join("");
  const places = Array.from({ length: rank }, (_, i) => `%${i + 3}`).join(", ");
  const values = ["column", "row", ...others].map((n) => `"r"(${n})`).join(", ");
  return `
// Starts copying the panels of a box, one after the other; the phase completes when all bytes have landed. What lies
// beyond the tensor becomes zeros (PTX ISA 9.7.9, cp.async.bulk.tensor).
template <class S> DEVICE void bulk_copy(S to, const TensorMap& from, u32 barrier, int row${parameters}) {
  arrive_expecting(barrier, S::bytes);
  UNROLL for (int column = 0; column < S::columns; column += 64)
    asm volatile("cp.async.bulk.tensor.${rank}d.shared::cluster.global.mbarrier::complete_tx::bytes "
                 "[%0], [%1, {${places}}], [%2];"
                 ::"r"(to.address + column / 64 * S::panel), "l"(&from), "r"(barrier),
                   ${values}
                 : "memory");
}`;
};

export const bulkInstructions = {
  TensorMap: {
    needs: ["u64"],
    text: `
// A tensor and the shape of its boxes, as the copy engine reads them; the host fills it in (CUtensorMap).
struct alignas(64) TensorMap { u64 words[16]; };`,
  },
  arrive_expecting: {
    needs: ["Barriers"],
    text: `
// The phase's one arrival; it completes when \`bytes\` have landed too (PTX ISA 9.7.13, mbarrier.arrive.expect_tx).
DEVICE void arrive_expecting(u32 barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}`,
  },
  arrive_warp: {
    needs: ["arrive", "sync_warp"],
    text: `
// One arrival for the warp, once its lanes have met.
DEVICE void arrive_warp(u32 barrier) {
  sync_warp();
  if (threadIdx.x % 32 == 0) arrive(barrier);
}`,
  },
  publish_barriers: {
    needs: [],
    text: `
// The copy engine sees the mbarriers that this thread has made (PTX ISA 9.7.13, fence.mbarrier_init).
DEVICE void publish_barriers() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }`,
  },
  order_copies: {
    needs: [],
    text: `
// What this thread did in shared memory comes before what the matrix unit and the copy engine do there after
// (PTX ISA 9.7.13, fence.proxy.async).
DEVICE void order_copies() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }`,
  },
  shuffle_xor_u32: {
    needs: [],
    text: `
// The value of lane ^ mask (PTX ISA 9.7, shfl.sync).
DEVICE u32 shuffle_xor_u32(u32 x, int mask) {
  u32 y; asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;" : "=r"(y) : "r"(x), "r"(mask)); return y;
}`,
  },
  store_if: {
    needs: [],
    text: `
// Stores 16 bytes to global memory where \`inside\`, without a branch (PTX ISA 9.7, st).
DEVICE void store_if(bool inside, void* to, const u32 (&x)[4]) {
  asm volatile("{ .reg .pred p; setp.ne.b32 p, %5, 0;\\n@p st.global.v4.b32 [%0], {%1, %2, %3, %4}; }"
               ::"l"(to), "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"((int)inside) : "memory");
}`,
  },
} as const satisfies Readonly<Record<string, Helper>>;

export const bulkTiles = {
  bulk_copy_2d: { needs: ["TensorMap", "arrive_expecting", "Panels"], text: copyBox(2) },
  bulk_copy_3d: { needs: ["TensorMap", "arrive_expecting", "Panels"], text: copyBox(3) },
  bulk_copy_4d: { needs: ["TensorMap", "arrive_expecting", "Panels"], text: copyBox(4) },
  bulk_copy_5d: { needs: ["TensorMap", "arrive_expecting", "Panels"], text: copyBox(5) },
} as const satisfies Readonly<Record<string, Helper>>;
