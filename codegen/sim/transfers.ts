// Statements that move boxes between tensors and tiles: load, store, copy, bulk_copy, fetch; and get, put and deposit between
// shared memory and registers.

import { codes } from "../base/codes.ts";
import { fail, unreachable } from "../base/diagnostic.ts";
import type { LoadTile, StoreTile } from "../tile/statement.ts";
import type { Slice, TileRef } from "../tile/statement-parts.ts";
import type { BulkCopy, Copy, Deposit, Fetch, Get, Put } from "../tile/statement-scheduled.ts";
import { activeRows, activeWarps, type Context, mbarrierOf, rowsOf, valueOf } from "./context.ts";
import { roundRows } from "./elements.ts";
import {
  type Box,
  checkInside,
  checkPoint,
  type GlobalTensor,
  type Numbers,
  readBox,
  type Side,
  writeBox,
} from "./global.ts";
import { readShared, type Region, type SharedTile, writeShared } from "./shared.ts";
import { show, type Site, spanOf } from "./site.ts";
import { checkWritten, markWritten, type TileShape } from "./tiles.ts";

export const load = (s: LoadTile, context: Context, site: Site): void => {
  const to = context.registers.get(s.to);
  const box = boxOf(s.from, to.shape, context, site);
  readBox(box, to.values, to.shape.cols, context.block.actor, site);
  markWritten(to, context.active, site);
};

export const store = (s: StoreTile, context: Context, site: Site): void => {
  const register = context.registers.find(s.from.tile);
  if (register !== undefined) {
    checkWritten(register, context.active, site);
    storeRows(s, register.shape, register.values, context, site);
    return;
  }
  const { tile, stage } = stageOf(s.from, context, site);
  readOwnRows(tile, stage, "threads", context, site);
  storeRows(s, tile.shape, tile.stages[stage]!.values, context, site);
};

const storeRows = (
  s: StoreTile,
  shape: TileShape,
  values: Numbers,
  context: Context,
  site: Site,
): void => {
  const box = boxOf(s.to, shape, context, site);
  for (const rows of activeRows(context, shape.rows))
    writeBox(box, values, shape.cols, rows, context.block.actor, site);
};

/**
 * The data is put in place at once: whatever reads or overwrites it before it is ordered after the copy is an
 * error, so that nobody can see it too early.
 */
export const copy = (s: Copy, context: Context, site: Site): void => {
  const { tile, stage } = stageOf(s.to, context, site);
  const box = boxOf(s.from, tile.shape, context, site);
  if (valueOf(context, s.guard, site) === 0) checkInside(box, site);
  const { clocks, actor } = context.block;
  writeShared(wholeOf(tile, stage), activeWarps(context), "copies", clocks, site);
  readBox(box, tile.stages[stage]!.values, tile.shape.cols, actor, site);
};

/** In place at once too; who lands is told apart by mbarrier, for each is awaited by itself. */
export const bulkCopy = (s: BulkCopy, context: Context, site: Site): void => {
  const { tile, stage } = stageOf(s.to, context, site);
  const box = boxOf(s.from, tile.shape, context, site);
  const barrier = mbarrierOf(s.barrier, context, site);
  const landing = barrier.landing ?? unreachable(`${s.barrier.barrier} counts no bytes`);
  const { clocks, actor } = context.block;
  for (const warp of activeWarps(context)) {
    writeShared(wholeOf(tile, stage), [warp], { landing }, clocks, site);
    barrier.land(warp, landing, site);
  }
  readBox(box, tile.stages[stage]!.values, tile.shape.cols, actor, site);
};

export const fetch = (s: Fetch, context: Context, site: Site): void => {
  const to = context.registers.get(s.to);
  const box = boxOf(s.from, to.shape, context, site);
  if (valueOf(context, s.guard, site) === 0) checkInside(box, site);
  readBox(box, to.values, to.shape.cols, context.block.actor, site);
  markWritten(to, context.active, site);
};

