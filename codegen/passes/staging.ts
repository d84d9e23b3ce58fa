// What the ways of staging copies share: the copy of a visit's tile, and where it is used.

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, add, i32, substitute, variable } from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import { mapStatements, statementsOf } from "../tile/walk.ts";
import type { BarrierDecl, Step, TileDecl } from "../tile/program.ts";
import type { Copy, LoadTile, Slice, Statement, TileRef } from "../tile/statement.ts";

export interface Staging {
  /** Loads of the loop, in the order of their use. */
  readonly loads: readonly LoadTile[];
  readonly stages: number;
  readonly barriers: readonly BarrierDecl[];
  /** Tiles in registers that copies pass through, of the step's loads; and of those before the loop. */
  readonly passing?: {
    readonly step: readonly TileDecl[];
    readonly prologue: (once: readonly LoadTile[]) => readonly TileDecl[];
  };
  /** The step's body with copies in the place of loads. */
  readonly step: (step: Step) => readonly Statement[];
  /** Copies before the loop; `once` are loads that the loop needs from its start. */
  readonly prologue: (step: Step, once: readonly LoadTile[]) => readonly Statement[];
  /** Makes what `once` loaded visible to every thread. */
  readonly landed: readonly Statement[];
}

export const t = variable("i32", "t");
export const count = variable("i32", "count");
export const later = (distance: number): Expr => simplify(add(t, i32(distance)));

/** The copy of what `load` reads in visit `visit`, whose tile begins where the step's lets say. */
export const copyOf = (
  step: Step,
  load: LoadTile,
  to: TileRef,
  visit: Expr,
  guard: Expr,
  note: string,
): Copy => ({ kind: "copy", to, from: sliceAt(step, load, visit), guard, note });

/** What `load` reads in visit `visit`. */
export const sliceAt = (step: Step, load: LoadTile, visit: Expr): Slice => ({
  ...load.from,
  index: load.from.index.map((index) =>
    index.kind === "tile" ? { ...index, origin: originAt(step, index.origin, visit) } : index,
  ),
});

const originAt = (step: Step, origin: Expr, visit: Expr): Expr => {
  if (visit === t || origin.kind !== "var") return origin;
  const binding = step.body.find((s) => s.kind === "let" && s.name === origin.name);
  return binding?.kind === "let"
    ? simplify(substitute(binding.value, new Map([["t", visit]])))
    : origin;
};

/** Operands of the products in a statement, its body included. */
const operands = (s: Statement): readonly TileRef[] =>
  statementsOf([s]).flatMap((x) => (x.kind === "product" ? [x.a, x.b] : []));

/**
 * Splits a step's body for the load that is used `i`-th (the last load goes first): what stands before the tile must be there, its uses with
 * all between, and the rest. The tile is asked for as soon as the load before has been used, so that what lies
 * between forms one block of straight-line code with the use.
 */
export const around = (
  body: readonly Statement[],
  loads: readonly LoadTile[],
  i: number,
): {
  before: readonly Statement[];
  uses: readonly Statement[];
  after: readonly Statement[];
} => {
  const isUse = (s: Statement, load: LoadTile | undefined): boolean =>
    operands(s).some((r) => r.tile === load?.to);
  const last = body.findLastIndex((s) => isUse(s, loads[i])) + 1;
  if (last === 0) return unreachable(`tile ${loads[i]?.to} is loaded but not used`);
  const first =
    i === 0
      ? body.findIndex((s) => isUse(s, loads[0]))
      : body.findLastIndex((s) => isUse(s, loads[i - 1])) + 1;
  return { before: body.slice(0, first), uses: body.slice(first, last), after: body.slice(last) };
};

export const withoutLoads = (body: readonly Statement[]): readonly Statement[] =>
  body.filter((s) => s.kind !== "load");

/** Products that read `tile` read this stage of it. */
export const useStage = (
  body: readonly Statement[],
  tile: string,
  stage: Expr,
): readonly Statement[] => editOperands(body, (ref) => (ref.tile === tile ? { tile, stage } : ref));

/** Products that read `tile` read the register tile `by` instead. */
export const replaceOperand = (
  body: readonly Statement[],
  tile: string,
  by: string,
): readonly Statement[] => editOperands(body, (ref) => (ref.tile === tile ? { tile: by } : ref));

const editOperands = (
  body: readonly Statement[],
  f: (ref: TileRef) => TileRef,
): readonly Statement[] =>
  mapStatements(body, (s) => [s.kind === "product" ? { ...s, a: f(s.a), b: f(s.b) } : s]);
