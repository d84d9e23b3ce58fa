// What each op demands of its tiles: shapes, dtypes and places. `rows x cols` below are entries of shapes.
//   load, copy, bulk  box -> [rows, cols] or [rows]      store   [rows, cols] or [rows] -> box
//   fill, absent  any registers                      map     elements at the same position
//   qk            [r, c] = [r, d] [c, d]             pv, quarantine  [r, d] += [r, c] [c, d]
//   reduce        [r, c] -> [r], lanes [r] -> rows [r]
//   online_softmax  scores, p [r, c]; m, l [r]; acc [r, d]
//   fetch         box -> [rows, cols]                deposit the same shape on both sides
//   get, put      the same shape on both sides

import { codes } from "../base/codes.ts";
import { opOf } from "./ops.ts";
import type { TileDecl } from "./program.ts";
import type { Product, Reduce, OnlineSoftmax, Statement } from "./statement.ts";
import type { TileRef } from "./statement-parts.ts";
import { elementType } from "./scope.ts";
import { type At, checkStage, everywhere, expr, tileAt } from "./verify-at.ts";
import { perElement, placeOf } from "./verify-expression.ts";
import { checkSlice } from "./verify-slice.ts";

export const checkTileOp = (at: At, s: Statement): void => {
  for (const ref of statedTiles(s)) checkRef(at, s, ref);
  const tile = (name: string): TileDecl | undefined => {
    const binding = at.names.find(name);
    return binding?.kind === "tile" ? binding.tile : undefined;
  };
  const need = new Needs(at, s);
  switch (s.kind) {
    case "load":
      need.place(tile(s.to), "value");
      return checkSlice(at, s, s.from, tile(s.to), "read");
    case "copy":
      need.place(tile(s.to.tile), "shared");
      return checkSlice(at, s, s.from, tile(s.to.tile), "read");
    case "bulk_copy":
      need.place(tile(s.to.tile), "shared");
      need.panels(tile(s.to.tile));
      need.atMost("the rows of a bulk copy", tile(s.to.tile)?.shape[0], 256);
      return checkSlice(at, s, s.from, tile(s.to.tile), "read");
    case "fetch":
      need.place(tile(s.to), "chunks");
      need.dtype(tile(s.to), ...sixteenBit);
      return checkSlice(at, s, s.from, tile(s.to), "read");
    case "deposit":
      need.place(tile(s.from), "chunks");
      need.place(tile(s.to.tile), "shared");
      need.dtype(tile(s.to.tile), tile(s.from)?.dtype);
      return need.sameShape(tile(s.from), tile(s.to.tile));
    case "store":
      need.place(tile(s.from.tile), "shared", "accumulator", "rows");
      return checkSlice(at, s, s.to, tile(s.from.tile), "written");
    case "fill":
      need.place(tile(s.to), ...registers);
      return checkValue(at, s, tile(s.to));
    case "absent":
      need.place(tile(s.to), "value");
      if (at.columns === undefined || !tile(s.to)?.shape.includes(at.columns.axis))
        at.check.report(codes.notAbsent(s.span, s.to));
      return checkValue(at, s, tile(s.to));
    case "map": {
      const to = tile(s.to);
      need.place(to, ...registers);
      if (to === undefined) return;
      const context = perElement(to, at.kernel.grid.kind === "blocks");
      return expr(at, s, s.value, context, elementType(to.dtype));
    }
    case "product":
      return checkProduct(need, s, tile(s.to), tile(s.a.tile), tile(s.b.tile));
    case "quarantine":
      need.place(tile(s.a.tile), "operand");
      return checkMatrices(need, "pv", tile(s.to), tile(s.a.tile), tile(s.b.tile));
    case "await_products":
      for (const name of s.ready) need.place(tileAt(at, s, name), "accumulator", "operand");
      return;
    case "reduce":
      return checkReduce(need, s, tile(s.from), tile(s.to));
    case "online_softmax":
      return checkSoftmax(need, s, tile);
    case "get":
      need.place(tile(s.from.tile), "shared");
      need.place(tile(s.to), "operand");
      need.sameShape(tile(s.from.tile), tile(s.to));
      return need.dtype(tile(s.to), tile(s.from.tile)?.dtype);
    case "put":
      need.place(tile(s.from), "accumulator", "operand");
      need.place(tile(s.to.tile), "shared");
      need.dtype(tile(s.from), "f32", tile(s.to.tile)?.dtype);
      return need.sameShape(tile(s.from), tile(s.to.tile));
    case "let":
    case "for":
    case "find":
    case "visit":
    case "columns":
    case "if":
    case "if_any":
    case "call":
    case "take_turn":
    case "pass_turn":
    case "order_copies":
    case "commit":
    case "wait":
    case "barrier":
    case "sync_warp":
    case "init_barriers":
    case "arrive":
    case "await":
      return;
  }
};

