// Gives every value that is left a fragment layout, and moves tiles that only one step uses into it.
// Before: tiles without a home. After: none; tiles that nothing uses are gone.

import { fragmentsOf } from "../arch/fragments.ts";
import type { Kernel, Layout, TileDecl } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import { readsOf, statementsOf, tilesOf, writesOf } from "../tile/walk.ts";
import { editKernels } from "./edit.ts";
import type { Pass, Target } from "./target.ts";

/** Names of the tiles that a body reads or writes. */
const tilesUsed = (body: readonly Statement[], tiles: readonly TileDecl[]): ReadonlySet<string> => {
  const isTile = (name: string): boolean => tiles.some((t) => t.name === name);
  return new Set(
    [...statementsOf(body)]
      .flatMap((s) => [...readsOf(s, isTile), ...writesOf(s)])
      .map((r) => r.tile),
  );
};

const layoutOf = (tile: TileDecl, all: readonly Statement[], { arch }: Target): Layout => {
  if (tile.shape.length === 1) return "rows";
  const product = all.find((s) => s.kind === "product" && s.a.tile === tile.name);
  if (product?.kind !== "product") return "accumulator";
  return product.form === "pv" ? fragmentsOf[arch.mma].weights : "operand";
};

const placeKernel = (kernel: Kernel, target: Target): Kernel => {
  const all = [...kernel.steps, ...kernel.roles].flatMap((part) => [...statementsOf(part.body)]);
  const place = (tile: TileDecl): TileDecl =>
    tile.place.kind === "value"
      ? { ...tile, place: { kind: "registers", layout: layoutOf(tile, all, target) } }
      : tile;
  const tiles = tilesOf(kernel);
  const uses = [
    ...kernel.roles.map((r) => ({ step: "", used: tilesUsed(r.body, tiles) })),
    ...kernel.steps.map((s) => ({ step: s.name, used: tilesUsed(s.body, tiles) })),
  ];
  const users = (name: string): readonly string[] =>
    uses.flatMap(({ step, used }) => (used.has(name) ? [step] : []));
  const home = new Map(tiles.map((t) => [t.name, users(t.name)]));
  const local = (tile: TileDecl, step: string): boolean =>
    tile.place.kind !== "shared" &&
    home.get(tile.name)?.length === 1 &&
    home.get(tile.name)?.[0] === step;
  const used = kernel.tiles.map(place).filter((t) => (home.get(t.name)?.length ?? 0) > 0);
  return {
    ...kernel,
    tiles: used.filter((t) => !kernel.steps.some((s) => local(t, s.name))),
    steps: kernel.steps.map((step) => ({
      ...step,
      tiles: [...used.filter((t) => local(t, step.name)), ...step.tiles.map(place)],
    })),
  };
};

/** After every pass that makes tiles. */
export const placeRegisters: Pass = (program, target) =>
  editKernels(program, (kernel) => placeKernel(kernel, target));
