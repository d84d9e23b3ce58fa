// Expressions of tile programs: names, types, and what exists where they are evaluated.

import { codes } from "../base/codes.ts";
import type { Span } from "../base/span.ts";
import { children, type Expr, type Load, type ScalarType, type Variable } from "../expr/expr.ts";
import { coordinates } from "../spec/names.ts";
import type { TileDecl } from "./program.ts";
import { elementType } from "./scope.ts";
import { representable, typeProblem } from "./types.ts";
import type { Check, Visible } from "./verify-check.ts";

/** Where an expression is evaluated. */
export interface Context {
  /** For messages: "a let", "a map of s". */
  readonly where: string;
  /** Which of row, col, lane_col, fixed_col and block exist. */
  readonly coordinates: readonly string[];
  /** May it name elements of this tile? */
  readonly reads: (tile: TileDecl) => boolean;
  readonly flags: boolean;
}

const isCoordinate = (name: string): boolean => (coordinates as readonly string[]).includes(name);
const noTile = (): boolean => false;

/** The same value for the whole block. */
export const uniform = (where: string, blocks: boolean, flags = false): Context => ({
  where,
  coordinates: blocks ? ["block"] : [],
  reads: noTile,
  flags,
});

/** Once per element of `target`. */
export const perElement = (target: TileDecl, blocks: boolean): Context => ({
  where: `a map of ${target.name}, ${placeOf(target)}`,
  coordinates: [...coordinatesOf(target), ...(blocks ? ["block"] : [])],
  reads: (tile) => readableFrom(target, tile),
  flags: false,
});

export const placeOf = (tile: TileDecl): string => {
  const place = tile.place.kind === "registers" ? tile.place.layout : tile.place.kind;
  return tile.shape.length === 1 && place === "value" ? "a row vector" : `${place}`;
};

const coordinatesOf = (target: TileDecl): readonly string[] => {
  const { place } = target;
  if (place.kind !== "registers")
    return target.shape.length === 1 ? ["row"] : ["row", "col", "lane_col", "fixed_col"];
  switch (place.layout) {
    case "accumulator":
      return ["row", "col", "lane_col", "fixed_col"];
    case "operand":
    case "pairs":
      return ["row", "col"];
    case "rows":
      return ["row"];
    case "lanes":
      return ["row", "lane_col"];
    case "chunks":
      return [];
  }
};

/** Do the elements of `tile` lie with the lanes that hold the elements of `target`? */
const readableFrom = (target: TileDecl, tile: TileDecl): boolean => {
  if (["shared", "chunks"].includes(placeOf(tile)) || tile.shape[0] !== target.shape[0])
    return false;
  if (tile.shape.length === 2) return tile.shape[1] === target.shape[1];
  const lanes = tile.place.kind === "registers" && tile.place.layout === "lanes";
  return !lanes || target.shape.length === 2 || placeOf(target) === "lanes";
};

/** Reports what is wrong with an expression; `wanted`: the type it must have. */
export const checkExpr = (
  check: Check,
  e: Expr,
  names: Visible,
  context: Context,
  wanted: readonly ScalarType[],
  at: Span | undefined,
): void => {
  const before = check.found.length;
  checkNode(check, e, names, context, at);
  if (check.found.length === before && !wanted.includes(e.type))
    check.report(codes.wrongType(e.span ?? at, context.where, wanted.join(" or "), e.type));
};

const checkNode = (
  check: Check,
  e: Expr,
  names: Visible,
  context: Context,
  at: Span | undefined,
): void => {
  for (const child of children(e)) checkNode(check, child, names, context, at);
  const span = e.span ?? at;
  const problem = typeProblem(e);
  if (problem !== undefined) check.report(codes.operandTypes(span, problem));
  if (e.kind === "var") checkVariable(check, e, names, context, span);
  if (e.kind === "load") checkLoad(check, e, span);
  if (e.kind === "const" && !representable(e))
    check.report(codes.numberOutOfRange(span, e.value, e.type));
};

const checkVariable = (
  check: Check,
  e: Variable,
  names: Visible,
  context: Context,
  span: Span | undefined,
): void => {
  const typed = (type: ScalarType): void => {
    if (e.type !== type) check.report(codes.wrongType(span, e.name, type, e.type));
  };
  if (isCoordinate(e.name)) {
    if (!context.coordinates.includes(e.name))
      check.report(codes.noCoordinate(span, e.name, context.where));
    return typed("i32");
  }
  const binding = names.find(e.name);
  switch (binding?.kind) {
    case undefined:
    case "tensor":
      return check.report(codes.unknownName(span, "value", e.name, names.names()));
    case "scalar":
      return typed(binding.type);
    case "flag":
      if (!context.flags) check.report(codes.flagAtRun(span, e.name));
      return typed("bool");
    case "tile":
      if (!context.reads(binding.tile))
        check.report(
          codes.noCoordinate(span, `the element of ${showTile(binding.tile)}`, context.where),
        );
      return typed(elementType(binding.tile.dtype));
  }
};

export const showTile = (tile: TileDecl): string =>
  `${tile.name} (${placeOf(tile)}, ${tile.dtype}[${tile.shape.join(", ")}])`;

const checkLoad = (check: Check, e: Load, span: Span | undefined): void => {
  const tensor = check.tensor(e.tensor);
  if (tensor === undefined) {
    check.report(codes.unknownName(span, "tensor", e.tensor, []));
    return;
  }
  if (!check.readable(e.tensor)) check.report(codes.tensorAccess(span, e.tensor, "read"));
  const axes = tensor.axes.map((a) => a.axis);
  if (e.index.map((i) => i.axis).join() !== axes.join())
    check.report(codes.indexCount(span, e.tensor, axes, e.index.length));
  if (e.type !== elementType(tensor.dtype))
    check.report(codes.wrongType(span, e.tensor, elementType(tensor.dtype), e.type));
};

/** A condition or guard is decided when the step is compiled, or when it runs, but not by halves. */
export const checkFlags = (check: Check, e: Expr, names: Visible, at: Span | undefined): void => {
  const flag = firstFlag(e, names);
  if (flag !== undefined && !isCompileTime(e, names))
    check.report(codes.flagAtRun(e.span ?? at, flag));
};

const firstFlag = (e: Expr, names: Visible): string | undefined => {
  if (e.kind === "var") return names.find(e.name)?.kind === "flag" ? e.name : undefined;
  for (const child of children(e)) {
    const found = firstFlag(child, names);
    if (found !== undefined) return found;
  }
  return undefined;
};

const isCompileTime = (e: Expr, names: Visible): boolean => {
  switch (e.kind) {
    case "const":
      return true;
    case "var":
      return names.find(e.name)?.kind === "flag";
    case "unary":
      return e.op === "not" && isCompileTime(e.a, names);
    case "binary":
      return (
        (e.op === "and" || e.op === "or") && isCompileTime(e.a, names) && isCompileTime(e.b, names)
      );
    default:
      return false;
  }
};
