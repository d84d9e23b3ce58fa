// Takes what a map over scores needs once per row and lane out of its inner loop. Before: maps over
// `row` and `col`. After: comparisons that are affine in col meet a precomputed limit, and affine
// float terms a precomputed base, so that an element costs a compare or a fused multiply-add with a
// constant: no integer-to-float conversion and no division per element.
//
// col = lane_col + fixed_col, where fixed_col is a constant once the loop is unrolled.

import { affine } from "../expr/affine.ts";
import {
  type Binary,
  type Expr,
  add,
  binary,
  convert,
  i32,
  mapChildren,
  max,
  min,
  mul,
  sub,
  substitute,
  unary,
  variable,
  variables,
} from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { Step, TileDecl } from "../tile/program.ts";
import type { MapTile, Statement } from "../tile/statement.ts";
import { mapStatements } from "../tile/walk.ts";
import { editKernels, findTile } from "./edit.ts";
import type { Pass } from "./target.ts";

const laneCol = variable("i32", "lane_col");
const fixedCol = variable("i32", "fixed_col");
const reads = (e: Expr, name: string): boolean => variables(e).has(name);

/** Row-and-lane vectors made on the way, each with the map that fills it. */
interface Hoist {
  readonly tiles: TileDecl[];
  readonly maps: MapTile[];
  readonly fresh: (stem: string) => string;
}

const hoist = (h: Hoist, stem: string, value: Expr): Expr => {
  const name = h.fresh(stem);
  const dtype = value.type === "f32" ? "f32" : "i32";
  h.tiles.push({ name, dtype, shape: ["q"], place: { kind: "registers", layout: "lanes" } });
  h.maps.push({ kind: "map", to: name, value: simplify(value) });
  return variable(dtype, name);
};

/** fixed_col <= at, or fixed_col >= at. */
interface Limit {
  readonly op: "le" | "ge";
  readonly at: Expr;
}

/** An i32 comparison with col times plus or minus one on one side, solved for fixed_col. */
const limitOf = (e: Expr): Limit | undefined => {
  if (e.kind !== "binary" || e.a.type !== "i32") return undefined;
  const flipped: Partial<Record<Binary["op"], Expr>> = {
    le: sub(e.a, e.b),
    lt: add(sub(e.a, e.b), i32(1)),
    ge: sub(e.b, e.a),
    gt: add(sub(e.b, e.a), i32(1)),
  };
  const atMostZero = flipped[e.op];
  const parts = atMostZero && affine(atMostZero, ["col"]);
  const slope = parts?.coefficients.get("col");
  if (!parts || slope?.kind !== "const" || Math.abs(slope.value) !== 1) return undefined;
  return slope.value === 1
    ? { op: "le", at: sub(unary("neg", parts.rest), laneCol) }
    : { op: "ge", at: sub(parts.rest, laneCol) };
};

/** The operands of a chain of `and`. */
const conjuncts = (e: Expr): readonly Expr[] =>
  e.kind === "binary" && e.op === "and" ? [...conjuncts(e.a), ...conjuncts(e.b)] : [e];

const splitCondition = (e: Expr, h: Hoist): Expr => {
  if (e.kind === "binary" && e.op === "or")
    return binary("or", splitCondition(e.a, h), splitCondition(e.b, h), e.span);
  if (e.kind === "unary" && e.op === "not") return unary("not", splitCondition(e.a, h), e.span);
  const parts = conjuncts(e);
  const limits = parts.map(limitOf);
  const rest = parts.filter((_, i) => limits[i] === undefined);
  const bounds = (["le", "ge"] as const).flatMap((op) => {
    const ats = limits.flatMap((l) => (l?.op === op ? [l.at] : []));
    if (ats.length === 0) return [];
    const at = ats.reduce((x, y) => (op === "le" ? min(x, y) : max(x, y)));
    return [binary(op, fixedCol, hoist(h, op === "le" ? "last_col" : "first_col", at))];
  });
  const inner = rest.map((r) => (parts.length > 1 ? splitCondition(r, h) : r));
  return [...bounds, ...inner].reduce((x, y) => binary("and", x, y));
};

