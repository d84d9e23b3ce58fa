// Interval arithmetic on expressions: the least and greatest value of an expression over a box whose
// corners are themselves expressions. classify() tells from them whether a predicate holds on the whole
// box or nowhere in it. All arithmetic is i64.

import {
  binary,
  bool,
  constant,
  convert,
  floorDiv,
  max,
  min,
  mul,
  select,
  unary,
  variables,
} from "./expr.ts";
import type { Binary, BinaryOp, Expr, Load } from "./expr.ts";
import {
  fromLinear,
  isInteger,
  isNonNegative,
  linear,
  minus,
  number,
  plus,
  scale,
} from "./linear.ts";
import type { Linear, Term } from "./linear.ts";
import { printExpr } from "./print.ts";
import { provablyAtLeast } from "./prove.ts";
import type { Facts } from "./prove.ts";
import { simplify } from "./simplify.ts";

export interface Corners {
  readonly lo: Linear;
  readonly hi: Linear;
}
export interface Box {
  /** Variables that are not named are the same all over the box. */
  readonly corners: ReadonlyMap<string, Corners>;
  /** What is known of the names in the corners. */
  readonly facts: Facts;
  /** Between which values an element lies, whose index moves in the box; absent: nothing is known of elements. */
  readonly elements?: (element: Load, box: Box) => Corners | undefined;
}

export const movesIn = (e: Expr, names: { has(name: string): boolean }): boolean => {
  for (const name of variables(e)) if (names.has(name)) return true;
  return false;
};

const i64 = (form: Linear): Expr => fromLinear(form, "i64");

/** Contains every value of the sum over the box; undefined where a term's values are unknown. */
export const cornersOf = (form: Linear, box: Box): Corners | undefined => {
  let corners: Corners = { lo: number(form.constant), hi: number(form.constant) };
  for (const [key, term] of form.terms) {
    const t = termCorners(key, term, box);
    if (t === undefined) return undefined;
    const [lo, hi] = term.coefficient > 0 ? [t.lo, t.hi] : [t.hi, t.lo];
    corners = {
      lo: plus(corners.lo, lo, term.coefficient),
      hi: plus(corners.hi, hi, term.coefficient),
    };
  }
  return corners;
};

const termCorners = (key: string, { expr }: Term, box: Box): Corners | undefined => {
  if (!movesIn(expr, box.corners)) {
    const itself: Linear = { terms: new Map([[key, { coefficient: 1, expr }]]), constant: 0 };
    return { lo: itself, hi: itself };
  }
  switch (expr.kind) {
    case "var":
      return box.corners.get(expr.name);
    case "convert":
      if (isInteger(expr.a.type)) return cornersOf(linear(expr.a), box);
      return expr.a.type === "bool" ? { lo: number(0), hi: number(1) } : undefined;
    case "unary": {
      const a = isInteger(expr.a.type) && cornersOf(linear(expr.a), box);
      if (!a) return undefined;
      if (expr.op === "abs") return distance(a);
      return expr.op === "sign" ? { lo: number(-1), hi: number(1) } : undefined;
    }
    case "binary":
      return binaryCorners(expr, box);
    case "select": {
      const [a, b] = [cornersOf(linear(expr.a), box), cornersOf(linear(expr.b), box)];
      if (!a || !b) return undefined;
      if (!movesIn(expr.condition, box.corners))
        return both(a, b, (x, y) => select(expr.condition, x, y));
      return { lo: sum(min(i64(a.lo), i64(b.lo))), hi: sum(max(i64(a.hi), i64(b.hi))) };
    }
    case "load":
      return box.elements?.(expr, box);
    case "const":
      return undefined;
  }
};

const sameText = (a: Expr, b: Expr): boolean => printExpr(a) === printExpr(b);

const sum = (e: Expr): Linear => linear(simplify(e));

const both = (a: Corners, b: Corners, f: (x: Expr, y: Expr) => Expr): Corners => ({
  lo: sum(f(i64(a.lo), i64(b.lo))),
  hi: sum(f(i64(a.hi), i64(b.hi))),
});

/** |x| for x in a. */
const distance = ({ lo, hi }: Corners): Corners => {
  const [x, y] = [i64(lo), unary("neg", i64(hi))];
  return {
    lo: sum(max(max(x, y), constant("i64", 0))),
    hi: sum(max(i64(hi), unary("neg", i64(lo)))),
  };
};

const binaryCorners = (e: Binary, box: Box): Corners | undefined => {
  const a = cornersOf(linear(e.a), box);
  const divisor = e.b.kind === "const" && e.b.value > 0 ? e.b.value : undefined;
  switch (e.op) {
    case "min":
    case "max": {
      const b = cornersOf(linear(e.b), box);
      return a && b && both(a, b, (x, y) => binary(e.op, x, y));
    }
    case "div":
      return a && divisor !== undefined
        ? both(a, a, (x) => floorDiv(x, constant("i64", divisor)))
        : undefined;
    case "mod":
      return divisor === undefined ? undefined : remainders(a, divisor, box);
    case "rem":
      return divisor === undefined
        ? undefined
        : { lo: number(1 - divisor), hi: number(divisor - 1) };
    case "mul": {
      const b = cornersOf(linear(e.b), box);
      return a && b && (sameText(e.a, e.b) ? square(a) : products(a, b, box));
    }
    default:
      return undefined;
  }
};

