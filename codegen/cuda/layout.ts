// Where a thread's elements of an accumulator lie, as C++: fragments.ts in numbers, here as text. Test
// test/unit/cuda/layout.test.ts holds the two together.

import type { Arch } from "../arch/arch.ts";
import { type Accumulator, fragmentsOf } from "../arch/fragments.ts";

interface LayoutText {
  /** The helpers first_row and first_column. */
  readonly firstRow: string;
  readonly firstColumn: string;
  /** How far below its first row a thread's row r lies; may call what firstRow defines. */
  readonly rowOffset: string;
  /** True in one of the lanes that share a row. */
  readonly oneLane: string;
  /** The four lanes that share a row. */
  readonly four: string;
  readonly others: string;
  readonly all: string;
}

const texts: Readonly<Record<Accumulator["kind"], LayoutText>> = {
  m16n8: {
    firstRow: `
// A thread holds rows first_row() + 8 r of its block's tile, r = 0 .. kRows / 8 - 1; a warp owns kRows whole rows.
template <int kRows> DEVICE int first_row() { return thread_index() / 32 * kRows + thread_index() % 32 / 4; }`,
    firstColumn: `
// Of each 8 columns of an accumulator a thread holds two, this one and the next.
DEVICE int first_column() { return thread_index() % 4 * 2; }`,
    rowOffset: "8 * r",
    oneLane: "thread_index() % 4 == 0",
    others: "the rest of its quad",
    four: "a quad",
    all: "all lanes of its quad",
  },
  m8n8k4: {
    firstRow: `
// A thread holds rows first_row() + fixed_row(r) of its block's tile, r = 0 .. kRows / 8 - 1; a warp owns kRows whole rows.
template <int kRows> DEVICE int first_row() {
  const int lane = thread_index() % 32;
  return thread_index() / 32 * kRows + (lane & 9) + lane / 16 * 4;
}
DEVICE constexpr int fixed_row(int r) { return r / 2 * 16 + r % 2 * 2; }`,
    firstColumn: `
// Of each 16 columns of an accumulator a thread holds four: this one and the next, and those 4 further on.
DEVICE int first_column() { return (thread_index() & 2) + (thread_index() & 4) * 2; }`,
    rowOffset: "fixed_row(r)",
    oneLane: "(thread_index() & 6) == 0",
    others: "three other lanes",
    four: "a row",
    all: "all of its lanes",
  },
};

export const layoutText = ({ mma }: Arch): LayoutText => texts[fragmentsOf[mma].accumulator.kind];
