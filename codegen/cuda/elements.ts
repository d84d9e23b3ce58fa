// Statements that say what each element of a register tile is: loops over a thread's rows r and columns c,
// unrolled. What does not depend on the column stands outside the loop over columns.

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, variables } from "../expr/expr.ts";
import type { TileDecl } from "../tile/program.ts";
import type { Fill, IfAny, MapTile, Reduce } from "../tile/statement.ts";
import { printExpression, scalarType } from "./expression.ts";
import { type HoistedValue, hoistValues } from "./hoist.ts";
import { layoutText } from "./layout.ts";
import type { Scope } from "./scope.ts";
import { type Lines, braces, indent } from "./text.ts";
import { axisConstant, layoutOf, rowAxis } from "./tiles.ts";

export interface NamedTile {
  readonly decl: TileDecl;
  readonly name: string;
}

/** What stands around the statements of a body. */
export interface ElementContext {
  readonly scope: Scope;
  /** Undefined where the name is no tile's. */
  tile(name: string): NamedTile | undefined;
}

const reads = (e: Expr, ...names: readonly string[]): boolean => {
  const used = variables(e);
  return names.some((n) => used.has(n));
};

const isVector = (decl: TileDecl): boolean => decl.shape.length === 1;

/** Declares what `value` uses of this thread's place in a tile with rows of that axis. */
const place = (value: Expr, axis: string, scope: Scope): Lines => {
  const declared = [
    ...(reads(value, "row")
      ? [`first = ${scope.helper("first_row")}<${axisConstant("WARP", axis)}>()`]
      : []),
    ...(reads(value, "col", "lane_col") ? [`lane_col = ${scope.helper("first_column")}()`] : []),
  ];
  return declared.length === 0 ? [] : [`const int ${declared.join(", ")};`];
};

const rowOfThread = ({ used }: Scope): Lines => [
  `const int row = first + ${layoutText(used.arch).rowOffset};`,
];

/** A scope in which tiles stand for their element at row r and, in a matrix, at that column. */
const elementScope = (context: ElementContext, value: Expr, column?: string): Scope => {
  const scope = context.scope.inner([
    ["row", "row"],
    ["lane_col", "lane_col"],
  ]);
  if (column !== undefined && reads(value, "col", "fixed_col")) {
    const fixed = `${scope.helper("fixed_column")}(${column})`;
    scope.name("fixed_col", fixed, true);
    scope.name("col", `(lane_col + ${fixed})`, true);
  }
  for (const name of variables(value)) {
    const tile = context.tile(name);
    if (tile) scope.name(name, element(tile, column));
  }
  return scope;
};

const element = ({ decl, name }: NamedTile, column: string | undefined): string => {
  switch (layoutOf(decl)) {
    case "rows":
    case "lanes":
      return `${name}[r]`;
    case "accumulator":
      return column === undefined ? unreachable(`a row of ${name}`) : `${name}(r, ${column})`;
    case "operand":
    case "pairs":
    case "chunks":
      return unreachable(`an element of ${name}`);
  }
};

const rowsLoop = ({ decl, name }: NamedTile): string => {
  const rows = isVector(decl) ? axisConstant("THREAD", rowAxis(decl)) : `${name}.rows`;
  return `UNROLL for (int r = 0; r < ${rows}; r++)`;
};

/** A loop over declarations and one statement, which needs no braces by itself. */
const loop = (head: string, declarations: Lines, statement: Lines): Lines =>
  declarations.length === 0
    ? oneLine([head, ...indent(statement)])
    : braces(head, [...declarations, ...statement]);

/** One line where it is short. */
const oneLine = (lines: Lines): Lines => {
  const joined = lines.map((l) => l.trim()).join(" ");
  return lines.length === 2 && joined.length <= 110 ? [joined] : lines;
};

const declareHoisted = (context: ElementContext, { name, value }: HoistedValue): string =>
  `const ${scalarType(value.type)} ${name} = ${printExpression(value, elementScope(context, value))};`;

/** The variables of a value that differ between the columns of a row, and between rows. */
const varying = (context: ElementContext, value: Expr): [Set<string>, Set<string>] => {
  const tiles = [...variables(value)].flatMap((n) =>
    context.tile(n) ? [{ n, tile: context.tile(n)! }] : [],
  );
  const matrices = tiles.filter(({ tile }) => !isVector(tile.decl)).map(({ n }) => n);
  return [
    new Set(["col", "lane_col", "fixed_col", ...matrices]),
    new Set(["row", ...tiles.map(({ n }) => n)]),
  ];
};

