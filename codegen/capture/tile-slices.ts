// Boxes of tensors in a body: which tile of which tensor is loaded or stored. One index for each axis but d.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import type { AlongTiles, BodyIndex, BodySlice } from "../spec/body.ts";
import type { Axis, TensorSpec } from "../spec/description.ts";
import type { BodyBuilder } from "./body-builder.ts";
import { toNumber } from "./convert.ts";
import { tileOf } from "./tile-argument.ts";
import { type Argument, describeValue, type Field, type Value, type ViewValue } from "./value.ts";

const viewOf = (argument: Argument | undefined, span: Span, of: string): ViewValue =>
  typeof argument?.value === "object" && argument.value.kind === "view"
    ? argument.value
    : fail(codes.wrongTile(argument?.span ?? span, of, describeValue(argument?.value), "a tensor"));

export const loadTile = (body: BodyBuilder, args: readonly Argument[], span: Span): Value => {
  const { tensor, read } = viewOf(args[0], span, "tile.load");
  const from = sliceOf(tensor, args[1], span);
  const d = tensor.axes.at(-1);
  const isHalf = tensor.dtype === "f16" || tensor.dtype === "bf16";
  if (!read || !isHalf || d?.axis !== "d")
    return fail(
      codes.wrongTile(
        args[0]?.span ?? span,
        "tile.load",
        `${tensor.name}, ${read ? tensor.dtype : "an output"}`,
        "an input of f16 or bf16 whose last axis is d; read others element by element, inside a map",
      ),
    );
  const width = d.extent;
  if (typeof width !== "number" || width % 8 !== 0 || width < 16 || width > 256)
    return fail(codes.badHeadDim(args[0]?.span ?? span, tensor.name, String(width)));
  const to = body.tile(tensor.dtype, [alongOf(tensor, span), width], span);
  body.add({ kind: "load", to, from, span });
  return { kind: "tile", tile: to };
};

export const storeTile = (body: BodyBuilder, args: readonly Argument[], span: Span): Value => {
  const { tensor, read } = viewOf(args[0], span, "tile.store");
  const place = args[0]?.span ?? span;
  if (read) fail(codes.wrongTile(place, "tile.store", `the input ${tensor.name}`, "an output"));
  const from = tileOf(args[2], span, "tile.store");
  const to = sliceOf(tensor, args[1], span);
  const last = tensor.axes.at(-1);
  const shape = ["q", ...(last?.axis === "d" ? [last.extent] : [])];
  if (from.dtype !== "f32" || String(from.shape) !== String(shape))
    fail(
      codes.wrongTile(
        args[2]?.span ?? span,
        "tile.store",
        describeValue(args[2]?.value),
        `a computed tile of ${shape.join(" by ")}, as ${tensor.name} is`,
      ),
    );
  if (body.inLoop)
    fail(codes.wrongTile(span, "tile.store", "a tile inside a loop", "tiles after the loops"));
  body.add({ kind: "store", from, to, span });
  return undefined;
};

const alongOf = (tensor: TensorSpec, span: Span): AlongTiles => {
  const along = tensor.axes.flatMap(({ axis }) => (axis === "q" || axis === "kv" ? [axis] : []));
  const [only] = along;
  return only !== undefined && along.length === 1
    ? only
    : fail(
        codes.wrongTile(span, "tile.load", tensor.name, "a tensor with one of the axes q and kv"),
      );
};

const sliceOf = (tensor: TensorSpec, argument: Argument | undefined, span: Span): BodySlice => {
  const names = tensor.axes.map((a) => a.axis).filter((axis) => axis !== "d");
  const wanted = `give one index for each of its axes but d: { ${names.join(", ")} }`;
  const at = argument?.span ?? span;
  if (typeof argument?.value !== "object" || argument.value.kind !== "object")
    return fail(codes.wrongIndex(at, tensor.name, describeValue(argument?.value), wanted));
  const { fields } = argument.value;
  const given = [...fields.keys()];
  if (given.length !== names.length || names.some((name) => !fields.has(name)))
    return fail(codes.wrongIndex(at, tensor.name, `{ ${given.join(", ")} }`, wanted));
  return {
    tensor: tensor.name,
    index: tensor.axes.map(({ axis }) => indexOf(tensor, axis, fields.get(axis))),
  };
};

const tilesAlong: Partial<Record<Axis, "rows" | "columns">> = { q: "rows", kv: "columns" };

const indexOf = (tensor: TensorSpec, axis: Axis, field: Field | undefined): BodyIndex => {
  if (!field) return "all";
  const { value, span } = field;
  const wanted = tilesAlong[axis];
  if (wanted !== undefined) {
    if (typeof value === "object" && value.kind === wanted) return "tile";
    const found = `${axis}: ${describeValue(value)}`;
    const remedy = `give axis ${axis} the ${wanted} of the ${wanted === "rows" ? "body" : "loop"}`;
    return fail(codes.wrongIndex(span, tensor.name, found, remedy));
  }
  const expr = toNumber(value, span, `an index of ${tensor.name}`);
  return expr.type === "i32"
    ? expr
    : fail(codes.wrongIndex(span, tensor.name, "a float", "indices are whole numbers"));
};
