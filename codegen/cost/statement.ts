// Work of one warp in one statement of a scheduled program. What stands inside loops, branches and calls is
// counted where they are walked; what the banks of shared memory are asked the lane-by-lane simulator counts.

import type { Arch } from "../arch/arch.ts";
import { fragmentsOf } from "../arch/fragments.ts";
import { unreachable } from "../base/diagnostic.ts";
import { noTraffic, TRANSACTION_BYTES } from "../sim/fragments/banks.ts";
import { statementTraffic } from "../sim/fragments/traffic.ts";
import type { Kernel, TileDecl } from "../tile/program.ts";
import type { Product, Reduce, Statement } from "../tile/statement.ts";
import { sizeOf, stageBytes } from "../tile/size.ts";
import { tilesOf } from "../tile/walk.ts";
import { type Part, workOfElements } from "./elements.ts";
import { operandReads, operationsOf } from "./matrix.ts";
import { type Work, nothing, sum, times, work } from "./work.ts";

const lanes = 32;
/** ldmatrix.x4 and 16-byte accesses move this much at a time. */
const wide = 16 * lanes;
const halfBytes = 2;

export interface Place {
  readonly kernel: Kernel;
  readonly arch: Arch;
  /** That run this body. */
  readonly warps: number;
}

export const workOf = (s: Statement, at: Place): Work => {
  const traffic = statementTraffic(at.kernel, at.arch, s) ?? noTraffic;
  const shared = (traffic.transactions * TRANSACTION_BYTES) / at.warps;
  return sum([instructionsOf(s, at), work({ shared })]);
};

const instructionsOf = (s: Statement, at: Place): Work => {
  switch (s.kind) {
    case "let":
    case "if":
    case "call":
      return uniform;
    case "for":
    case "commit":
      return nothing;
    case "find":
    case "visit":
      return sum([uniform, elements(s.unless, { rows: 1, columns: 1 }, at)]);
    case "if_any":
      return sum([elements(s.condition, rowsOf(at), at), work({ other: 1, alu: 1, waits: 1 })]);
    case "fill":
    case "map":
      return mapped(s.to, s, at);
    case "product":
      return s.issued ? issued(s, at) : product(s, at);
    case "await_products":
      return work({ other: 1, waits: 2 });
    case "quarantine": {
      const bytes = share(s.b.tile, at);
      return work({ ...wideMoves(bytes), fma: (4 * bytes) / wide, waits: 3 });
    }
    case "take_turn":
    case "pass_turn":
    case "order_copies":
      return work({ other: 1 });
    case "bulk_copy":
      return work({ other: 1, fetched: share(s.to.tile, at) });
    case "reduce":
      return reduce(s, at);
    case "copy": {
      const bytes = share(s.to.tile, at);
      return work({ ...wideMoves(bytes), fetched: bytes });
    }
    case "fetch": {
      // By way of L1, which is the memory that the banks are made of.
      const bytes = share(s.to, at);
      return work({ ...wideMoves(bytes), shared: bytes, fetched: bytes });
    }
    case "deposit":
      return work({ ...wideMoves(share(s.to.tile, at)), waits: 1 });
    case "store": {
      const tile = tileOf(s.from.tile, at.kernel);
      // From registers one lane of each quad writes its rows; from shared memory 16 bytes a lane.
      if (tile.place.kind !== "shared") return work({ other: part(tile, at).rows, alu: 2 });
      const bytes = share(s.from.tile, at);
      return work({ ...wideMoves(bytes), other: (2 * bytes) / wide, waits: 1 });
    }
    case "get":
      return work({ ...wideMoves(share(s.from.tile, at)), waits: 1 });
    case "put": {
      const bytes = share(s.to.tile, at);
      const pairs = bytes / halfBytes / 2 / lanes;
      return work({ rounding: roundings(2 * pairs, at.arch), other: pairs, alu: pairs });
    }
    case "init_barriers":
    case "barrier":
    case "sync_warp":
    case "await":
    case "wait":
      return work({ other: 1, waits: 1 });
    case "arrive":
      return work({ other: 1 });
    case "columns":
    case "load":
    case "absent":
    case "online_softmax":
      return unreachable(`${s.kind} in a scheduled program`);
  }
};

/** Scalars are the same for all lanes: a couple of instructions beside everything else. */
const uniform = work({ alu: 2 });

/** One instruction and one address for each 512 bytes, or fewer. */
const wideMoves = (bytes: number, atOnce = wide): Partial<Work> => ({
  other: bytes / atOnce,
  alu: bytes / atOnce,
});

export const tileOf = (name: string, kernel: Kernel): TileDecl =>
  tilesOf(kernel).find((t) => t.name === name) ?? unreachable(`no tile ${name}`);

/** A warp's share of a tile that all warps move together, bytes. */
const share = (name: string, { kernel, warps }: Place): number => {
  return stageBytes(kernel, tileOf(name, kernel)) / warps;
};