const registers = ["accumulator", "operand", "pairs", "rows", "lanes"];
const sixteenBit = ["f16", "bf16"];

/** The tiles that the statement names outside of expressions. */
const statedTiles = (s: Statement): readonly TileRef[] => {
  const { reads, writes } = opOf(s);
  const elements = s.kind === "map" || s.kind === "if_any";
  const all = [...writes(s), ...(elements ? [] : reads(s))];
  return all.filter((r, i) => all.findIndex((other) => other.tile === r.tile) === i);
};

const checkRef = (at: At, s: Statement, { tile: name, stage }: TileRef): void => {
  const tile = tileAt(at, s, name);
  if (tile === undefined || stage === undefined) return;
  if (tile.place.kind === "shared") checkStage(at, s, name, stage, tile.place.stages);
  else at.check.report(codes.badStage(s.span, name, "is not in shared memory and has no stages"));
};

const checkValue = (
  at: At,
  s: Statement & { readonly kind: "fill" | "absent" },
  to: TileDecl | undefined,
): void => {
  if (to !== undefined)
    expr(at, s, s.value, everywhere(at, `the value of ${s.to}`), elementType(to.dtype));
};

/** Demands on tiles; of tiles that are not declared, nothing is demanded. */
class Needs {
  readonly at: At;
  readonly statement: Statement;

  constructor(at: At, statement: Statement) {
    this.at = at;
    this.statement = statement;
  }

  /** In one of these layouts or memories; a value has no home yet and may go anywhere. */
  place(tile: TileDecl | undefined, ...wanted: readonly string[]): void {
    if (tile === undefined || tile.place.kind === "value") return;
    const { span } = this.statement;
    if (!wanted.includes(placeOf(tile)))
      this.at.check.report(codes.wrongPlace(span, tile.name, placeOf(tile), wanted.join(" or ")));
  }

  dtype(tile: TileDecl | undefined, ...wanted: readonly (string | undefined)[]): void {
    if (tile === undefined || wanted.includes(undefined) || wanted.includes(tile.dtype)) return;
    const { span } = this.statement;
    this.at.check.report(codes.wrongDType(span, tile.name, tile.dtype, wanted.join(" or ")));
  }

  /** Each of these pairs of a tile and a shape agree; `undefined` fits anything. */
  shapes(
    rule: string,
    ...pairs: readonly (readonly [TileDecl | undefined, readonly (string | number | undefined)[]])[]
  ): void {
    const fits = pairs.every(
      ([tile, shape]) =>
        tile === undefined ||
        (tile.shape.length === shape.length &&
          shape.every((e, i) => e === undefined || e === tile.shape[i])),
    );
    if (fits) return;
    const found = pairs.flatMap(([t]) => (t ? [`${t.name}[${t.shape.join(", ")}]`] : []));
    this.at.check.report(codes.shapesDiffer(this.statement.span, rule, found.join(", ")));
  }

  /** Shared tiles as wgmma and bulk copies take them. */
  panels(tile: TileDecl | undefined): void {
    if (tile?.place.kind === "shared" && tile.place.panel === undefined)
      this.at.check.report(codes.badPanel(this.statement.span, tile.name, "has no panels"));
  }

