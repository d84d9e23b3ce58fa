// Scores and their online softmax (Milakov and Gimelshein 2018), in log2 units: exp2 is the
// instruction that GPUs have, so the factor log2 e is folded into the exponent.

import { type Expr, binary, f32, mul, select, substitute, unary, variable } from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { DType, Description } from "../spec/description.ts";
import type { TileDecl } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import { coordinates } from "./coordinates.ts";
import { type Factors, factorsOf } from "./factors.ts";

/** Running maximum of a row that has met no key: finite, so that no inf - inf can arise. */
const NO_MAXIMUM = -1e30;
const LOG2E = Math.fround(Math.LOG2E);
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

export interface Scores {
  /** What the exponent multiplies the tile's scores by: log2 e, and every positive factor that all have. */
  readonly factor: Expr;
  /** Before the keys. */
  readonly before: readonly Statement[];
  /** s := score(scale * s), but for the factor. */
  readonly inTile: readonly Statement[];
}

export const scores = (d: Description): Scores => {
  const scaled = mul(s, d.scale);
  const score = d.score ? substitute(d.score.value, new Map([["s", scaled]])) : scaled;
  const factors = factorsOf(
    simplify(score),
    new Set([...ofBlock, ...d.scalars.map((x) => x.name)]),
  );
  return factors.scalars ? ofEachBlock(d, factors, factors.scalars) : constant(d, factors);
};

/** Coordinates that all scores of a block share. */
const ofBlock = ["b", "h", "hkv", "qLen", "kvLen"] as const;

/** Only a positive factor leaves the largest score the largest, and may wait for the exponent. */
const constant = (d: Description, factors: Factors): Scores => {
  const waits = factors.constant > 0;
  const value = waits ? factors.rest : mul(factors.rest, f32(factors.constant));
  const apart = waits && factors.constant !== 1;
  return {
    factor: f32(Math.fround((waits ? factors.constant : 1) * Math.LOG2E)),
    before: [],
    inTile: scoreMap(d, value, apart ? `its factor ${Math.fround(factors.constant)}` : undefined),
  };
};

/** As `constant`, where only the launch, or the block's head, tells the sign. */
const ofEachBlock = (d: Description, factors: Factors, scalars: Expr): Scores => {
  const value = simplify(substitute(mul(scalars, f32(factors.constant)), coordinates(d)));
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
      ...scoreMap(d, factors.rest, "a factor that all of them share"),
      {
        kind: "if",
        condition: unary("not", positive),
        then: [{ kind: "map", to: "s", value: mul(s, common) }],
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

const scoreMap = (d: Description, value: Expr, apart: string | undefined): readonly Statement[] => {
  if (value === s) return [];
  const note = d.score && `score: ${d.score.source}${apart ? `, but for ${apart}` : ""}`;
  return [
    {
      kind: "map",
      to: "s",
      value: simplify(substitute(value, coordinates(d))),
      ...(d.score && { span: d.score.span }),
      ...(note && { note }),
    },
  ];
};
