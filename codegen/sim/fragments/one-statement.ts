// The interpreter's meaning of one statement by itself: what a block's tiles hold after it, from what they held before.
// Boxes of tensors are left out: a copy leaves its tile as given.

import type { Arch } from "../../arch/arch.ts";
import { fragmentsOf } from "../../arch/fragments.ts";
import { unreachable } from "../../base/diagnostic.ts";
import type { Kernel, TileDecl } from "../../tile/program.ts";
import type { Statement } from "../../tile/statement.ts";
import { readsOf, tilesOf, writesOf } from "../../tile/walk.ts";
import { contextOf } from "../block.ts";
import { type Cast, numbers } from "../casts.ts";
import { activeWarps, type Context, Registers } from "../context.ts";
import type { Numbers } from "../global.ts";
import { runBody } from "../interpret.ts";
import type { Launch } from "../launch.ts";
import { Scope } from "../scope.ts";
import { writeShared } from "../shared.ts";
import { markWritten } from "../tiles.ts";
import { wholeOf } from "../transfers.ts";
import type { Values } from "./statements.ts";

/** What a tile holds afterwards, row by row. */
export const interpret = (kernel: Kernel, arch: Arch, cast: Cast, s: Statement, before: Values) => {
  const context = roleContext(contextOf(launchOf(kernel, arch), 0), cast);
  const named = new Set([...readsOf(s, () => true), ...writesOf(s)].map((r) => r.tile));
  const tiles = tilesOf(kernel).filter((t) => named.has(t.name));
  const registers = registersOf(kernel, tiles, context);
  for (const tile of tiles) setTile(tile, before(tile), { ...context, registers }, s);
  const { clocks } = context.block;
  clocks.syncBlock();
  for (const warp of activeWarps(context)) clocks.orderCopies(warp);
  if (s.kind !== "copy" && s.kind !== "bulk_copy" && s.kind !== "store")
    for (const blocked of runBody([s], { ...context, registers }))
      unreachable(`${s.kind} waits`, blocked.site.kernel.name);
  return (tile: TileDecl): Numbers =>
    tile.place.kind === "shared" ? sharedValues(tile, context) : registers.get(tile.name).values;
};

/** All warps of a role, together. */
const roleContext = (context: Context, cast: Cast): Context => ({
  ...context,
  warps: cast,
  registers: new Registers(context.block.launch.kernel.tiles, context.block, cast.count),
  active: numbers(cast.count),
});

const launchOf = (kernel: Kernel, { mma }: Arch): Launch => ({
  kernel,
  fragments: fragmentsOf[mma],
  scope: new Scope(),
  tensors: new Map(),
  axes: new Map(kernel.axes.map(({ name, size = 0 }) => [name, { extent: size, size }])),
  blocks: 1,
  firstBlock: 0,
  point: () => ({ values: [], origins: new Map() }),
});

/** A step's registers, where one of the tiles is a step's own. */
const registersOf = (kernel: Kernel, tiles: readonly TileDecl[], context: Context): Registers => {
  const step = kernel.steps.find((step) => step.tiles.some((t) => tiles.includes(t)));
  return step === undefined ? context.registers : context.registers.forCall(step.name, step.tiles);
};

const setTile = (tile: TileDecl, values: Float32Array, context: Context, s: Statement): void => {
  const site = { statement: s, kernel: context.block.launch.kernel };
  if (tile.place.kind !== "shared") {
    const register = context.registers.get(tile.name);
    register.values.set(values);
    return markWritten(register, context.active, site);
  }
  const { block } = context;
  const shared = block.shared.get(tile.name) ?? unreachable(`no tile ${tile.name}`);
  writeShared(wholeOf(shared, 0), activeWarps(context), "threads", block.clocks, site);
  sharedValues(tile, context).set(values);
};

const sharedValues = ({ name }: TileDecl, { block }: Context): Numbers =>
  block.shared.get(name)?.stages[0]?.values ?? unreachable(`no tile ${name}`);
