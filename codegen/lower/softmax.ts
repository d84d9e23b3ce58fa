// Scores and their online softmax (Milakov and Gimelshein 2018), in log2 units: exp2 is the
// instruction that GPUs have, so the factor log2 e is folded into the exponent.

import type { Span } from "../base/span.ts";
import { type Expr, binary, f32, mul, select, substitute, unary, variable } from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { DType, AttentionDescription } from "../spec/description.ts";
import type { TileDecl } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import { coordinates } from "./coordinates.ts";
import { type Factors, factorsOf } from "./factors.ts";

/** Running maximum of a row that has met no key: finite, so that no inf - inf can arise. */
export const NO_MAXIMUM = -1e30;
export const LOG2E = Math.fround(Math.LOG2E);
const s = variable("f32", "s");

export const softmaxTiles = (weights: DType, valueDim: number): readonly TileDecl[] => {
  const value = { kind: "value" as const };
  return [
    { name: "s", dtype: "f32", shape: ["q", "kv"], place: value },
    { name: "p", dtype: weights, shape: ["q", "kv"], place: value },
    { name: "acc", dtype: "f32", shape: ["q", valueDim], place: value },
    { name: "m", dtype: "f32", shape: ["q"], place: value },
    { name: "l", dtype: "f32", shape: ["q"], place: value },
  ];
};

export const rowState: readonly Statement[] = [
  { kind: "fill", to: "acc", value: f32(0), note: "O, not yet normalised" },
  { kind: "fill", to: "m", value: f32(NO_MAXIMUM), note: "running row maximum, log2 units" },
  { kind: "fill", to: "l", value: f32(0), note: "running row sum" },
];

/** What `online_softmax` is to be given: a function of the tile of products. */
export interface ScoreFunction {
  readonly tile: string;
  /** Of the element `s`; coordinates are the author's. */
  readonly value: Expr;
  readonly scalars: readonly string[];
  /** The coordinates as the tile has them. */
  readonly places: ReadonlyMap<string, Expr>;
  readonly note?: string;
  readonly span?: Span;
}

export interface Scores {
  /** What the exponent multiplies the tile's scores by: log2 e, and every positive factor that all have. */
  readonly factor: Expr;
  /** Before the keys. */
  readonly before: readonly Statement[];
  /** s := score(scale * s), but for the factor. */
  readonly inTile: readonly Statement[];
}

export const scores = (d: AttentionDescription): Scores => {
  const scaled = mul(s, d.scale);
  return scoresOf({
    tile: "s",
    value: d.score ? substitute(d.score.value, new Map([["s", scaled]])) : scaled,
    scalars: d.scalars.map((x) => x.name),
    places: coordinates(d),
    ...(d.score && { note: `score: ${d.score.source}`, span: d.score.span }),
  });
};

export const scoresOf = (f: ScoreFunction): Scores => {
  const factors = factorsOf(simplify(f.value), new Set([...ofBlock, ...f.scalars]));
  return factors.scalars ? ofEachBlock(f, factors, factors.scalars) : constant(f, factors);
};

/** Coordinates that all scores of a block share. */
const ofBlock = ["b", "h", "hkv", "qLen", "kvLen"] as const;

/** Only a positive factor leaves the largest score the largest, and may wait for the exponent. */
const constant = (f: ScoreFunction, factors: Factors): Scores => {
  const waits = factors.constant > 0;
  const value = waits ? factors.rest : mul(factors.rest, f32(factors.constant));
  const apart = waits && factors.constant !== 1;
  return {
    factor: f32(Math.fround((waits ? factors.constant : 1) * Math.LOG2E)),
    before: [],
    inTile: scoreMap(f, value, apart ? `its factor ${Math.fround(factors.constant)}` : undefined),
  };
};

/** As `constant`, where only the launch, or the block's head, tells the sign. */
const ofEachBlock = (f: ScoreFunction, factors: Factors, scalars: Expr): Scores => {
  const value = simplify(substitute(mul(scalars, f32(factors.constant)), f.places));
  const common = value.kind === "var" ? value : variable("f32", "score_scale");
  const positive = binary("gt", common, f32(0));
  const factor = select(positive, mul(common, f32(LOG2E)), f32(LOG2E));
  return {
    factor: variable("f32", "score_factor"),
    before: [
      ...(common === value ? [] : [letFloat("score_scale", value, "factor of all scores")]),
      letFloat("score_factor", factor, "of S in the exponent"),
    ],
    inTile: [
      ...scoreMap(f, factors.rest, "a factor that all of them share"),
      {
        kind: "if",
        condition: unary("not", positive),
        then: [{ kind: "map", to: f.tile, value: mul(variable("f32", f.tile), common) }],
        note: "a factor that turns the order of scores cannot wait for the exponent",
      },
    ],
  };
};

const letFloat = (name: string, value: Expr, note: string): Statement => ({
  kind: "let",
  name,
  type: "f32",
  value,
  note,
});

const scoreMap = (
  { tile, places, note, span }: ScoreFunction,
  value: Expr,
  apart: string | undefined,
): readonly Statement[] => {
  if (value.kind === "var" && value.name === "s") return [];
  const element = variable("f32", tile);
  return [
    {
      kind: "map",
      to: tile,
      value: simplify(substitute(value, new Map([...places, ["s", element]]))),
      ...(span && { span }),
      ...(note !== undefined && { note: `${note}${apart ? `, but for ${apart}` : ""}` }),
    },
  ];
};
