// Gathers what multiplies a score and is known before the keys: `cap * tanh(scale * s / cap)` becomes one
// multiplication, a tanh, and a factor for the exponent to take along. The result may differ from what is
// written by f32 rounding, so it is decided here, once, and not where a comparison or a rounding would show it.

import {
  type Expr,
  type UnaryOp,
  binary,
  f32,
  mapChildren,
  mul,
  select,
  variables,
} from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";

/** rest * scalars * constant: the scalars known to a block before its keys, the constant now. */
export interface Factors {
  readonly rest: Expr;
  readonly scalars: Expr | undefined;
  readonly constant: number;
}

interface Product {
  readonly rest: readonly Expr[];
  readonly scalars: readonly Expr[];
  readonly constant: number;
}

/** The factors of an f32 expression; `known`: the variables that are the same for all scores of a block. */
export const factorsOf = (e: Expr, known: ReadonlySet<string>): Factors => {
  const isKnown = (x: Expr): boolean => [...variables(x)].every((name) => known.has(name));

  const product = (x: Expr): Product => {
    if (x.kind === "const") return { rest: [], scalars: [], constant: x.value };
    if (isKnown(x)) return { rest: [], scalars: [x], constant: 1 };
    if (x.kind === "unary" && x.op === "neg") return times(product(x.a), product(f32(-1)));
    if (x.kind !== "binary") return { rest: [inside(x)], scalars: [], constant: 1 };
    if (x.op === "mul") return times(product(x.a), product(x.b));
    if (x.op === "div" && isKnown(x.b)) return times(product(x.a), product(inverse(x.b)));
    return { rest: [inside(x)], scalars: [], constant: 1 };
  };

  const factors = (x: Expr): Factors => {
    const { rest, scalars, constant } = product(x);
    if (rest.length === 0) return { rest: x, scalars: undefined, constant: 1 };
    return isNormal(constant)
      ? { rest: rest.reduce(mul), scalars: all(scalars), constant }
      : { rest: mapChildren(x, gathered), scalars: undefined, constant: 1 };
  };

  /** The same value with its factors together; what is the same for every score is left as it is written. */
  const gathered = (x: Expr): Expr => {
    if (x.type !== "f32" || isKnown(x) || !variables(x).has("s")) return x;
    const { rest, scalars, constant } = factors(x);
    const factor = all([...(scalars ? [scalars] : []), ...(constant === 1 ? [] : [f32(constant)])]);
    return factor ? mul(rest, factor) : rest;
  };

  const inside = (x: Expr): Expr => {
    if (x.kind === "select") return select(x.condition, gathered(x.a), gathered(x.b), x.span);
    return isContinuous(x) ? mapChildren(x, gathered) : x;
  };

  return factors(e);
};

const times = (a: Product, b: Product): Product => ({
  rest: [...a.rest, ...b.rest],
  scalars: [...a.scalars, ...b.scalars],
  constant: a.constant * b.constant,
});

const all = (factors: readonly Expr[]): Expr | undefined =>
  factors.length === 0 ? undefined : factors.reduce(mul);

const inverse = (e: Expr): Expr =>
  e.kind === "const" ? f32(1 / e.value) : simplify(binary("div", f32(1), e));

/** Neither lost nor made less exact by f32. */
const isNormal = (constant: number): boolean =>
  Math.abs(constant) >= 2 ** -126 && Math.abs(constant) < 2 ** 127;

/** Where a little more in an operand is a little more in the value. */
const continuous: Readonly<Record<UnaryOp, boolean>> = {
  neg: true,
  not: false,
  abs: true,
  exp: true,
  exp2: true,
  log: true,
  log2: true,
  sqrt: true,
  rsqrt: true,
  tanh: true,
  tanhApprox: true,
  sin: true,
  cos: true,
  floor: false,
  ceil: false,
  round: false,
  trunc: false,
  sign: false,
  floorPow2: false,
};

const isContinuous = (e: Expr): boolean =>
  e.type === "f32" &&
  (e.kind === "unary"
    ? continuous[e.op]
    : e.kind === "binary" && ["add", "sub", "mul", "div", "min", "max"].includes(e.op));
