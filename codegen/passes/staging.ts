// What the ways of staging copies share: the copy of a visit's tile, and where it is used.

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, binary, substitute, variable } from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import { mapStatements, statementsOf } from "../tile/walk.ts";
import type { BarrierDecl, Step, TileDecl } from "../tile/program.ts";
import type { LoadTile, Statement } from "../tile/statement.ts";
import type { Slice, TileRef } from "../tile/statement-parts.ts";
import type { Visits } from "./visits.ts";

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
  readonly step: (turn: Turn) => readonly Statement[];
  /** Before all loops. */
  readonly setup: readonly Statement[];
  /** Copies before the loop; `once` are loads that the loop needs from its start. */
  readonly prologue: (turn: Turn, once: readonly LoadTile[]) => readonly Statement[];
  /** Makes what `once` loaded visible to every thread. */
  readonly landed: readonly Statement[];
}

export const loadsOf = (body: readonly Statement[]): readonly LoadTile[] =>
  body.filter((s): s is LoadTile => s.kind === "load");

export const count = variable("i32", "count");

/** A step, and where the tiles of its visits lie. */
export interface Turn {
  readonly step: Step;
  readonly visits: Visits;
}

/** What `load` reads at a place, whose tile begins where the step's lets say; absent: in the visit that runs. */
export const sliceAt = ({ step, visits }: Turn, load: LoadTile, place?: Expr): Slice => {
  const origin = (e: Expr): Expr => {
    const binding = step.body.find(
      (s) => s.kind === "let" && e.kind === "var" && s.name === e.name,
    );
    return place !== undefined && binding?.kind === "let"
      ? simplify(substitute(binding.value, new Map([[visits.here, place]])))
      : e;
  };
  return {
    ...load.from,
    index: load.from.index.map((index) =>
      index.kind === "tile" ? { ...index, origin: origin(index.origin) } : index,
    ),
  };
};

/** If there is a visit that comes next. */
export const ifMore = ({ visits }: Turn, ...then: readonly Statement[]): Statement => ({
  kind: "if",
  condition: binary("lt", visits.later(1), visits.count),
  then,
});

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
