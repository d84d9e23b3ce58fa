// What statements share while they are printed: the tiles in sight, and how a tile gets a new value.

import { unreachable } from "../base/diagnostic.ts";
import type { DType } from "../spec/description.ts";
import type { Kernel, Program, TensorDecl } from "../tile/program.ts";
import type { TileRef } from "../tile/statement-parts.ts";
import { printScalar, type Place } from "./expression.ts";
import type { Lines } from "./lines.ts";
import type { PythonTile } from "./tiles.ts";

export interface Scope {
  readonly program: Program;
  readonly kernel: Kernel;
  readonly tiles: ReadonlyMap<string, PythonTile>;
  readonly place: Place;
  readonly out: Lines;
  /** Inside `if_any`: the mask of the rows that take part. */
  readonly taken?: string;
  /** Steps that some `if_any` calls: they take the rows' mask as one more argument. */
  readonly maskedSteps: ReadonlySet<string>;
  /** Tiles that hold something by now. */
  readonly defined: Set<string>;
  /** Warps of the role that runs; unscheduled, the tile is one warp's. */
  readonly warps: number | undefined;
  /** Where roles take turns: the steps that wait for others on their way. */
  readonly waits?: ReadonlySet<string>;
  /** Inside `columns`: the mask of the elements that are absent. */
  readonly absent?: string;
}

export const tileOf = (scope: Scope, name: string): PythonTile =>
  scope.tiles.get(name) ?? unreachable("no tile", name);

export const tensorOf = ({ program }: Scope, name: string): TensorDecl =>
  [...program.inputs, ...program.outputs, ...program.workspace].find((t) => t.name === name) ??
  unreachable("no tensor", name);

/** The tile, or the stage of it. */
export const printRef = ({ tile, stage }: TileRef, scope: Scope): string => {
  const name = scope.place.names.of("value", tile);
  if (tileOf(scope, tile).stages === 1) return name;
  return `${name}[${stage === undefined ? "0" : printScalar(stage, scope.place)}]`;
};

/** Inside `if_any`, rows that do not take part keep what they have, if that is anything. */
export const assign = (
  scope: Scope,
  to: TileRef,
  value: string,
  note: string | undefined,
): void => {
  const target = printRef(to, scope);
  const keeps = scope.taken !== undefined && scope.defined.has(to.tile);
  const kept = keeps ? `np.where(${scope.taken}, ${value}, ${target})` : value;
  // Never a second name for an array: products change theirs in place.
  scope.out.noted(`${target} = ${/^\w+$/.test(kept) ? `${kept}.copy()` : kept}`, note);
  scope.defined.add(to.tile);
};

export const rounded = (scope: Scope, dtype: DType, text: string): string =>
  dtype === "f16" || dtype === "bf16" ? `${scope.place.use(`to_${dtype}`)}(${text})` : text;
