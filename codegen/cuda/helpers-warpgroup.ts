// Device helpers of warpgroups: matrix products that run on their own, turns, register budgets, and the matrix
// descriptors of shared tiles in panels. Knows no schedule.

import type { Helper } from "./helper.ts";

type Half = "f16" | "bf16";
type Form = "qk" | "pv";

/** "%first, ..., %last", in lines of a string literal. */
const operands = (first: number, count: number): string => {
  const lines: string[] = [];
  for (let i = 0; i < count; i += 16) {
    const part = Array.from({ length: Math.min(16, count - i) }, (_, j) => `%${first + i + j}`);
    lines.push(`"${part.join(", ")}${i + 16 < count ? "," : ""} "`);
  }
  return lines.join("\n               ");
};

const accumulators = (columns: number): string => {
  const all = Array.from({ length: columns / 2 }, (_, i) => `"+f"(c[${i >> 2}][${i % 4}])`);
  const lines = Array.from({ length: Math.ceil(all.length / 6) }, (_, i) =>
    all.slice(6 * i, 6 * i + 6).join(", "),
  );
  return lines.join(",\n                 ");
};

/** One instruction of 64 rows, `columns` columns and 16 terms. */
const startMultiply = (form: Form, type: Half, columns: number): string => {
  const count = columns / 2;
  const instruction = `wgmma.mma_async.sync.aligned.m64n${columns}k16.f32.${type}.${type}`;
  const a = form === "qk" ? "u64 a" : "const u32 (&a)[4]";
  const inputs =
    form === "qk" ? `"l"(a), "l"(b)` : `"r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b)`;
  const [b, add] = form === "qk" ? [count + 1, count + 2] : [count + 4, count + 5];
  const left =
    form === "qk" ? `%${count}` : `{%${count}, %${count + 1}, %${count + 2}, %${count + 3}}`;
  const flags = form === "qk" ? "1, 1, 0, 0" : "1, 1, 1";
  const what =
    form === "qk"
      ? `A and B in shared memory, both\n// with the terms along their rows`
      : `A in registers, B in shared\n// memory with the terms along its columns`;
  return `
// Starts C[64][${columns}] (+)= A[64][16] B[16][${columns}] in ${type}, sums in f32, for the warpgroup: ${what} (PTX ISA 9.7.15, wgmma.mma_async).
DEVICE void start_${form}(${type}, float (&c)[${columns / 8}][4], ${a}, u64 b, bool add) {
  asm volatile("{ .reg .pred add; setp.ne.b32 add, %${add}, 0;\\n"
               "${instruction} {"
               ${operands(0, count)}
               "}, ${left}, %${b}, add, ${flags}; }"
               : ${accumulators(columns)}
               : ${inputs}, "r"((int)add));
}`;
};

const widths = Array.from({ length: 32 }, (_, i) => 8 * (i + 1));
export const warpgroupProducts = Object.fromEntries(
  (["qk", "pv"] as const).flatMap((form) =>
    (["f16", "bf16"] as const).flatMap((type) =>
      widths.map((columns): [string, Helper] => [
        `start_${form}_${type}_${columns}`,
        { needs: [type, "u64"], text: startMultiply(form, type, columns) },
      ]),
    ),
  ),
) as Readonly<Record<`start_${Form}_${Half}_${number}`, Helper>>;

export const warpgroupInstructions = {
  order_registers: {
    needs: [],
    text: `
// What the warpgroup has written to registers is there for the matrix instructions that follow (PTX ISA 9.7.15,
// wgmma.fence).
DEVICE void order_registers() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }`,
  },
  close_products: {
    needs: [],
    text: `
// Closes a group of the products started so far (PTX ISA 9.7.15, wgmma.commit_group).
DEVICE void close_products() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }`,
  },
  await_products: {
    needs: [],
    text: `
// Until at most kPending groups of this warp's products are in flight (PTX ISA 9.7.15, wgmma.wait_group).
template <int kPending> DEVICE void await_products() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}`,
  },
  take_turn: {
    needs: [],
    text: `
// Warpgroups go one after the other: at barrier 1 + g, group g waits for the one before, which passes the turn on
// (PTX ISA 9.7.13, bar).
DEVICE void take_turn() { asm volatile("bar.sync %0, 256;" ::"r"(1 + (int)threadIdx.x / 128) : "memory"); }
template <int kGroups> DEVICE void pass_turn() {
  asm volatile("bar.arrive %0, 256;" ::"r"(1 + ((int)threadIdx.x / 128 + 1) % kGroups) : "memory");
}`,
  },
  any_thread: {
    needs: [],
    text: `
// The first kThreads threads of the block meet at a barrier; whether any of them says yes (PTX ISA 9.7.13, bar.red).
template <int kThreads> DEVICE bool any_thread(bool mine) {
  int any;
  asm volatile("{ .reg .pred a, b; setp.ne.s32 a, %1, 0; bar.red.or.pred b, 15, %2, a; selp.s32 %0, 1, 0, b; }"
               : "=r"(any) : "r"((int)mine), "n"(kThreads) : "memory");
  return any;
}`,
  },
  set_registers: {
    needs: [],
    text: `
// Gives a warpgroup more registers a thread, or fewer, out of what the block was launched with (PTX ISA 9.7.19,
// setmaxnreg).
template <int kRegisters> DEVICE void more_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
}
template <int kRegisters> DEVICE void fewer_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
}`,
  },
} as const satisfies Readonly<Record<string, Helper>>;

export const warpgroupTiles = {
  Panels: {
    needs: ["u64"],
    text: `
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
}`,
  },
  tie_accumulator: {
    needs: ["Accumulator"],
    text: `
// No instruction: the compiler moves no use of these registers across, since a product has written or will read them.
template <int kRows, int kColumns> DEVICE void tie(Accumulator<kRows, kColumns>& x) {
  UNROLL for (int r = 0; r < x.rows; r++)
    UNROLL for (int c = 0; c < x.columns; c++) asm volatile("" : "+f"(x(r, c))::"memory");
}`,
  },
  tie_operand: {
    needs: ["Operand", "tie_accumulator"],
    text: `template <class T, int kRows, int kColumns> DEVICE void tie(Operand<T, kRows, kColumns>& x) {
  UNROLL for (int r = 0; r < x.rows; r++)
    UNROLL for (int c = 0; c < x.columns; c += 2) asm volatile("" : "+r"(x.pair(r, c))::"memory");
}`,
  },
  issue_qk: {
    needs: ["Accumulator", "Panels", "order_registers", "close_products", "tie_accumulator"],
    text: `
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
}`,
  },
  issue_pv: {
    needs: ["Panels", "order_registers", "close_products", "tie_accumulator", "tie_operand"],
    text: `
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
}`,
  },
  store_accumulator: {
    needs: ["Accumulator", "first_row", "shuffle_xor_u32", "store_if"],
    text: `
// Rows origin .. of \`to\`, rounded, each warp its own; rows at or past \`extent\` and the kPadding columns on the right
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
}`,
  },
} as const satisfies Readonly<Record<string, Helper>>;
