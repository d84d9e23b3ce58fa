// What a statement can see while it runs: its block, its role's warps and registers, scalars by name.

import { codes } from "../base/codes.ts";
import { fail, unreachable } from "../base/diagnostic.ts";
import { evaluate } from "../expr/evaluate.ts";
import type { Expr } from "../expr/expr.ts";
import type { TileDecl } from "../tile/program.ts";
import type { Columns } from "../tile/statement.ts";
import type { BarrierRef } from "../tile/statement-parts.ts";
import type { Clocks } from "./clocks.ts";
import { type Actor, readElement } from "./global.ts";
import type { Launch } from "./launch.ts";
import type { MatrixUnit } from "./matrix-unit.ts";
import type { Mbarrier } from "./mbarriers.ts";
import type { Meeting, Turns } from "./meetings.ts";
import type { Scope } from "./scope.ts";
import type { SharedTile } from "./shared.ts";
import { show, type Site, spanOf } from "./site.ts";
import { forget, type RegisterTile, registerTile, shapeOf, type TileShape } from "./tiles.ts";

export interface Block {
  readonly launch: Launch;
  readonly actor: Actor;
  readonly clocks: Clocks;
  readonly shared: ReadonlyMap<string, SharedTile>;
  readonly mbarriers: ReadonlyMap<string, readonly Mbarrier[]>;
}

/** The warps of a role, or of the whole block, numbered within the block from `firstWarp`. */
export interface Warps {
  readonly firstWarp: number;
  readonly count: number;
}

export interface Context {
  readonly block: Block;
  readonly warps: Warps;
  /** Where all who run now in the block, or in the role, meet. */
  readonly meetings: { readonly block: Meeting; readonly role: Meeting };
  /** The turns of the role's warpgroups, and which of these this is. */
  readonly turns: Turns;
  readonly group: number;
  /** What these warps have issued. */
  readonly unit: MatrixUnit;
  readonly scope: Scope;
  readonly registers: Registers;
  /** Warps of the role, counted within it, that take part. */
  readonly active: readonly number[];
  /** Unscheduled: where the tiles of each axis begin, and the loop whose `where` makes elements absent. */
  readonly origins: ReadonlyMap<string, number>;
  readonly columns: Columns | undefined;
}

/** A role's register tiles, made when they are first named. */
export class Registers {
  readonly tiles = new Map<string, RegisterTile>();
  private readonly steps = new Map<string, Registers>();
  private readonly decls: readonly TileDecl[];
  private readonly block: Block;
  private readonly warps: number;
  private readonly outer: Registers | undefined;

  constructor(decls: readonly TileDecl[], block: Block, warps: number, outer?: Registers) {
    this.decls = decls;
    this.block = block;
    this.warps = warps;
    this.outer = outer;
  }

  find(name: string): RegisterTile | undefined {
    const known = this.tiles.get(name);
    if (known !== undefined) return known;
    const decl = this.decls.find((d) => d.name === name);
    if (decl === undefined) return this.outer?.find(name);
    if (decl.place.kind === "shared") return undefined;
    const tile = registerTile(shapeIn(this.block.launch, decl), this.warps);
    this.tiles.set(name, tile);
    return tile;
  }

  get(name: string): RegisterTile {
    return this.find(name) ?? unreachable(`no register tile ${name}`);
  }

  /** The tiles of one call of a step: `decls` hide the kernel's, and hold nothing yet. */
  forCall(step: string, decls: readonly TileDecl[]): Registers {
    const kernel = this.outer ?? this;
    const known = kernel.steps.get(step);
    if (known !== undefined) {
      for (const tile of known.tiles.values()) forget(tile);
      return known;
    }
    const registers = new Registers(decls, this.block, this.warps, kernel);
    kernel.steps.set(step, registers);
    return registers;
  }
}

export const shapeIn = (launch: Launch, decl: TileDecl): TileShape =>
  shapeOf(decl, (axis) => launch.axes.get(axis)?.size ?? unreachable(`no axis ${axis}`));

export const valueOf = (context: Context, e: Expr, site: Site): number => {
  const { scope, block } = context;
  const variable = (name: string): number => scope.get(name);
  const load = (tensor: string, index: readonly number[]): number =>
    readElement(block.launch.tensors.get(tensor)!, index, block.actor, site);
  return evaluate(e, { variable, load }, "f32");
};

/** The block's numbers of the active warps. */
export const activeWarps = ({ warps, active }: Context): readonly number[] =>
  active.map((w) => warps.firstWarp + w);

/** The same of all warps of the role. */
export const allWarps = ({ firstWarp, count }: Warps): readonly number[] =>
  Array.from({ length: count }, (_, w) => firstWarp + w);

export const mbarrierOf = (ref: BarrierRef, context: Context, site: Site): Mbarrier => {
  const stages =
    context.block.mbarriers.get(ref.barrier) ?? unreachable(`no mbarrier ${ref.barrier}`);
  const stage = valueOf(context, ref.stage, site);
  return (
    stages[stage] ??
    fail(codes.noStage(spanOf(site), show(site), ref.barrier, stage, stages.length))
  );
};

/** Rows that one warp owns: those of the tile, divided evenly among the role's warps. */
export const rowsOf = (context: Context, warp: number, rows: number): readonly [number, number] => {
  const own = rows / context.warps.count;
  return [warp * own, (warp + 1) * own];
};

/** The active warps' rows, neighbours joined. */
export const activeRows = (
  context: Context,
  rows: number,
): readonly (readonly [number, number])[] => {
  if (context.active.length === context.warps.count) return [[0, rows]];
  const joined: [number, number][] = [];
  for (const [first, last] of context.active.map((warp) => rowsOf(context, warp, rows))) {
    const before = joined.at(-1);
    if (before?.[1] === first) before[1] = last;
    else joined.push([first, last]);
  }
  return joined;
};