const product = (x: Linear, y: Linear): Linear => sum(mul(i64(x), i64(y)));

const square = (a: Corners): Corners => {
  const { lo, hi } = distance(a);
  return { lo: product(lo, lo), hi: product(hi, hi) };
};

const products = (a: Corners, b: Corners, { facts }: Box): Corners => {
  if ([a, b].every(({ lo }) => provablyAtLeast(lo, number(0), facts)))
    return { lo: product(a.lo, b.lo), hi: product(a.hi, b.hi) };
  const all = [a.lo, a.hi].flatMap((x) => [b.lo, b.hi].map((y) => mul(i64(x), i64(y))));
  return { lo: sum(all.reduce(min)), hi: sum(all.reduce(max)) };
};

/** The corners' own remainders if no multiple of the divisor lies between them, else all. */
const remainders = (a: Corners | undefined, divisor: number, box: Box): Corners => {
  const all = { lo: number(0), hi: number(divisor - 1) };
  if (!a || provablyAtLeast(minus(a.hi, a.lo), all.hi, box.facts)) return all;
  const d = constant("i64", divisor);
  const [lo, hi] = [i64(a.lo), i64(a.hi)];
  const together = binary("eq", floorDiv(lo, d), floorDiv(hi, d));
  return {
    lo: sum(select(together, binary("mod", lo, d), i64(all.lo))),
    hi: sum(select(together, binary("mod", hi, d), i64(all.hi))),
  };
};

/** Conditions over the corners of a box; absent where nothing can be said. */
export interface Classes {
  /** If this holds, so does the predicate, everywhere in the box. */
  readonly all?: Expr;
  /** If this holds, the predicate holds nowhere in the box. */
  readonly none?: Expr;
}

/**
 * For the tiles whose keys are not solved into ranges: what the corners of one tile say about its elements.
 * `tile` gives the first and the last coordinate of each axis, i32 or i64.
 */
export const classify = (
  predicate: Expr,
  tile: ReadonlyMap<string, { readonly lo: Expr; readonly hi: Expr }>,
  facts: Facts = [],
  elements?: Box["elements"],
): Classes => {
  const corners = [...tile].map(
    ([name, { lo, hi }]) => [name, { lo: linear(lo), hi: linear(hi) }] as const,
  );
  const box: Box = { corners: new Map(corners), facts, ...(elements && { elements }) };
  const { all, none } = classes(predicate, box);
  return { ...(all && { all: simplify(all) }), ...(none && { none: simplify(none) }) };
};

interface Found {
  readonly all: Expr | undefined;
  readonly none: Expr | undefined;
}
const unknown: Found = { all: undefined, none: undefined };

const not = (e: Expr): Expr => unary("not", e);
const and = (a: Expr | undefined, b: Expr | undefined): Expr | undefined =>
  a && b && binary("and", a, b);
const or = (a: Expr | undefined, b: Expr | undefined): Expr | undefined =>
  a && b ? binary("or", a, b) : (a ?? b);

const classes = (e: Expr, box: Box): Found => {
  if (!movesIn(e, box.corners)) return { all: e, none: not(e) };
  switch (e.kind) {
    case "unary": {
      const { all, none } = classes(e.a, box);
      return { all: none, none: all };
    }
    case "convert":
      return isInteger(e.a.type)
        ? classes(binary("ne", e.a, convert(e.a.type, bool(false))), box)
        : unknown;
    case "select":
      return classes(
        binary("or", binary("and", e.condition, e.a), binary("and", not(e.condition), e.b)),
        box,
      );
    case "binary": {
      if (e.op !== "and" && e.op !== "or")
        return isInteger(e.a.type) ? compare(e.op, minus(linear(e.a), linear(e.b)), box) : unknown;
      const [a, b] = [classes(e.a, box), classes(e.b, box)];
      return e.op === "and"
        ? { all: and(a.all, b.all), none: or(a.none, b.none) }
        : { all: or(a.all, b.all), none: and(a.none, b.none) };
    }
    case "const":
    case "var":
    case "load":
      return unknown;
  }
};

/** `difference` op 0 */
const compare = (op: BinaryOp, difference: Linear, box: Box): Found => {
  const corners = cornersOf(difference, box);
  if (corners === undefined) return unknown;
  const { lo, hi } = corners;
  const atLeastZero = isNonNegative(lo);
  const aboveZero = isNonNegative(plus(lo, number(-1)));
  const atMostZero = isNonNegative(scale(hi, -1));
  const belowZero = isNonNegative(minus(number(-1), hi));
  switch (op) {
    case "lt":
      return { all: belowZero, none: atLeastZero };
    case "le":
      return { all: atMostZero, none: aboveZero };
    case "gt":
      return { all: aboveZero, none: atMostZero };
    case "ge":
      return { all: atLeastZero, none: belowZero };
    case "eq":
      return { all: and(atLeastZero, atMostZero), none: or(aboveZero, belowZero) };
    case "ne":
      return { all: or(aboveZero, belowZero), none: and(atLeastZero, atMostZero) };
    default:
      return unknown;
  }
};
