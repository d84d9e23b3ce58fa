// What a warp has a part in when its warpgroup issues a product, lane by lane: its 16 of 64 rows. B, and A of qk, the
// matrix unit reads itself, by descriptors as the emitted helpers make them; and what the copy engine writes.

import type { Descriptor } from "../../arch/matrix-descriptors.ts";
import { elementAddress, PANEL_BYTES } from "../../arch/matrix-descriptors.ts";
import type { Fragment } from "../../arch/matrix-instructions.ts";
import type { SharedMatrix } from "../../tile/shared-address.ts";
import { eachLane, elements, type Lanes } from "./lanes.ts";
import type { Blocks } from "./registers.ts";
import { type Descriptors, type Left, PIECE, type Warp } from "./warp.ts";

const WARPS = 4;
const ROWS = PIECE * WARPS;

const panelBytes = ({ rows }: SharedMatrix): number => rows * PANEL_BYTES;

export const descriptors: Descriptors = {
  stride: 8 * PANEL_BYTES,
  leading: panelBytes,
  step: (m, k) => Math.floor(k / 4) * panelBytes(m) + (k % 4) * 2 * PIECE,
  address: elementAddress,
};

const descriptor = (w: Warp, m: SharedMatrix, bytes: number): Descriptor => ({
  start: m.offset + bytes,
  stride: w.descriptors.stride,
  leading: w.descriptors.leading(m),
});

/** The elements of a fragment, where `at` says that the matrix unit finds them. */
const read = (
  { memory, descriptors }: Warp,
  fragment: Fragment,
  d: Descriptor,
  at: (row: number, column: number) => readonly [row: number, column: number],
): Lanes =>
  eachLane((lane) =>
    fragment[lane]!.map(
      ({ row, column }) => memory.elements[descriptors.address(d, ...at(row, column)) / 2]!,
    ),
  );

/** Both with the terms along their rows in shared memory. */
export const issueQk = (w: Warp, to: Blocks, a: Left, b: SharedMatrix): Blocks => {
  const instruction = w.instructions.qk;
  const zero = eachLane(() => new Float32Array(4));
  let [s] = to.blocks.map((line) => line.map(() => zero));
  const first = (w.number % WARPS) * PIECE;
  for (let k = 0; k < b.columns / PIECE; k++) {
    const left = leftOf(w, a, k, instruction.a, first);
    const right = descriptor(w, b, w.descriptors.step(b, k));
    s = s!.map((c, n) =>
      w.multiply(
        instruction,
        c,
        left,
        read(w, instruction.b, right, (term, column) => [8 * n + column, term]),
      ),
    );
  }
  return { ...to, blocks: [s!] };
};

/** B has its terms along its columns in shared memory. */
export const issuePv = (w: Warp, to: Blocks, a: Left, b: SharedMatrix): Blocks => {
  const instruction = w.instructions.pv;
  let [o] = to.blocks;
  for (let k = 0; k < b.rows / PIECE; k++) {
    const left = leftOf(w, a, k, instruction.a, (w.number % WARPS) * PIECE);
    const right = descriptor(w, b, k * PIECE * PANEL_BYTES);
    o = o!.map((c, n) =>
      w.multiply(
        instruction,
        c,
        left,
        read(w, instruction.b, right, (term, column) => [term, 8 * n + column]),
      ),
    );
  }
  return { ...to, blocks: [o!] };
};

/** Terms 16 k to 16 k + 15 of the warp's rows: its own registers, or rows `first` on of the warpgroup's 64. */
const leftOf = (w: Warp, a: Left, k: number, fragment: Fragment, first: number): Lanes => {
  if (a.kind === "registers") return elements(a.blocks.blocks[0]![k]!, 0, 8);
  const group = Math.floor(w.number / WARPS) * ROWS * PANEL_BYTES;
  const d = descriptor(w, a.tile, group + w.descriptors.step(a.tile, k));
  return read(w, fragment, d, (row, column) => [first + row, column]);
};

/** bulk: a box, panel after panel; the copy engine swizzles as the matrix unit does. */
export const copyBox = (w: Warp, to: SharedMatrix, values: Float32Array): void => {
  const d = { ...descriptor(w, to, 0), leading: panelBytes(to), stride: 8 * PANEL_BYTES };
  for (const [i, x] of values.entries()) {
    const column = i % to.columns;
    const at = w.descriptors.address(d, (i - column) / to.columns, column);
    w.memory.elements[at / 2] = x;
  }
};