/** value = base + slope * f32(fixed_col), neither mentioning col or an element of a tile with columns. */
interface Line {
  readonly base: Expr;
  readonly slope: Expr | undefined;
}

const lineOf = (e: Expr, elements: ReadonlySet<string>): Line | undefined => {
  if ([...variables(e)].some((name) => elements.has(name))) return undefined;
  if (!reads(e, "col")) return { base: e, slope: undefined };
  if (e.kind === "convert" && e.type === "f32" && e.a.type === "i32") {
    const parts = affine(e.a, ["col"]);
    const k = parts?.coefficients.get("col");
    if (!parts || !k) return undefined;
    const base = simplify(add(parts.rest, mul(k, laneCol)));
    return { base: convert("f32", base), slope: convert("f32", k) };
  }
  if (e.kind === "unary" && e.op === "neg") {
    const a = lineOf(e.a, elements);
    return a && { base: unary("neg", a.base), slope: a.slope && unary("neg", a.slope) };
  }
  if (e.kind !== "binary") return undefined;
  const a = lineOf(e.a, elements);
  const b = lineOf(e.b, elements);
  if (!a || !b) return undefined;
  switch (e.op) {
    case "add":
    case "sub":
      return {
        base: binary(e.op, a.base, b.base),
        slope:
          a.slope && b.slope
            ? binary(e.op, a.slope, b.slope)
            : (a.slope ?? (b.slope && (e.op === "sub" ? unary("neg", b.slope) : b.slope))),
      };
    case "mul":
      if (a.slope && b.slope) return undefined;
      return a.slope
        ? { base: mul(a.base, b.base), slope: mul(a.slope, b.base) }
        : { base: mul(a.base, b.base), slope: b.slope && mul(a.base, b.slope) };
    case "div":
      return b.slope
        ? undefined
        : { base: binary("div", a.base, b.base), slope: a.slope && binary("div", a.slope, b.base) };
    default:
      return undefined;
  }
};

/** Replaces the largest affine float terms by base + slope * fixed_col. */
const splitValue = (e: Expr, elements: ReadonlySet<string>, h: Hoist): Expr => {
  if (e.type === "bool") return reads(e, "col") ? splitCondition(e, h) : e;
  if (!reads(e, "col")) return e;
  const line = e.type === "f32" ? lineOf(e, elements) : undefined;
  if (line?.slope) {
    const base = hoist(h, "base", line.base);
    return add(base, mul(simplify(line.slope), convert("f32", fixedCol)));
  }
  return mapChildren(e, (c) => splitValue(c, elements, h));
};

/** What is left of col where nothing could be split. */
const spellOut = (e: Expr): Expr => substitute(e, new Map([["col", add(laneCol, fixedCol)]]));

const splitMap = (s: Statement, tiles: readonly TileDecl[], h: Hoist): readonly Statement[] => {
  if (s.kind !== "map" || findTile(tiles, s.to).shape.length !== 2 || !reads(s.value, "col"))
    return [s];
  const before = h.maps.length;
  const wide = new Set(tiles.filter((t) => t.shape.length === 2).map((t) => t.name));
  const value = simplify(spellOut(splitValue(s.value, wide, h)));
  return [...h.maps.slice(before), { ...s, value }];
};

const splitStep = (step: Step, tiles: readonly TileDecl[]): Step => {
  const used = new Set<string>();
  const h: Hoist = {
    tiles: [],
    maps: [],
    fresh: (stem) => {
      let name = stem;
      for (let i = 2; used.has(name); i++) name = `${stem}_${i}`;
      used.add(name);
      return name;
    },
  };
  const body = mapStatements(step.body, (s) => splitMap(s, [...tiles, ...step.tiles], h));
  return { ...step, body, tiles: [...step.tiles, ...h.tiles] };
};

/** Runs after masks have become maps. */
export const splitColumns: Pass = (program) =>
  editKernels(program, (kernel) => ({
    ...kernel,
    steps: kernel.steps.map((step) => splitStep(step, kernel.tiles)),
  }));