/** A quad's four lanes share a row, and a lane holds every eighth row of its warp. */
const part = (tile: TileDecl, { kernel, warps }: Place): Part => {
  const { rows, cols } = sizeOf(kernel, tile);
  return { rows: Math.ceil(rows / warps / 8), columns: tile.shape.length === 1 ? 1 : cols / 4 };
};

/** The rows of a lane, of any row vector: all tiles of registers share the rows of the block. */
const rowsOf = (at: Place): Part => {
  const vector =
    tilesOf(at.kernel).find((t) => t.place.kind === "registers" && t.shape.length === 1) ??
    unreachable("no row vector");
  return part(vector, at);
};

const elements = (value: Parameters<typeof workOfElements>[0], of: Part, { kernel }: Place): Work =>
  workOfElements(value, of, (name) => {
    const tile = tilesOf(kernel).find((t) => t.name === name);
    return tile && (tile.shape.length === 1 ? "vector" : "matrix");
  });

const mapped = (to: string, s: Statement & { kind: "map" | "fill" }, at: Place): Work => {
  const tile = tileOf(to, at.kernel);
  const of = part(tile, at);
  const count = of.rows * of.columns;
  // A plain value is moved; an operand is rounded on the way.
  const moves =
    tile.place.kind === "registers" && ["operand", "pairs"].includes(tile.place.layout)
      ? { rounding: roundings(count, at.arch) }
      : s.value.kind === "const"
        ? { alu: count }
        : {};
  return sum([elements(s.value, of, at), work(moves)]);
};

/** Instructions that round so many floats. */
const roundings = (floats: number, arch: Arch): number => (arch.pairRounding ? floats / 2 : floats);

/** Each fragment of b serves all rows of the warp; a is read once, unless it lies in registers. */
const product = (s: Product, at: Place): Work => {
  const { kernel, arch, warps } = at;
  const { readers, valueBytes } = operandReads[arch.mma];
  const { rows, cols: depth } = sizeOf(kernel, tileOf(s.a.tile, kernel));
  const { cols: columns } = sizeOf(kernel, tileOf(s.to, kernel));
  const own = rows / warps;
  const elementBytes = halfBytes * readers;
  const aBytes = tileOf(s.a.tile, kernel).place.kind === "shared" ? own * depth * elementBytes : 0;
  const bBytes = columns * depth * elementBytes;
  return sum([
    work(wideMoves(aBytes)),
    work(wideMoves(bBytes, s.form === "pv" ? valueBytes * lanes : wide)),
    work({ matrix: (2 * own * columns * depth) / operationsOf(arch.mma), waits: 2 }),
    s.form === "pv" && fragmentsOf[arch.mma].weights === "pairs"
      ? times(turnWeights, (own * depth) / 256)
      : nothing,
    s.skipZeros === true ? lookForInfinities(columns * depth * halfBytes, own * depth) : nothing,
  ]);
};

/** Runs in the matrix unit, which reads b once for the four warps of a warpgroup. */
const issued = (s: Product, { kernel, arch, warps }: Place): Work => {
  const { rows, cols: depth } = sizeOf(kernel, tileOf(s.a.tile, kernel));
  const { cols: columns } = sizeOf(kernel, tileOf(s.to, kernel));
  const own = rows / warps;
  const a = tileOf(s.a.tile, kernel).place.kind === "shared" ? own * depth * halfBytes : 0;
  return work({
    matrix: (2 * own * columns * depth) / operationsOf(arch.mma),
    other: depth / 16,
    shared: a + (columns * depth * halfBytes) / 4,
  });
};

/** A shuffle moves a word of each lane through the pipe of shared memory. */
const shuffle = work({ other: 1, shared: 4 * lanes });

/** `to_operand`: 16 x 16 weights from pairs to an operand, by six shuffles between selections. */
const turnWeights = sum([times(shuffle, 6), work({ alu: 16, waits: 2 })]);

/** `skip_zeros`: every warp reads all of b once more, four fma.x2 for 16 bytes, and joins its weights. */
const lookForInfinities = (bBytes: number, weights: number): Work =>
  work({
    ...wideMoves(bBytes),
    fma: (4 * bBytes) / wide,
    alu: bBytes / wide + weights / 2 / lanes,
    waits: 3,
  });

const reduce = (s: Reduce, at: Place): Work => {
  const [from, to] = [tileOf(s.from, at.kernel), tileOf(s.to, at.kernel)];
  const { rows, columns } = part(from, at);
  const unit = s.op === "max" ? "alu" : "fma";
  const within = from.shape.length === 1 ? 0 : rows * columns;
  const joined = to.place.kind === "registers" && to.place.layout === "rows" ? 2 * rows : 0;
  return sum([
    work({ [unit]: within + joined }),
    times(shuffle, joined),
    work({ waits: joined > 0 ? 2 : 0 }),
  ]);
};
