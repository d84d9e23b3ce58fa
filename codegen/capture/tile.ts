// What the functions of tile mean to capture: each adds a statement to the body that is being walked. TypeScript has
// checked most of their arguments; but types can be cast away.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import type { BodyTile, SoftmaxTiles } from "../spec/body.ts";
import type { BodyBuilder, CurrentBody } from "./body-builder.ts";
import type { Evaluator } from "./evaluate.ts";
import { maskOf } from "./formulas.ts";
import { tileOf } from "./tile-argument.ts";
import { mapTiles } from "./tile-map.ts";
import { loadTile, storeTile } from "./tile-slices.ts";
import {
  type Argument,
  describeValue,
  type Field,
  type Native,
  type ObjectValue,
  type Value,
} from "./value.ts";

type Operation = (body: BodyBuilder, args: readonly Argument[], span: Span) => Value;

export const tileNatives = (
  evaluator: Evaluator,
  bodies: CurrentBody,
): ReadonlyMap<string, Value> => {
  const inBody = (name: string, run: Operation): readonly [string, Native] => [
    name,
    {
      kind: "native",
      name: `tile.${name}`,
      call: (args, span) =>
        run(bodies.current ?? fail(codes.outsideBody(span, `tile.${name}`)), args, span),
    },
  ];
  return new Map<string, Value>([
    ["rows", { kind: "native", name: "tile.rows", call: rows }],
    inBody("columns", (_, args, span) => columns(args, span, evaluator)),
    inBody("load", loadTile),
    inBody("store", storeTile),
    inBody("qk", qk),
    inBody("pv", pv),
    inBody("map", (body, args, span) => mapTiles(body, args, span, evaluator)),
    inBody("rowMax", reduce("rowMax", "max")),
    inBody("rowSum", reduce("rowSum", "sum")),
    inBody("zeros", zeros),
    inBody("emptySoftmax", emptySoftmax),
    inBody("onlineSoftmax", onlineSoftmax),
  ]);
};

const rows: Native["call"] = ([extent], span) => ({ kind: "rows", extent: extent?.value, span });

const columns = (
  [extent, options]: readonly Argument[],
  span: Span,
  evaluator: Evaluator,
): Value => {
  const given = options?.value;
  const field =
    typeof given === "object" && given.kind === "object" ? given.fields.get("mask") : undefined;
  const mask = maskOf(field, [], evaluator);
  return {
    kind: "columns",
    extent: extent?.value,
    ...(mask && { mask }),
    span: extent?.span ?? span,
  };
};

const isHalf = ({ dtype }: BodyTile): boolean => dtype === "f16" || dtype === "bf16";
const isAlong = (t: BodyTile, rows: "q" | "kv", columns: "kv" | "number" | "one"): boolean =>
  t.shape[0] === rows &&
  (columns === "one"
    ? t.shape.length === 1
    : columns === "kv"
      ? t.shape[1] === "kv"
      : typeof t.shape[1] === "number");

/** Refuses a tile unless `fits`. */
const expect = (
  fits: boolean,
  argument: Argument | undefined,
  span: Span,
  of: string,
  wanted: string,
): void => {
  if (!fits)
    fail(codes.wrongTile(argument?.span ?? span, of, describeValue(argument?.value), wanted));
};

const qk: Operation = (body, args, span) => {
  const [a, b] = [tileOf(args[0], span, "tile.qk"), tileOf(args[1], span, "tile.qk")];
  expect(isHalf(a) && isAlong(a, "q", "number"), args[0], span, "tile.qk", "loaded queries first");
  const keys = isHalf(b) && isAlong(b, "kv", "number");
  const fits = keys && a.dtype === b.dtype && a.shape[1] === b.shape[1];
  expect(fits, args[1], span, "tile.qk", "loaded keys of the same dtype and the same d");
  const to = body.tile("f32", ["q", "kv"], span);
  body.add({ kind: "qk", to, a, b, span });
  return { kind: "tile", tile: to };
};

