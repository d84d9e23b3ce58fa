// Where a statement stands while the verifier walks over bodies, and checks that hold for any expression there.

import { codes } from "../base/codes.ts";
import type { Expr, ScalarType } from "../expr/expr.ts";
import type { Kernel, Role, Step, TileDecl } from "./program.ts";
import type { Columns, Statement } from "./statement.ts";
import type { Check, Visible } from "./verify-check.ts";
import { checkExpr, type Context, uniform } from "./verify-expression.ts";

export interface At {
  readonly check: Check;
  readonly kernel: Kernel;
  readonly names: Visible;
  /** Steps that may be called from here. */
  readonly callable: readonly Step[];
  readonly inIfAny: boolean;
  /** The role, or the start; absent in steps, which are judged where they are called. */
  readonly place?: Role | "start";
  /** The innermost walk over columns. */
  readonly columns?: Columns;
}

export const expr = (
  at: At,
  s: Statement,
  e: Expr,
  context: Context,
  ...wanted: readonly ScalarType[]
): void => checkExpr(at.check, e, at.names, context, wanted, s.span);

/** The same for the whole block, whatever element or row. */
export const everywhere = (at: At, where: string, flags = false): Context =>
  uniform(where, at.kernel.grid.kind === "blocks", flags);

export const checkStage = (
  at: At,
  s: Statement,
  name: string,
  stage: Expr,
  stages: number,
): void => {
  expr(at, s, stage, everywhere(at, `the stage of ${name}`), "i32");
  if (stage.kind === "const" && (stage.value < 0 || stage.value >= stages))
    at.check.report(codes.badStage(s.span, name, `has no stage ${stage.value}`));
};

/** The declaration of a tile that a statement names. */
export const tileAt = (at: At, s: Statement, name: string): TileDecl | undefined => {
  const binding = at.names.find(name);
  if (binding?.kind === "tile") return binding.tile;
  const known = at.names.names().filter((n) => at.names.find(n)?.kind === "tile");
  at.check.report(codes.unknownName(s.span, "tile", name, known));
  return undefined;
};
