// Finished programs only: where shared tiles and mbarriers lie, and how tiles divide among warps.

import type { Arch } from "../arch/arch.ts";
import { fragmentsOf } from "../arch/fragments.ts";
import { codes } from "../base/codes.ts";
import {
  type BarrierDecl,
  type Kernel,
  type Place,
  type TileDecl,
  columnsInMemory,
} from "./program.ts";
import type { Check } from "./verify-check.ts";
import { placeOf } from "./verify-expression.ts";
import { warpsOf } from "./verify-roles.ts";
import { statementsOf, tilesOf } from "./walk.ts";

interface Range {
  readonly from: number;
  readonly to: number;
}

export const checkMemory = (check: Check, kernel: Kernel, arch: Arch): void => {
  if (check.program.arch !== arch.name)
    check.report(
      codes.wrongLevel(kernel.span, `a program for ${check.program.arch}`, `an ${arch.name}`),
    );
  for (const tile of tilesOf(kernel)) checkSides(check, kernel, tile, arch);
  checkWeights(check, kernel, arch);
  const tiles = kernel.tiles.flatMap((tile) => checkShared(check, kernel, tile));
  const barriers: Range[] = [];
  for (const barrier of kernel.barriers)
    barriers.push(checkBarrier(check, barrier, [...tiles, ...barriers]));
  const end = Math.max(0, ...[...tiles, ...barriers].map((r) => r.to));
  if (end > arch.sharedPerBlock)
    check.report(codes.sharedTooLarge(kernel.span, end, arch.name, arch.sharedPerBlock));
};

const sizesOf = (kernel: Kernel, tile: TileDecl): readonly number[] =>
  tile.shape.map((e) =>
    typeof e === "number" ? e : (kernel.axes.find((a) => a.name === e)?.size ?? 0),
  );

/** Fragments are 16 rows by 16 columns (accumulators: as the architecture says); each warp has rows of its own. */
const checkSides = (check: Check, kernel: Kernel, tile: TileDecl, arch: Arch): void => {
  const [rows = 0, cols = 0] = sizesOf(kernel, tile);
  const { place } = tile;
  const wrong = (side: string, found: number, multiple: number): void => {
    if (found % multiple !== 0)
      check.report(
        codes.badSize(tile.span, `${side} of ${tile.name}`, found, `a multiple of ${multiple}`),
      );
  };
  if (place.kind === "registers" && place.layout !== "chunks")
    wrong(
      "the number of rows",
      rows,
      16 * Math.max(...kernel.roles.map((r) => (r.single ? 1 : warpsOf(kernel, r)))),
    );
  if (tile.shape.length === 2) wrong("the number of columns", cols, blockColumns(place, arch));
};

/** What is computed element by element lies as the matrix instruction's shuffles, or their absence, want it. */
const checkWeights = (check: Check, kernel: Kernel, { mma }: Arch): void => {
  const { weights } = fragmentsOf[mma];
  const tiles = tilesOf(kernel);
  for (const part of [...kernel.steps, ...kernel.roles])
    for (const s of statementsOf(part.body)) {
      const name = s.kind === "map" || s.kind === "fill" ? s.to : undefined;
      const tile = tiles.find((t) => t.name === (s.kind === "product" ? s.a.tile : name));
      if (tile === undefined || (s.kind === "product" && s.form === "qk")) continue;
      const layout = placeOf(tile);
      if ((layout === "operand" || layout === "pairs") && layout !== weights)
        check.report(codes.wrongPlace(s.span, tile.name, layout, weights));
    }
};

const blockColumns = (place: Place, { mma }: Arch): number => {
  if (place.kind !== "registers") return 8;
  switch (place.layout) {
    case "accumulator":
      return fragmentsOf[mma].accumulator.blockColumns;
    case "operand":
    case "pairs":
      return 16;
    case "rows":
    case "lanes":
    case "chunks":
      return 8;
  }
};

const checkShared = (check: Check, kernel: Kernel, tile: TileDecl): readonly Range[] => {
  if (tile.place.kind !== "shared") return [];
  const { offset, stages, swizzle, rowBits = [], panel } = tile.place;
  const [rows = 0, cols = 0] = sizesOf(kernel, tile);
  const wrong = (problem: string): void =>
    check.report(codes.badShared(tile.span, tile.name, problem));
  if (tile.dtype !== "f16" && tile.dtype !== "bf16") wrong(`is ${tile.dtype}, not a 16-bit tile`);
  if (!Number.isInteger(offset) || offset < 0 || offset % 16 !== 0)
    wrong(`begins at byte ${offset}`);
  if (!Number.isInteger(stages) || stages < 1) wrong(`has ${stages} stages`);
  const row = panel === undefined ? cols : 64;
  if (![1, 2, 4, 8].includes(swizzle) || (row / 8) % swizzle !== 0)
    wrong(`has swizzle ${swizzle} in rows of ${cols} elements`);
  if (rowBits.some((bit) => ![0, 1, 2, 4, 8].includes(bit)))
    wrong(`has a swizzle by ${rowBits.join(" ")}`);
  if (panel !== undefined) checkPanel(check, tile, panel, rows);
  return [{ from: offset, to: offset + stages * rows * columnsInMemory(tile.place, cols) * 2 }];
};

/** Bulk copies and wgmma swizzle rows of 128 bytes in groups of 8, by the bits of the address. */
const checkPanel = (
  check: Check,
  { name, span, place }: TileDecl,
  panel: number,
  rows: number,
): void => {
  if (place.kind !== "shared") return;
  const wrong = (problem: string): void => check.report(codes.badPanel(span, name, problem));
  if (panel !== 64) wrong(`has panels of ${panel} columns`);
  if (place.swizzle !== 8) wrong(`has swizzle ${place.swizzle} in panels`);
  if (place.offset % 1024 !== 0) wrong(`has panels from byte ${place.offset}`);
  if (rows % 8 !== 0) wrong(`has panels of ${rows} rows`);
};

const checkBarrier = (check: Check, b: BarrierDecl, others: readonly Range[]): Range => {
  const wrong = (problem: string): void => check.report(codes.badShared(b.span, b.name, problem));
  const range = { from: b.offset, to: b.offset + 8 * b.stages };
  if (!Number.isInteger(b.offset) || b.offset < 0 || b.offset % 8 !== 0)
    wrong(`begins at byte ${b.offset}`);
  if (!Number.isInteger(b.stages) || b.stages < 1) wrong(`has ${b.stages} stages`);
  if (others.some((o) => range.from < o.to && o.from < range.to))
    wrong("overlaps a tile or another mbarrier");
  return range;
};