/** Assigns `value` to every element of a tile. */
const assign = (context: ElementContext, to: string, value: Expr): Lines => {
  const tile = context.tile(to) ?? unreachable(`no tile ${to}`);
  const axis = rowAxis(tile.decl);
  const { inner, hoisted } = isVector(tile.decl)
    ? { inner: value, hoisted: [] }
    : hoistValues(value, ...varying(context, value));
  const scope = (column: string): Scope => {
    const names = elementScope(context, inner, column);
    for (const { name } of hoisted) names.name(name, name);
    return names;
  };
  const text = (column: string): string => printExpression(inner, scope(column));
  const columns = ((): Lines => {
    const { decl, name } = tile;
    switch (layoutOf(decl)) {
      case "rows":
      case "lanes":
        return [setTo(`${name}[r]`, to, value, elementScope(context, value))];
      case "accumulator":
        return loop(
          `UNROLL for (int c = 0; c < ${name}.columns; c++)`,
          [],
          [setTo(`${name}(r, c)`, to, inner, scope("c"))],
        );
      case "operand":
      case "pairs":
        return loop(
          `UNROLL for (int c = 0; c < ${name}.columns; c += 2)`,
          [],
          [`${name}.pair(r, c) = ${pack(decl, context.scope)}, ${text("c")}, ${text("c + 1")});`],
        );
      case "chunks":
        return unreachable(`elements of ${name}`);
    }
  })();
  const declarations = [
    ...(reads(value, "row") ? rowOfThread(context.scope) : []),
    ...hoisted.filter((h) => h.perRow).map((h) => declareHoisted(context, h)),
  ];
  const whole = loop(rowsLoop(tile), declarations, columns);
  const places = [
    ...place(value, axis, context.scope),
    ...hoisted.filter((h) => !h.perRow).map((h) => declareHoisted(context, h)),
  ];
  return places.length === 0 ? whole : braces("", [...places, ...whole]);
};

/** `x *= y` where the value is x * y. */
const setTo = (target: string, name: string, value: Expr, scope: Scope): string => {
  const sign =
    value.kind === "binary" &&
    ({ add: "+", sub: "-", mul: "*" } as Partial<Record<string, string>>)[value.op];
  return sign && value.kind === "binary" && value.a.kind === "var" && value.a.name === name
    ? `${target} ${sign}= ${printExpression(value.b, scope)};`
    : `${target} = ${printExpression(value, scope)};`;
};

const pack = (decl: TileDecl, scope: Scope): string => {
  const type =
    decl.dtype === "f16" || decl.dtype === "bf16"
      ? decl.dtype
      : unreachable(`operand of ${decl.dtype}`);
  scope.helper(`pack_${type}`);
  return `pack(${type}{}`;
};

export const printMap = (s: MapTile, context: ElementContext): Lines =>
  assign(context, s.to, s.value);
export const printFill = (s: Fill, context: ElementContext): Lines =>
  assign(context, s.to, s.value);

/** `if_any`: each thread asks about its rows, the warp decides together. */
export const printIfAny = (s: IfAny, context: ElementContext, then: Lines): Lines => {
  const rows =
    [...variables(s.condition)].map((n) => context.tile(n)).find((t) => t !== undefined) ??
    unreachable("if_any reads no row vector");
  const condition = printExpression(s.condition, elementScope(context, s.condition));
  const row = reads(s.condition, "row") ? rowOfThread(context.scope) : [];
  return braces("", [
    ...place(s.condition, rowAxis(rows.decl), context.scope),
    "bool any = false;",
    ...loop(rowsLoop(rows), row, [`any |= ${condition};`]),
    ...braces(`if (${context.scope.helper("any_lane")}(any))`, then),
  ]);
};

export const printReduce = (s: Reduce, context: ElementContext): Lines => {
  const to = context.tile(s.to) ?? unreachable(`no tile ${s.to}`);
  const from = context.tile(s.from) ?? unreachable(`no tile ${s.from}`);
  const part = isVector(from.decl) ? "join" : layoutOf(to.decl) === "lanes" ? "lane" : "row";
  const helper = context.scope.helper(`${part}_${s.op}${s.accumulate ? "_into" : ""}` as const);
  return [`${helper}(${to.name}, ${from.name});`];
};
