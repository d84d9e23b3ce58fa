// Device helpers that reduce the rows of a tile. A row lies in four lanes: `lane` helpers leave each its own part, `join` helpers combine the parts, `row` helpers do both.

import type { Arch } from "../arch/arch.ts";
import { fragmentsOf } from "../arch/fragments.ts";
import type { Helper } from "./helper.ts";
import { layoutText } from "./layout.ts";

const operations = {
  max: {
    word: "maximum",
    step: (a: string, b: string) => `${a} = fmaxf(${a}, ${b})`,
    pair: (a: string, b: string) => `fmaxf(${a}, ${b})`,
    four: "fmaxf(fmaxf(x(r, c), x(r, c + 1)), fmaxf(x(r, c + 2), x(r, c + 3)))",
  },
  sum: {
    word: "sum",
    step: (a: string, b: string) => `${a} += ${b}`,
    pair: (a: string, b: string) => `${a} + ${b}`,
    four: "(x(r, c) + x(r, c + 1)) + (x(r, c + 2) + x(r, c + 3))",
  },
} as const;
type Operation = keyof typeof operations;

const tileParameters = "const Accumulator<kRows, kColumns>& x";

/** Four neighbours of a row are combined as a tree before they join what is there. */
const lane = (name: Operation): string => {
  const { four, step, word } = operations[name];
  return `
// The ${word} of this lane's part of each row.
template <int kRows, int kColumns>
DEVICE void lane_${name}(float (&to)[kRows / 8], ${tileParameters}) {
  UNROLL for (int c = 0; c < x.columns; c += 4)
    UNROLL for (int r = 0; r < x.rows; r++) {
      const float four = ${four};
      if (c == 0) to[r] = four;
      else ${step("to[r]", "four")};
    }
}`;
};

const laneInto = (name: Operation): string => {
  const { four, step, word } = operations[name];
  return `
// The ${word} of this lane's part of each row and of what \`to\` holds.
template <int kRows, int kColumns>
DEVICE void lane_${name}_into(float (&to)[kRows / 8], ${tileParameters}) {
  UNROLL for (int c = 0; c < x.columns; c += 4)
    UNROLL for (int r = 0; r < x.rows; r++) {
      const float four = ${four};
      ${step("to[r]", "four")};
    }
}`;
};

const join =
  (name: Operation) =>
  (arch: Arch): string => {
    const { pair, word } = operations[name];
    const [near, far] = fragmentsOf[arch.mma].accumulator.partners;
    return `
// The ${word} over the four lanes of ${layoutText(arch).four}, known to all of them.
template <int kRows> DEVICE void join_${name}(float (&to)[kRows], const float (&x)[kRows]) {
  UNROLL for (int r = 0; r < kRows; r++) to[r] = ${pair("x[r]", `shuffle_xor(x[r], ${near})`)};
  UNROLL for (int r = 0; r < kRows; r++) to[r] = ${pair("to[r]", `shuffle_xor(to[r], ${far})`)};
}`;
  };

const joinInto =
  (name: Operation) =>
  (arch: Arch): string => {
    const { step, word } = operations[name];
    return `
// The ${word} over the four lanes of ${layoutText(arch).four} and of what \`to\` holds.
template <int kRows> DEVICE void join_${name}_into(float (&to)[kRows], const float (&x)[kRows]) {
  float joined[kRows];
  join_${name}(joined, x);
  UNROLL for (int r = 0; r < kRows; r++) ${step("to[r]", "joined[r]")};
}`;
  };

const row =
  (name: Operation) =>
  (arch: Arch): string => {
    const { word } = operations[name];
    return `
// The ${word} of each row, known to ${layoutText(arch).all}.
template <int kRows, int kColumns>
DEVICE void row_${name}(float (&to)[kRows / 8], ${tileParameters}) {
  lane_${name}(to, x);
  join_${name}(to, to);
}`;
  };

const rowInto = (name: Operation): string => {
  const { word } = operations[name];
  return `
// The ${word} of each row and of what \`to\` holds.
template <int kRows, int kColumns>
DEVICE void row_${name}_into(float (&to)[kRows / 8], ${tileParameters}) {
  float part[kRows / 8];
  lane_${name}(part, x);
  join_${name}_into(to, part);
}`;
};

export const reduceHelpers = {
  lane_max: { needs: ["Accumulator"], text: lane("max") },
  lane_sum: { needs: ["Accumulator"], text: lane("sum") },
  lane_max_into: { needs: ["Accumulator"], text: laneInto("max") },
  lane_sum_into: { needs: ["Accumulator"], text: laneInto("sum") },
  join_max: { needs: ["shuffle_xor"], text: join("max") },
  join_sum: { needs: ["shuffle_xor"], text: join("sum") },
  join_max_into: { needs: ["join_max"], text: joinInto("max") },
  join_sum_into: { needs: ["join_sum"], text: joinInto("sum") },
  row_max: { needs: ["lane_max", "join_max"], text: row("max") },
  row_sum: { needs: ["lane_sum", "join_sum"], text: row("sum") },
  row_max_into: { needs: ["lane_max", "join_max_into"], text: rowInto("max") },
  row_sum_into: { needs: ["lane_sum", "join_sum_into"], text: rowInto("sum") },
} as const satisfies Readonly<Record<string, Helper>>;