/** Which thread writes which piece is not told apart: all warps write the whole tile. */
export const deposit = (s: Deposit, context: Context, site: Site): void => {
  const from = context.registers.get(s.from);
  const { tile, stage } = stageOf(s.to, context, site);
  checkWritten(from, context.active, site);
  const { clocks } = context.block;
  writeShared(wholeOf(tile, stage), activeWarps(context), "threads", clocks, site);
  tile.stages[stage]!.values.set(from.values);
};

export const get = (s: Get, context: Context, site: Site): void => {
  const to = context.registers.get(s.to);
  const { tile, stage } = stageOf(s.from, context, site);
  readOwnRows(tile, stage, "threads", context, site);
  transfer(tile.stages[stage]!.values, to.values, to.shape, context);
  markWritten(to, context.active, site);
};

export const put = (s: Put, context: Context, site: Site): void => {
  const from = context.registers.get(s.from);
  const { tile, stage } = stageOf(s.to, context, site);
  checkWritten(from, context.active, site);
  for (const warp of context.active) {
    const [first, last] = rowsOf(context, warp, tile.shape.rows);
    const own = context.warps.firstWarp + warp;
    writeShared({ tile, stage, first, last }, [own], "threads", context.block.clocks, site);
  }
  transfer(from.values, tile.stages[stage]!.values, tile.shape, context);
};

/** Copies the active warps' rows; padding of the wider tile keeps what it has. */
const transfer = (from: Numbers, to: Numbers, shape: TileShape, context: Context): void => {
  for (const [first, last] of activeRows(context, shape.rows)) {
    to.set(from.subarray(first * shape.cols, last * shape.cols), first * shape.cols);
    roundRows(to, shape, first, last);
  }
};

export const wholeOf = (tile: SharedTile, stage: number): Region => ({
  tile,
  stage,
  first: 0,
  last: tile.shape.rows,
});

/** Each active warp reads its own rows. */
export const readOwnRows = (
  tile: SharedTile,
  stage: number,
  by: "threads" | "products",
  context: Context,
  site: Site,
): void => {
  for (const warp of context.active) {
    const [first, last] = rowsOf(context, warp, tile.shape.rows);
    const own = context.warps.firstWarp + warp;
    readShared({ tile, stage, first, last }, own, by, context.block.clocks, site);
  }
};

export const stageOf = (
  ref: TileRef,
  context: Context,
  site: Site,
): { readonly tile: SharedTile; readonly stage: number } => {
  const tile = context.block.shared.get(ref.tile) ?? unreachable(`no tile ${ref.tile}`);
  const stage = ref.stage === undefined ? 0 : valueOf(context, ref.stage, site);
  if (tile.stages[stage] === undefined)
    fail(codes.noStage(spanOf(site), show(site), ref.tile, stage, tile.stages.length));
  return { tile, stage };
};

/** Where a tile lies in a tensor: named axes meet the tile's by name, whole axes in their order. */
const boxOf = (slice: Slice, shape: TileShape, context: Context, site: Site): Box => {
  const tensor: GlobalTensor =
    context.block.launch.tensors.get(slice.tensor) ?? unreachable(`no tensor ${slice.tensor}`);
  const sides: (Side | undefined)[] = shape.axes.map(() => undefined);
  let base = 0;
  slice.index.forEach((index, axis) => {
    const extent = tensor.extents[axis]!;
    if (index.kind === "point") {
      const at = valueOf(context, index.at, site);
      checkPoint(tensor, axis, at, site);
      base += at * tensor.strides[axis]!;
      return;
    }
    const origin = index.kind === "tile" ? valueOf(context, index.origin, site) : 0;
    if (origin < 0) checkPoint(tensor, axis, origin, site);
    base += origin * tensor.strides[axis]!;
    const side = shape.axes.findIndex(
      (a, i) =>
        sides[i] === undefined &&
        (index.kind === "tile" ? a === index.axis : typeof a === "number"),
    );
    const count = side === 0 ? shape.rows : shape.cols;
    const inside = Math.min(Math.max(extent - origin, 0), count);
    sides[side] = { kind: index.kind, axis, origin, count, inside };
  });
  const [rows, cols] = sides;
  return rows === undefined
    ? unreachable(`${shape.name} does not fit ${slice.tensor}`)
    : { tensor, base, rows, cols };
};
