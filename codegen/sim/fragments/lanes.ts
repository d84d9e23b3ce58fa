// The registers of a warp, lane by lane: what its matrix instructions and its accesses of shared memory do to them.
// Knows no tiles.

import { unreachable } from "../../base/diagnostic.ts";
import {
  type Fragment,
  loadedMatrices,
  type MatrixInstruction,
  transposed,
} from "../../arch/matrix-instructions.ts";
import { addTraffic, noTraffic, type Traffic, trafficOf } from "./banks.ts";

export const LANES = 32;
export const laneNumbers = Array.from({ length: LANES }, (_, lane) => lane);

/** Some registers of each lane, as the numbers that they stand for. */
export type Lanes = readonly Float32Array[];

export const eachLane = (values: (lane: number) => ArrayLike<number>): Lanes =>
  laneNumbers.map((lane) => Float32Array.from(values(lane)));

/** Elements `first` to `first + count` of each lane. */
export const elements = (lanes: Lanes, first: number, count: number): Lanes =>
  lanes.map((values) => values.subarray(first, first + count));

/** The elements of several lots of registers, lot after lot. */
export const joined = (lots: readonly Lanes[]): Lanes =>
  eachLane((lane) => lots.flatMap((lot) => [...lot[lane]!]));

/** c + a b: the products of the whole depth are summed exactly, then added with one rounding. */
export const multiplyAdd = (m: MatrixInstruction, c: Lanes, a: Lanes, b: Lanes): Lanes => {
  const left = matricesOf(m.a, a, [m.matrices, m.rows, m.depth]);
  const right = matricesOf(m.b, b, [m.matrices, m.depth, m.columns]);
  return m.c.map((positions, lane) =>
    Float32Array.from(positions, ({ matrix, row, column }, i) => {
      let sum = c[lane]![i]!;
      let [x, y] = [(matrix * m.rows + row) * m.depth, matrix * m.depth * m.columns + column];
      for (let k = 0; k < m.depth; k++, x++, y += m.columns) sum += left[x]! * right[y]!;
      return sum;
    }),
  );
};

/** What an operand's lanes hold together; NaN where no lane holds an element. */
const matricesOf = (
  fragment: Fragment,
  lanes: Lanes,
  [matrices, rows, columns]: readonly [number, number, number],
): Float32Array => {
  const values = new Float32Array(matrices * rows * columns).fill(NaN);
  for (const [lane, positions] of fragment.entries())
    for (const [i, { matrix, row, column }] of positions.entries())
      values[(matrix * rows + row) * columns + column] = lanes[lane]![i]!;
  return values;
};

/** The value of lane ^ mask (shfl.sync.bfly). */
export const shuffleXor = (lanes: Lanes, mask: number): Lanes =>
  eachLane((lane) => lanes[lane ^ mask]!);

/** What ldmatrix gives each lane, plain and .trans. */
const loaded = { plain: loadedMatrices, transposed: transposed(loadedMatrices) };

type Address = (lane: number) => number | undefined;

/** A block's shared memory as 16-bit elements, with a count of what its banks were asked. */
export class SharedMemory {
  readonly elements: Float32Array;
  private counted: Traffic = noTraffic;

  constructor(bytes: number) {
    this.elements = new Float32Array(bytes / 2).fill(NaN);
  }

  get traffic(): Traffic {
    return this.counted;
  }

  /** ld.shared of 8 bytes: four elements of each lane. */
  load8(address: Address): Lanes {
    return this.count(address, 8).map((at) => this.piece(at, 4));
  }

  /** ld.shared of 16 bytes: eight elements of each lane. */
  load16(address: Address): Lanes {
    return this.count(address, 16).map((at) => this.piece(at, 8));
  }

  /** st.shared of a pair of elements. */
  store4(address: Address, pairs: Lanes): void {
    this.store(this.count(address, 4), pairs, 2);
  }

  /** st.shared of 16 bytes; so does a copy that goes past the registers write. */
  store16(address: Address, chunks: Lanes): void {
    this.store(this.count(address, 16), chunks, 8);
  }

  /** ldmatrix .m8n8.x4, plain or .trans (PTX ISA 9.7): lane i names row i % 8 of matrix i / 8. */
  loadMatrices(address: Address, order: "plain" | "transposed"): Lanes {
    const rows = this.count(address, 16).map((at) => this.piece(at, 8));
    return loaded[order].map((lane) =>
      Float32Array.from(lane, ({ matrix, row, column }) => rows[8 * matrix + row]![column]!),
    );
  }

  private piece(address: number | undefined, length: 4 | 8): Float32Array {
    return address === undefined
      ? new Float32Array(length).fill(NaN)
      : this.elements.subarray(address / 2, address / 2 + length);
  }

  private store(at: readonly (number | undefined)[], values: Lanes, count: number): void {
    for (const [lane, address] of at.entries())
      if (address !== undefined) this.elements.set(values[lane]!.subarray(0, count), address / 2);
  }

  private count(address: Address, bytes: 4 | 8 | 16): readonly (number | undefined)[] {
    const addresses = laneNumbers.map(address);
    for (const a of addresses)
      if (a !== undefined && (a % bytes !== 0 || a < 0 || a / 2 >= this.elements.length))
        unreachable(`shared address ${a} of ${bytes} bytes`);
    this.counted = addTraffic(this.counted, trafficOf(addresses, bytes));
    return addresses;
  }
}
