// Device helpers on tiles in shared memory and their way to and from global memory. Sizes and element types are
// template parameters; no schedule, no names of a program, no fragments.

import { hasUsualRowBits } from "../arch/fragments.ts";
import type { Helper } from "./helper.ts";
import { layoutText } from "./layout.ts";

const sharedByRows = `
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
};`;

const sharedByBits = `
// A tile of 16-bit elements in shared memory, row-major. Bit i of the number of a 16-byte chunk is flipped where the
// row's number has the i-th of kBits, which keeps reads free of bank conflicts. Indexed by stage where there are
// several.
template <class T, int kRows, int kColumns, int... kBits> struct Shared {
  typedef T type;
  static constexpr int rows = kRows, columns = kColumns, pitch = kColumns * 2, chunks = kColumns / 8;
  static constexpr int width = chunks % 8 == 0 ? 8 : chunks % 4 == 0 ? 4 : 2;  // lanes that share a row's copy
  static constexpr int swizzle = 1 << sizeof...(kBits);
  u32 address;
  DEVICE Shared operator[](int stage) const { return {address + stage * (kRows * pitch)}; }
  DEVICE u32 at(int row, int chunk) const {
    const int bits[] = {kBits..., 0};
    UNROLL for (int i = 0; i < (int)sizeof...(kBits); i++) chunk ^= row & bits[i] ? 1 << i : 0;
    return address + row * pitch + (chunk << 4);
  }
  // From the address of a row's chunk 0 to that of chunk n; from chunk 1 to chunk 1 + n where n is even.
  static DEVICE u32 right(u32 at, int n) { return (at ^ (n % swizzle << 4)) + n / swizzle * swizzle * 16; }
};`;

export const sharedHelpers = {
  Shared: {
    needs: [],
    text: ({ mma }) => (hasUsualRowBits(mma) ? sharedByRows : sharedByBits),
  },
  copy_rows: {
    needs: ["Shared", "copy16", "copy16_or_zero"],
    text: `
// Starts copying rows origin .. origin + S::rows of \`from\`, all threads together, 16 bytes each at a time. With
// \`guard\`, rows at or past \`extent\` become zeros. So do the kPadding columns on the right that \`from\` has not.
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
}`,
  },
  Chunks: {
    needs: ["Shared"],
    text: `
// A tile on its way from global to shared memory: 16-byte chunks, dealt to kThreads threads so that \`wide\` of them
// share a row.
template <class T, int kRows, int kColumns, int kThreads> struct Chunks {
  static constexpr int wide = Shared<T, kRows, kColumns, 1>::width, tall = kThreads / wide;
  static constexpr int across = kColumns / 8 / wide, down = (kRows + tall - 1) / tall;
  uint4 x[down][across];
};`,
  },
  fetch_rows: {
    needs: ["Chunks", "load_global"],
    text: `
// Reads rows origin .. origin + kRows of \`from\`, all threads together. With \`guard\`, rows at or past \`extent\` become
// zeros. So do the kPadding columns on the right that \`from\` has not. Nobody waits before x is used.
template <int kPadding = 0, class T, int kRows, int kColumns, int kThreads>
DEVICE void fetch_rows(Chunks<T, kRows, kColumns, kThreads>& x, const T* from, i64 stride, int origin, int extent,
                       bool guard) {
  const int row = threadIdx.x / x.wide, chunk = threadIdx.x % x.wide;
  const T* line = from + origin * stride + row * stride + chunk * 8;
  UNROLL for (int r = 0; r < x.down; r++)
    UNROLL for (int c = 0; c < x.across; c++) {
      const int below = row + r * x.tall, column = (c * x.wide + chunk) * 8;
      const bool inside = (kRows % x.tall == 0 || below < kRows) && (!guard || below < extent - origin) &&
                          (kPadding == 0 || column < kColumns - kPadding);
      x.x[r][c] = load_global(line + r * x.tall * stride + c * x.wide * 8, inside);
    }
}`,
  },
  deposit: {
    needs: ["Chunks", "store_shared16"],
    text: `
// What fetch_rows has read, to shared memory.
template <class S, class T, int kRows, int kColumns, int kThreads>
DEVICE void deposit(S to, const Chunks<T, kRows, kColumns, kThreads>& x) {
  const int row = threadIdx.x / x.wide, chunk = threadIdx.x % x.wide;
  UNROLL for (int r = 0; r < x.down; r++)
    UNROLL for (int c = 0; c < x.across; c++)
      if (kRows % x.tall == 0 || row + r * x.tall < kRows)
        store_shared16(to.at(row + r * x.tall, chunk) + c * x.wide * 16, x.x[r][c]);
}`,
  },
} as const satisfies Readonly<Record<string, Helper>>;

export const storeHelpers = {
  store_rows: {
    needs: ["Shared", "load_shared", "thread_index"],
    text: `
// Rows origin .. of \`to\`, each warp its own kRows rows of a shared tile, 16 bytes a lane; rows at or past \`extent\` and
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
}`,
  },
  store_pairs: {
    needs: ["Accumulator", "fixed_column", "first_row", "first_column"],
    text: (arch) => `
// Rows origin .. and columns \`left\` .. of \`to\`, each thread the pairs that it holds; what lies at or past \`extent\` or
// \`right\` is left out.
DEVICE void store_pair(float* to, float a, float b) { *(float2*)to = make_float2(a, b); }
template <class T> DEVICE void store_pair(T* to, float a, float b) { *(u32*)to = pack(T{}, a, b); }
template <class T, int kRows, int kColumns>
DEVICE void store_pairs(T* to, i64 stride, int origin, int extent, int left, int right,
                        const Accumulator<kRows, kColumns>& x) {
  const int row = first_row<kRows>(), column = left + first_column();
  T* line = to + origin * stride + row * stride + column;
  UNROLL for (int r = 0; r < x.rows; r++)
    UNROLL for (int c = 0; c < x.columns; c += 2) {
      const bool inside = row + ${layoutText(arch).rowOffset} < extent - origin && fixed_column(c) < right - column;
      if (inside) store_pair(line + (${layoutText(arch).rowOffset}) * stride + fixed_column(c), x(r, c), x(r, c + 1));
    }
}`,
  },
  store_vector: {
    needs: ["first_row"],
    text: (arch) => {
      const { four, oneLane, rowOffset } = layoutText(arch);
      const where = `if (${oneLane} && row + ${rowOffset} < extent - origin)`;
      const set = `to[((i64)origin + row + ${rowOffset}) * stride] = x[r];`;
      const fits = where.length + set.length < 115;
      return `
// Elements origin .. of \`to\`, one per row, by one lane of each ${four.slice(2)}; those at or past \`extent\` are left out.
template <class T, int kRows> DEVICE void store_vector(T* to, i64 stride, int origin, int extent, const T (&x)[kRows]) {
  const int row = first_row<kRows * 8>();
  UNROLL for (int r = 0; r < kRows; r++)
    ${where}${fits ? " " : "\n      "}${set}
}`;
    },
  },
} as const satisfies Readonly<Record<string, Helper>>;
