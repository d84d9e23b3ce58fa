// Tiles as the simulator holds them: shapes in numbers, and register tiles with what each warp has written.

import { codes } from "../base/codes.ts";
import { fail, unreachable } from "../base/diagnostic.ts";
import type { DType } from "../spec/description.ts";
import type { Place, TileDecl } from "../tile/program.ts";
import type { Numbers } from "./global.ts";
import { show, showWithPlace, type Site, spanOf } from "./site.ts";

/**
 * How positions follow each other in memory: row after row of a matrix; one value per row; or for each row
 * one value for each of the four lanes that share it (arch/fragments.ts says which columns they hold).
 */
export type Form = "matrix" | "rows" | "lanes";

export interface TileShape {
  readonly name: string;
  readonly dtype: DType;
  readonly place: Place;
  /** As declared: axes by name, or constants. */
  readonly axes: readonly (string | number)[];
  readonly form: Form;
  readonly rows: number;
  /** Values per row: columns of a matrix, 1 of `rows`, 4 of `lanes`. */
  readonly cols: number;
}

const formOf = ({ place, shape }: TileDecl): Form => {
  if (shape.length === 2) return "matrix";
  return place.kind === "registers" && place.layout === "lanes" ? "lanes" : "rows";
};

/** `size` tells how many elements of an axis a tile spans. */
export const shapeOf = (decl: TileDecl, size: (axis: string) => number): TileShape => {
  const [rows = 1, cols] = decl.shape.map((e) => (typeof e === "number" ? e : size(e)));
  const form = formOf(decl);
  return {
    name: decl.name,
    dtype: decl.dtype,
    place: decl.place,
    axes: decl.shape,
    form,
    rows,
    cols: form === "lanes" ? 4 : (cols ?? 1),
  };
};

/** A tile in registers, or an unscheduled program's tile, which has no home yet. */
export interface RegisterTile {
  readonly shape: TileShape;
  readonly values: Numbers;
  /** For each warp of the role, whether it has written its rows. */
  readonly written: Uint8Array;
  /** The issued product that it belongs to, until it is awaited by name. */
  heldBy?: Site | undefined;
}

/** Registers hold NaN until they are written. */
export const registerTile = (shape: TileShape, warps: number): RegisterTile => {
  const size = shape.rows * shape.cols;
  const shares = shape.place.kind === "registers" && shape.place.layout === "chunks";
  if (!shares && shape.rows % warps !== 0)
    unreachable(`${shape.rows} rows of ${shape.name}, ${warps} warps`);
  const values = shape.dtype === "i32" ? new Int32Array(size) : new Float32Array(size).fill(NaN);
  return { shape, values, written: new Uint8Array(warps) };
};

/** At the end of a step, whose tiles do not outlive the call. */
export const forget = (tile: RegisterTile): void => {
  tile.values.fill(NaN);
  tile.written.fill(0);
};

/** Nothing may touch the registers of a product that may be in flight. */
const checkFree = ({ shape, heldBy }: RegisterTile, verb: "reads" | "writes", site: Site): void => {
  if (heldBy !== undefined)
    fail(codes.heldByProduct(spanOf(site), show(site), verb, shape.name, showWithPlace(heldBy)));
};

export const checkWritten = (tile: RegisterTile, warps: readonly number[], site: Site): void => {
  checkFree(tile, "reads", site);
  for (const warp of warps)
    if (tile.written[warp] === 0)
      fail(codes.uninitialised(spanOf(site), show(site), tile.shape.name));
};

export const markWritten = (tile: RegisterTile, warps: readonly number[], site: Site): void => {
  checkFree(tile, "writes", site);
  for (const warp of warps) tile.written[warp] = 1;
};
