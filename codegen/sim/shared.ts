// Shared memory of one block: tiles at byte offsets, which of their bytes hold data, and for each cell of 16
// rows who accessed it last, so that two accesses that nothing orders are found whatever order they ran in.
// Data in flight or destroyed is not overwritten with NaN: whatever could see it is an error here.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { columnsInMemory } from "../tile/program.ts";
import type { Clock, Clocks } from "./clocks.ts";
import type { Numbers } from "./global.ts";
import { show, showWithPlace, type Site, spanOf } from "./site.ts";
import type { TileShape } from "./tiles.ts";

const CELL_ROWS = 16;

/** 16 rows of one stage of a tile. */
interface Cell {
  readonly label: string;
  /** Which bytes: one piece, or one in each panel. */
  readonly pieces: readonly (readonly [start: number, end: number])[];
  /** Cells of other tiles that share bytes with this one. */
  readonly aliases: Cell[];
  /** The last write and the reads since, as marks per agent; 0: none. */
  readonly writes: Clock;
  readonly reads: Clock;
  writer: Site | undefined;
  reader: Site | undefined;
  holds: "nothing" | "data" | { readonly destroyedBy: Site };
}

export interface SharedTile {
  readonly shape: TileShape;
  readonly stages: readonly { readonly values: Numbers; readonly cells: readonly Cell[] }[];
}

/** Rows `first` to `last` of a stage. */
export interface Region {
  readonly tile: SharedTile;
  readonly stage: number;
  readonly first: number;
  readonly last: number;
}

const bytes = { f16: 2, bf16: 2, f32: 4, i32: 4 } as const;

const cellsOf = (shape: TileShape, stage: number, base: number, clocks: Clocks): Cell[] => {
  const size = bytes[shape.dtype];
  const panel = (shape.place.kind === "shared" && shape.place.panel) || shape.cols;
  const piecesOf = (first: number, last: number): Cell["pieces"] =>
    Array.from({ length: Math.ceil(shape.cols / panel) }, (_, i) => {
      const start = base + i * shape.rows * panel * size;
      return [start + first * panel * size, start + last * panel * size];
    });
  return Array.from({ length: Math.ceil(shape.rows / CELL_ROWS) }, (_, i) => {
    const last = Math.min(shape.rows, (i + 1) * CELL_ROWS);
    return {
      label: `rows ${i * CELL_ROWS} to ${last - 1} of ${shape.name}[${stage}]`,
      pieces: piecesOf(i * CELL_ROWS, last),
      aliases: [],
      writes: clocks.nothing(),
      reads: clocks.nothing(),
      writer: undefined,
      reader: undefined,
      holds: "nothing",
    };
  });
};

export const sharedTile = (shape: TileShape, clocks: Clocks): SharedTile => {
  if (shape.place.kind !== "shared") throw new Error(`${shape.name} is not in shared memory`);
  const { stages, offset } = shape.place;
  const size = shape.rows * shape.cols;
  const stageBytes = shape.rows * columnsInMemory(shape.place, shape.cols) * bytes[shape.dtype];
  return {
    shape,
    stages: Array.from({ length: stages }, (_, stage) => ({
      values: shape.dtype === "i32" ? new Int32Array(size) : new Float32Array(size).fill(NaN),
      cells: cellsOf(shape, stage, offset + stage * stageBytes, clocks),
    })),
  };
};

/** Makes tiles that overlap aliases of each other. */
export const linkAliases = (tiles: readonly SharedTile[]): void => {
  const cells = tiles.flatMap((t) => t.stages.flatMap((s) => s.cells));
  for (const a of cells) for (const b of cells) if (a !== b && overlap(a, b)) a.aliases.push(b);
};

const overlap = (a: Cell, b: Cell): boolean =>
  a.pieces.some(([start, end]) => b.pieces.some(([from, to]) => start < to && from < end));

const cellsIn = ({ tile, stage, first, last }: Region): readonly Cell[] =>
  tile.stages[stage]!.cells.slice(Math.floor(first / CELL_ROWS), Math.ceil(last / CELL_ROWS));