const pv: Operation = (body, args, span) => {
  const [acc, a, b] = [0, 1, 2].map((i) => tileOf(args[i], span, "tile.pv"));
  if (!acc || !a || !b) return undefined;
  expect(isAlong(acc, "q", "number"), args[0], span, "tile.pv", "an accumulator first");
  expect(isAlong(a, "q", "kv"), args[1], span, "tile.pv", "weights of rows by keys");
  const fits = isHalf(b) && isAlong(b, "kv", "number") && b.shape[1] === acc.shape[1];
  expect(fits, args[2], span, "tile.pv", "loaded values, as wide as the accumulator");
  const to = body.tile("f32", acc.shape, span);
  body.add({ kind: "pv", to, acc, a, b, span });
  return { kind: "tile", tile: to };
};

const reduce =
  (name: string, op: "max" | "sum"): Operation =>
  (body, args, span) => {
    const from = tileOf(args[0], span, `tile.${name}`);
    const fits = from.dtype === "f32" && isAlong(from, "q", "kv");
    expect(fits, args[0], span, `tile.${name}`, "a computed tile of rows by keys");
    const soFar = args[1] && tileOf(args[1], span, `tile.${name}`);
    expect(!soFar || isAlong(soFar, "q", "one"), args[1], span, `tile.${name}`, "a row vector");
    const to = body.tile("f32", ["q"], span);
    body.add({ kind: "reduce", op, to, from, ...(soFar && { soFar }), span });
    return { kind: "tile", tile: to };
  };

const widthOf = (argument: Argument | undefined, span: Span, of: string): number => {
  const width = argument?.value;
  const fits = typeof width === "number" && width % 8 === 0 && width >= 16 && width <= 256;
  return fits
    ? width
    : fail(codes.badHeadDim(argument?.span ?? span, of, describeValue(argument?.value)));
};

const ofRows = (argument: Argument | undefined, span: Span, of: string): void =>
  expect(
    typeof argument?.value === "object" && argument.value.kind === "rows",
    ...([argument, span, of, "the rows of the body"] as const),
  );

const zeros: Operation = (body, args, span) => {
  ofRows(args[0], span, "tile.zeros");
  const width = args[1] && widthOf(args[1], span, "tile.zeros");
  const to = body.tile("f32", width === undefined ? ["q"] : ["q", width], span);
  body.add({ kind: "fill", to, value: "zeros", span });
  return { kind: "tile", tile: to };
};

const emptySoftmax: Operation = (body, args, span) => {
  ofRows(args[0], span, "tile.emptySoftmax");
  const acc = body.tile("f32", ["q", widthOf(args[1], span, "tile.emptySoftmax")], span);
  const [m, l] = [body.tile("f32", ["q"], span), body.tile("f32", ["q"], span)];
  body.add({ kind: "fill", to: acc, value: "zeros", span });
  body.add({ kind: "fill", to: m, value: "no maximum", span });
  body.add({ kind: "fill", to: l, value: "zeros", span });
  return tiles({ acc, m, l }, span);
};

const onlineSoftmax: Operation = (body, args, span) => {
  const scores = tileOf(args[0], span, "tile.onlineSoftmax");
  const fits = scores.dtype === "f32" && isAlong(scores, "q", "kv");
  expect(fits, args[0], span, "tile.onlineSoftmax", "scores of rows by keys");
  const state = args[1]?.value;
  const part = (name: "m" | "l" | "acc"): BodyTile => {
    const fields =
      typeof state === "object" && state.kind === "object"
        ? state.fields
        : new Map<string, Field>();
    const value = fields.get(name)?.value;
    return tileOf({ value, span: args[1]?.span ?? span }, span, "tile.onlineSoftmax");
  };
  const before: SoftmaxTiles = { m: part("m"), l: part("l"), acc: part("acc") };
  const weights = body.tile("f16", ["q", "kv"], span);
  const after: SoftmaxTiles = {
    m: body.tile("f32", ["q"], span),
    l: body.tile("f32", ["q"], span),
    acc: body.tile("f32", before.acc.shape, span),
  };
  body.add({ kind: "online_softmax", scores, before, after, weights, span });
  return tiles({ p: weights, ...after }, span);
};

const tiles = (parts: Readonly<Record<string, BodyTile>>, span: Span): ObjectValue => ({
  kind: "object",
  fields: new Map(
    Object.entries(parts).map(([name, tile]) => [
      name,
      { value: { kind: "tile", tile }, nameSpan: span, span, source: name },
    ]),
  ),
  span,
});
