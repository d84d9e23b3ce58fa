// tile.map: the author's function, applied once to the elements that stand at one place.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import { commentText } from "../base/text.ts";
import { variable } from "../expr/expr.ts";
import type { BodyTile } from "../spec/body.ts";
import type { BodyBuilder } from "./body-builder.ts";
import { toF32 } from "./convert.ts";
import type { Evaluator } from "./evaluate.ts";
import { object } from "./formulas.ts";
import { tileOf } from "./tile-argument.ts";
import { type Argument, describeValue, symbolic, type Value } from "./value.ts";

export const mapTiles = (
  body: BodyBuilder,
  args: readonly Argument[],
  span: Span,
  evaluator: Evaluator,
): Value => {
  const f = args.at(-1);
  const from = args.slice(0, -1).map((a) => mappable(a, span));
  if (typeof f?.value !== "object" || f.value.kind !== "closure" || from.length === 0)
    return fail(
      codes.wrongArguments(
        span,
        "tile.map",
        describeValue(f?.value),
        "tiles, and then a function of their elements",
      ),
    );
  const shape = shapeOf(from, args, span);
  const elements = from.map((tile): Argument => ({
    value: symbolic(variable("f32", tile.id, span)),
    span,
  }));
  const returned = evaluator.callField(
    f.value,
    [...elements, { value: position(body, shape, f.span), span: f.span }],
    f.span,
  );
  const to = body.tile("f32", shape, span);
  const source = commentText(f.value.node.getText().replace(/\s+/g, " "));
  const value = toF32(returned, f.span, "the result of tile.map");
  body.add({ kind: "map", to, from, value, source, span: f.span });
  return { kind: "tile", tile: to };
};

const mappable = (argument: Argument, span: Span): BodyTile => {
  const tile = tileOf(argument, span, "tile.map");
  return tile.dtype === "f32"
    ? tile
    : fail(
        codes.wrongTile(
          argument.span,
          "tile.map",
          `${describeValue(argument.value)} of ${tile.dtype}`,
          "tiles that the body computes: those that it loads go into products",
        ),
      );
};

/** Of the tiles that are not row vectors, which must agree. */
const shapeOf = (
  from: readonly BodyTile[],
  args: readonly Argument[],
  span: Span,
): BodyTile["shape"] => {
  const wide = from.find((t) => t.shape.length === 2) ?? from[0];
  const shape = wide?.shape ?? [];
  const other = from.findIndex((t) => t.shape.length === 2 && String(t.shape) !== String(shape));
  return other < 0
    ? shape
    : fail(
        codes.wrongTile(
          args[other]?.span ?? span,
          "tile.map",
          `${describeValue(args[other]?.value)} beside one of ${shape.join(" by ")}`,
          "tiles with the same rows and columns, and row vectors",
        ),
      );
};

/** Coordinates as in a score; `kv` only where the elements have one. */
const position = (body: BodyBuilder, shape: BodyTile["shape"], span: Span): Value => {
  const keys = shape[1] === "kv" ? ["kv"] : [];
  const names = [...body.points, "q", ...keys, "qLen", "kvLen"];
  return object(
    names.map((name) => [name, symbolic(variable("i32", name, span))]),
    span,
  );
};