  /** A side of a tile that an instruction limits. */
  atMost(what: string, side: string | number | undefined, most: number): void {
    const found = sideOf(this.at, side);
    if (found > most)
      this.at.check.report(codes.badSize(this.statement.span, what, found, `at most ${most}`));
  }

  sameShape(a: TileDecl | undefined, b: TileDecl | undefined): void {
    if (a !== undefined) this.shapes("both sides have one shape", [a, a.shape], [b, a.shape]);
  }
}

const checkProduct = (
  need: Needs,
  s: Product,
  to: TileDecl | undefined,
  a: TileDecl | undefined,
  b: TileDecl | undefined,
): void => {
  need.place(a, "operand", "shared", ...(s.form === "pv" ? (["pairs"] as const) : []));
  checkMatrices(need, s.form, to, a, b);
  if (s.issued) {
    need.panels(a);
    need.panels(b);
    need.atMost(`the columns of ${s.to}`, to?.shape[1], 256);
  }
  const inner = sideOf(need.at, a?.shape[1]);
  if (need.at.check.mode === "scheduled" && inner % 16 !== 0)
    need.at.check.report(
      codes.badSize(s.span, `the inner size of ${s.form}`, inner, "a multiple of 16"),
    );
};

const checkMatrices = (
  need: Needs,
  form: Product["form"],
  to: TileDecl | undefined,
  a: TileDecl | undefined,
  b: TileDecl | undefined,
): void => {
  need.place(to, "accumulator");
  need.place(b, "shared");
  need.dtype(to, "f32");
  need.dtype(a, ...sixteenBit);
  need.dtype(b, ...(a !== undefined && sixteenBit.includes(a.dtype) ? [a.dtype] : sixteenBit));
  const [r, d] = a?.shape ?? [];
  const c = b?.shape[form === "qk" ? 0 : 1];
  if (form === "qk")
    need.shapes(
      "qk multiplies [r, d] by [c, d] into [r, c]",
      [a, [r, d]],
      [b, [c, d]],
      [to, [r, c]],
    );
  else
    need.shapes(
      "pv multiplies [r, c] by [c, d] into [r, d]",
      [a, [r, d]],
      [b, [d, c]],
      [to, [r, c]],
    );
};

/** An axis that is unknown was reported where it stands. */
const sideOf = ({ kernel }: At, side: string | number | undefined): number =>
  typeof side === "number" ? side : (kernel.axes.find((a) => a.name === side)?.size ?? 0);

const checkReduce = (
  need: Needs,
  s: Reduce,
  from: TileDecl | undefined,
  to: TileDecl | undefined,
): void => {
  if (from === undefined || to === undefined) return;
  need.dtype(from, "f32");
  need.dtype(to, "f32");
  need.shapes(
    "a reduction keeps the rows",
    [from, [to.shape[0], ...from.shape.slice(1)]],
    [to, [to.shape[0]]],
  );
  const vector = from.shape.length === 1;
  const sources = vector ? ["lanes"] : ["accumulator", "value"];
  const targets = vector ? ["rows", "a row vector"] : ["rows", "lanes", "a row vector"];
  if (!sources.includes(placeOf(from)) || !targets.includes(placeOf(to)))
    need.at.check.report(codes.wrongReduction(s.span, placeOf(from), placeOf(to)));
};

const checkSoftmax = (
  need: Needs,
  s: OnlineSoftmax,
  tile: (name: string) => TileDecl | undefined,
): void => {
  const [scores, weights, m, l, acc] = [s.scores, s.weights, s.m, s.l, s.acc].map(tile);
  expr(need.at, s, s.factor, everywhere(need.at, "the factor"), "f32");
  for (const t of [scores, m, l, acc]) need.dtype(t, "f32");
  need.dtype(weights, ...sixteenBit, "f32");
  const [r, c] = scores?.shape ?? [];
  need.shapes(
    "softmax takes scores and p [r, c], m and l [r], acc [r, d]",
    [scores, [r, c]],
    [weights, [r, c]],
    ...[m, l].map((t) => [t, [r]] as const),
    [acc, [r, undefined]],
  );
};
