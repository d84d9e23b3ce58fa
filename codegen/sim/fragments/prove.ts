// Holds the lanes against the interpreter: a statement runs both ways on the same random tiles, and every element
// must agree to the last bit. What is proven so, for an instruction, a layout and a swizzle, the ordinary tile path
// may then assume.

import type { Arch } from "../../arch/arch.ts";
import { i32 } from "../../expr/expr.ts";
import type { Kernel } from "../../tile/program.ts";
import { sharedMatrix } from "../../tile/shared-address.ts";
import { sizeOf } from "../../tile/size.ts";
import type { Statement } from "../../tile/statement.ts";
import { mapExpressions, readsOf, tilesOf } from "../../tile/walk.ts";
import { castOf } from "../casts.ts";
import { generator } from "../random.ts";
import { roundAll } from "../round.ts";
import { type Facts, factsOf, readTile, warpsOf, writeTile } from "./machine.ts";
import { interpret } from "./one-statement.ts";
import { blocksDiffer, type Difference, rowsDiffer } from "./registers.ts";
import { type Outcome, ownPart, runLanes, type Values } from "./statements.ts";
import type { Warp } from "./warp.ts";

export interface Fault extends Difference {
  readonly tile: string;
  readonly warp: number;
}

/** Where lanes and interpreter first differ; undefined: nowhere, or the statement touches no shared memory. */
export const prove = (
  kernel: Kernel,
  arch: Arch,
  statement: Statement,
  facts: Facts = factsOf(arch),
): Fault | undefined => {
  const cast = castOf(kernel, statement);
  if (cast === undefined) return undefined;
  const s = mapExpressions(statement, () => i32(0)); // the first stage
  const before = randomTiles(kernel);
  const warps = warpsOf(kernel, facts, statement);
  for (const warp of warps.slice(0, 1)) load(warp, kernel, s, before);
  const outcomes = warps.map((warp) => runLanes(warp, kernel, s, before));
  const after = interpret(kernel, arch, cast, s, before);
  for (const warp of warps) {
    const outcome = outcomes[warp.number];
    if (outcome === undefined) continue;
    const expected: Values = (tile) => Float32Array.from(after(tile));
    const found = difference(warp, kernel, outcome, expected);
    if (found !== undefined) return { ...found, tile: outcome.tile.name, warp: warp.number };
  }
  return undefined;
};

/** N(0, 1) in each tile's own dtype, the same for the same tile each time. */
const randomTiles = (kernel: Kernel): Values => {
  const known = new Map<string, Float32Array>();
  return (tile) => {
    const found = known.get(tile.name);
    if (found !== undefined) return found;
    const { rows, cols } = sizeOf(kernel, tile);
    const random = generator(1, tilesOf(kernel).indexOf(tile));
    const values = Float32Array.from({ length: rows * cols }, () => random.normal());
    if (tile.dtype !== "i32") roundAll(tile.dtype, values);
    known.set(tile.name, values);
    return values;
  };
};

/** Puts the shared tiles that a statement reads in their places. */
const load = ({ memory }: Warp, kernel: Kernel, s: Statement, values: Values): void => {
  const read = new Set(readsOf(s, () => true).map((r) => r.tile));
  for (const tile of kernel.tiles)
    if (read.has(tile.name) && tile.place.kind === "shared")
      writeTile(memory, sharedMatrix(kernel, tile), values(tile));
};

const difference = (
  w: Warp,
  kernel: Kernel,
  { tile, registers, read }: Outcome,
  expected: Values,
): Difference | undefined => {
  const own = ownPart(w, kernel, tile, expected);
  if (registers !== undefined) return blocksDiffer(registers, own);
  if (read !== undefined) return rowsDiffer(read, own);
  const whole = { ...sizeOf(kernel, tile), values: expected(tile) };
  return rowsDiffer(readTile(w.memory, sharedMatrix(kernel, tile)), {
    values: whole.values,
    rows: whole.rows,
    columns: whole.cols,
  });
};