/** Reads by one warp: by its threads, or by the products that it issues. */
export const readShared = (
  region: Region,
  warp: number,
  by: "threads" | "products",
  clocks: Clocks,
  site: Site,
): void => {
  const agent = by === "products" ? clocks.productsOf(warp) : warp;
  for (const cell of cellsIn(region)) {
    checkOrdered(cell, "writes", "reads", warp, clocks, site);
    if (by === "products") checkFenced(cell, "writes", "reads", warp, clocks, site);
    if (cell.holds === "nothing") fail(codes.uninitialised(spanOf(site), show(site), cell.label));
    if (typeof cell.holds === "object")
      fail(
        codes.destroyed(
          spanOf(site),
          show(site),
          cell.label,
          showWithPlace(cell.holds.destroyedBy),
        ),
      );
    cell.reads[agent] = clocks.mark(agent);
    cell.reader = site;
  }
};

/** Writes by several warps together, by their threads, by copies or by the bulk copies that land at an mbarrier. */
export const writeShared = (
  region: Region,
  warps: readonly number[],
  by: "threads" | "copies" | { readonly landing: number },
  clocks: Clocks,
  site: Site,
): void => {
  const verb = by === "threads" ? "writes" : "overwrites";
  for (const cell of cellsIn(region)) {
    for (const other of [cell, ...cell.aliases])
      for (const warp of warps)
        for (const earlier of ["writes", "reads"] as const) {
          checkOrdered(other, earlier, verb, warp, clocks, site);
          if (typeof by === "object") checkFenced(other, earlier, verb, warp, clocks, site);
        }
    for (const alias of cell.aliases) destroy(alias, site);
    cell.reads.fill(0);
    cell.writes.fill(0);
    for (const warp of warps) {
      const agent = by === "threads" ? warp : by === "copies" ? clocks.copiesOf(warp) : by.landing;
      cell.writes[agent] = clocks.mark(agent);
    }
    cell.writer = site;
    cell.holds = "data";
  }
};

/** Its earlier accesses are ordered before the write that destroyed it, and so before all that follow. */
const destroy = (cell: Cell, site: Site): void => {
  cell.reads.fill(0);
  cell.writes.fill(0);
  if (cell.holds !== "nothing") cell.holds = { destroyedBy: site };
};

const checkOrdered = (
  cell: Cell,
  earlier: "writes" | "reads",
  verb: string,
  warp: number,
  clocks: Clocks,
  site: Site,
): void => {
  const known = clocks.known[warp]!;
  const marks = cell[earlier];
  let unordered: number | undefined;
  for (let agent = 0; agent < marks.length; agent++)
    if (marks[agent]! > known[agent]! && (unordered === undefined || unordered === warp))
      unordered = agent; // other agents before the warp's own lanes: they ask for more
  if (unordered !== undefined) raise(cell, earlier, verb, unordered, warp, clocks, site);
};

/** What threads and their copies did, once it is ordered, before an access through the async proxy. */
const checkFenced = (
  cell: Cell,
  earlier: "writes" | "reads",
  verb: string,
  warp: number,
  clocks: Clocks,
  site: Site,
): void => {
  const unfenced = cell[earlier].findIndex(
    (mark, agent) => mark > clocks.known[warp]![clocks.fenced(agent)]!,
  );
  if (unfenced < 0) return;
  const other = earlier === "writes" ? cell.writer : cell.reader;
  const first = other === undefined ? "an earlier statement" : showWithPlace(other);
  const missing =
    "the matrix unit and bulk copies see shared memory on a path of their own: an `order_copies` after it is missing";
  fail(codes.race(spanOf(site), show(site), verb, cell.label, first, earlier, missing));
};

const raise = (
  cell: Cell,
  earlier: "writes" | "reads",
  verb: string,
  agent: number,
  warp: number,
  clocks: Clocks,
  site: Site,
): never => {
  const other = earlier === "writes" ? cell.writer : cell.reader;
  const first = other === undefined ? "an earlier statement" : showWithPlace(other);
  const report = (missing: string): never =>
    fail(codes.race(spanOf(site), show(site), verb, cell.label, first, earlier, missing));
  const inFlight = (): never =>
    fail(codes.inFlight(spanOf(site), show(site), verb, cell.label, first));
  switch (clocks.kind(agent)) {
    case "landing":
      return inFlight();
    case "copies":
      return clocks.hasLanded(agent, cell.writes[agent]!)
        ? report(
            "the copies have landed only for the threads that started them: a `barrier` after the wait is missing",
          )
        : inFlight();
    case "products":
      return report(
        "the matrix unit may still be reading: an `await_products` that covers the product, and what tells of it, is missing",
      );
    case "warp":
      return agent === warp
        ? report(
            "they are of different lanes of a warp: a `sync_warp` or `barrier` between them is missing",
          )
        : report("they are of different warps: a `barrier`, or an arrive and an await, is missing");
  }
};
