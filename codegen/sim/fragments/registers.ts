// A warp's part of a register tile, spread over its lanes: blocks of a fragment, in rows and columns of blocks.

import type { Lanes } from "./lanes.ts";
import type { BlockShape } from "./layouts.ts";

export interface Matrix {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** blocks[row][column] of that shape. */
export interface Blocks extends BlockShape {
  readonly blocks: readonly Lanes[][];
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** What each lane holds of `m`. */
export const spread = (m: Matrix, shape: BlockShape): Blocks => ({
  ...shape,
  blocks: range(m.rows / shape.rows).map((r) =>
    range(m.columns / shape.columns).map((c) =>
      shape.fragment.map((lane) =>
        Float32Array.from(
          lane,
          ({ row, column }) =>
            m.values[(r * shape.rows + row) * m.columns + c * shape.columns + column]!,
        ),
      ),
    ),
  ),
});

/** One element, and what it should be. */
export interface Difference {
  /** Absent where the element lies in shared memory. */
  readonly lane?: number;
  readonly row: number;
  readonly column: number;
  readonly found: number;
  readonly expected: number;
}

/** The first element of a lane that is not, to the last bit, what `m` has in its place. */
export const blocksDiffer = (x: Blocks, m: Matrix): Difference | undefined => {
  for (const [r, line] of x.blocks.entries())
    for (const [c, lanes] of line.entries())
      for (const [lane, values] of lanes.entries())
        for (const [i, found] of values.entries()) {
          const at = x.fragment[lane]![i]!;
          const [row, column] = [r * x.rows + at.row, c * x.columns + at.column];
          const expected = m.values[row * m.columns + column]!;
          if (!Object.is(found, expected)) return { lane, row, column, found, expected };
        }
  return undefined;
};

/** The same of elements row by row. */
export const rowsDiffer = (values: Float32Array, m: Matrix): Difference | undefined => {
  const i = m.values.findIndex((expected, i) => !Object.is(values[i], expected));
  if (i < 0) return undefined;
  const column = i % m.columns;
  const row = (i - column) / m.columns;
  return { row, column, found: values[i]!, expected: m.values[i]! };
};
