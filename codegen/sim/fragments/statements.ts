// A statement lane by lane: what one warp does for it, given what its tiles hold. The same run proves a layout, on
// random tiles, and counts what the banks of shared memory are asked, on tiles of zeros.

import { unreachable } from "../../base/diagnostic.ts";
import type { Kernel, TileDecl } from "../../tile/program.ts";
import { type SharedMatrix, sharedMatrix } from "../../tile/shared-address.ts";
import { sizeOf } from "../../tile/size.ts";
import type { Product, Statement } from "../../tile/statement.ts";
import { tilesOf } from "../../tile/walk.ts";
import type { BlockShape } from "./layouts.ts";
import { roundTo } from "../round.ts";
import { type Blocks, type Matrix, spread } from "./registers.ts";
import { fillTile, readRows, scan } from "./transfers.ts";
import { get, put, pv, qk, type Warp } from "./warp.ts";
import { copyBox, issuePv, issueQk } from "./warpgroup.ts";

/** The elements of a tile, row by row. */
export type Values = (tile: TileDecl) => Float32Array;

export interface Outcome {
  /** The tile that the statement writes, or reads from shared memory to store it. */
  readonly tile: TileDecl;
  /** What the warp holds of it now; nothing where it lies in shared memory. */
  readonly registers?: Blocks;
  /** Its own rows as the warp has read them. */
  readonly read?: Float32Array;
}

/** Undefined: the statement does not touch shared memory. */
export const runLanes = (
  w: Warp,
  kernel: Kernel,
  s: Statement,
  values: Values,
): Outcome | undefined => {
  const decl = (name: string): TileDecl =>
    tilesOf(kernel).find((t) => t.name === name) ?? unreachable(`no tile ${name}`);
  const shared = (name: string): SharedMatrix => sharedMatrix(kernel, decl(name));
  const registers = (name: string): Blocks =>
    spread(ownPart(w, kernel, decl(name), values), shapeOf(w, decl(name)));
  switch (s.kind) {
    case "product":
      return { tile: decl(s.to), registers: multiply(w, s, decl, shared, registers) };
    case "get":
      return { tile: decl(s.to), registers: get(w, shared(s.from.tile)) };
    case "put": {
      const tile = decl(s.to.tile);
      const round = (x: number): number => roundTo(tile.dtype, x);
      put(w, shared(s.to.tile), registers(s.from), round);
      return { tile };
    }
    case "copy":
      fillTile(w, shared(s.to.tile), values(decl(s.to.tile)));
      return { tile: decl(s.to.tile) };
    case "bulk_copy":
      copyBox(w, shared(s.to.tile), values(decl(s.to.tile)));
      return { tile: decl(s.to.tile) };
    case "deposit":
      fillTile(w, shared(s.to.tile), values(decl(s.from)));
      return { tile: decl(s.to.tile) };
    case "store": {
      const tile = decl(s.from.tile);
      if (tile.place.kind !== "shared") return undefined;
      return { tile, read: readRows(w, shared(s.from.tile)) };
    }
    default:
      return undefined;
  }
};

const multiply = (
  w: Warp,
  s: Product,
  decl: (name: string) => TileDecl,
  shared: (name: string) => SharedMatrix,
  registers: (name: string) => Blocks,
): Blocks => {
  const b = shared(s.b.tile);
  const a =
    decl(s.a.tile).place.kind === "shared"
      ? ({ kind: "shared", tile: shared(s.a.tile) } as const)
      : ({ kind: "registers", blocks: registers(s.a.tile) } as const);
  if (s.skipZeros) scan(w, b);
  const to = registers(s.to);
  if (s.issued) return s.form === "qk" ? issueQk(w, to, a, b) : issuePv(w, to, a, b);
  return s.form === "qk" ? qk(w, to, a, b) : pv(w, to, a, b);
};

const shapeOf = ({ feed }: Warp, { name, place }: TileDecl): BlockShape => {
  const layout = place.kind === "registers" ? place.layout : undefined;
  return layout === "accumulator" || layout === "operand" || layout === "pairs"
    ? feed.layouts[layout]
    : unreachable(`${name} is no matrix in registers`);
};

/** The rows of a tile that belong to a warp. */
export const ownPart = (w: Warp, kernel: Kernel, tile: TileDecl, values: Values): Matrix => {
  const { rows, cols } = sizeOf(kernel, tile);
  const own = rows / w.warps;
  const first = w.number * own * cols;
  return { values: values(tile).subarray(first, first + own * cols), rows: own, columns: cols };
};
