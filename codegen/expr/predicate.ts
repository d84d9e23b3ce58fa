// A predicate as a union of conjunctions of atoms that are linear in one column variable. Pushes `not`
// inwards, distributes `and` over `or`, and takes apart what stands between a comparison and its
// variables: min, max, abs, select, mod, and divisions by constants. Knows no tiles.

import { movesIn } from "./corners.ts";
import { binary, bool, constant, convert, floorDiv, unary } from "./expr.ts";
import type { Binary, Expr } from "./expr.ts";
import { fromLinear, isInteger, linear, minus, number, plus, scale, without } from "./linear.ts";
import type { Linear, Term } from "./linear.ts";
import { provablyAtLeast } from "./prove.ts";
import type { Facts } from "./prove.ts";
import { simplify } from "./simplify.ts";

/** `source` is the author's comparison. */
export type Atom =
  /** form >= 0, where the column occurs at most as a constant multiple. */
  | { readonly kind: "linear"; readonly form: Linear; readonly source: Expr }
  /** The same for all rows and columns. */
  | { readonly kind: "uniform"; readonly test: Expr; readonly source: Expr }
  | { readonly kind: "unsolved"; readonly source: Expr };

export type Conjunction = readonly Atom[];
export type Union = readonly Conjunction[];

export interface Coordinates {
  readonly row: string;
  readonly column: string;
  /** About the variables: that row and column are not negative, at least. */
  readonly facts: Facts;
}

/** More conjunctions than this are not worth a loop each: part of the predicate stays unsolved. */
export const mostConjunctions = 8;

export const unionOf = (predicate: Expr, at: Coordinates): Union =>
  new Solver(at).union(predicate, true);

const nowhere: Union = [];
const everywhere: Union = [[]];

class Solver {
  readonly at: Coordinates;
  readonly #names: ReadonlySet<string>;

  constructor(at: Coordinates) {
    this.at = at;
    this.#names = new Set([at.row, at.column]);
  }

  /** Where `e` is `wanted`. */
  union(e: Expr, wanted: boolean): Union {
    if (e.kind === "const") return (e.value !== 0) === wanted ? everywhere : nowhere;
    if (!movesIn(e, this.#names))
      return [[{ kind: "uniform", test: wanted ? e : unary("not", e), source: e }]];
    switch (e.kind) {
      case "unary":
        return this.union(e.a, !wanted);
      case "convert":
        return isInteger(e.a.type)
          ? this.union(binary("ne", e.a, convert(e.a.type, bool(false)), e.span), wanted)
          : unsolved(e);
      case "select": // not (c ? a : b) is c ? not a : not b
        return either(
          both(this.union(e.condition, true), this.union(e.a, wanted), e),
          both(this.union(e.condition, false), this.union(e.b, wanted), e),
          e,
        );
      case "binary":
        if (e.op === "and" || e.op === "or") {
          const combine = (e.op === "and") === wanted ? both : either;
          return combine(this.union(e.a, wanted), this.union(e.b, wanted), e);
        }
        return this.comparison(e, wanted);
      case "var":
      case "load":
        return unsolved(e);
    }
  }

  private comparison(e: Binary, wanted: boolean): Union {
    if (e.a.type === "bool") return this.equivalence(e, (e.op === "eq") === wanted);
    if (!isInteger(e.a.type)) return unsolved(e);
    const difference = minus(linear(e.b), linear(e.a)); // b - a
    const atLeast = (low: number): Union => this.solve(plus(difference, number(-low)), e);
    const atMost = (high: number): Union => this.solve(minus(number(high), difference), e);
    switch (e.op) {
      case "lt":
        return wanted ? atLeast(1) : atMost(0);
      case "le":
        return wanted ? atLeast(0) : atMost(-1);
      case "gt":
        return wanted ? atMost(-1) : atLeast(0);
      case "ge":
        return wanted ? atMost(0) : atLeast(1);
      default: {
        const equal = (e.op === "eq") === wanted;
        return equal ? both(atLeast(0), atMost(0), e) : either(atLeast(1), atMost(-1), e);
      }
    }
  }

  private equivalence(e: Binary, equal: boolean): Union {
    if (e.op !== "eq" && e.op !== "ne") return unsolved(e);
    return either(
      both(this.union(e.a, true), this.union(e.b, equal), e),
      both(this.union(e.a, false), this.union(e.b, !equal), e),
      e,
    );
  }

  /** Where form >= 0. Each step takes one term apart, so it ends. */
  private solve(form: Linear, source: Expr): Union {
    for (const [key, term] of form.terms) {
      if (!movesIn(term.expr, this.#names)) continue;
      const apart = this.takeApart(without(form, key), term, source);
      if (apart !== undefined) return apart;
    }
    const column = new Set([this.at.column]);
    const moving = [...form.terms].filter(([, t]) => movesIn(t.expr, this.#names));
    const columns = moving.filter(([, t]) => movesIn(t.expr, column));
    // With no column in it, a condition on rows alone is solved for the row.
    const isolated = columns.length > 0 ? columns : moving;
    if (isolated.length === 1) {
      const [key, term] = isolated[0]!;
      const undivided = withoutDivision(without(form, key), term);
      if (undivided !== undefined) return this.solve(undivided, source);
    }
    const plain = columns.every(([key]) => key === this.at.column);
    return plain ? [[{ kind: "linear", form, source }]] : unsolved(source);
  }

  /** rest + coefficient * term >= 0, where the term is a choice between, or a sum of, simpler ones. */
  private takeApart(rest: Linear, { coefficient, expr }: Term, source: Expr): Union | undefined {
    const using = (value: Expr): Union =>
      this.solve(plus(rest, linear(value), coefficient), source);
    if (expr.kind === "select")
      return either(
        both(this.union(expr.condition, true), using(expr.a), source),
        both(this.union(expr.condition, false), using(expr.b), source),
        source,
      );
    if (expr.kind === "unary" && expr.op === "abs")
      return (coefficient > 0 ? either : both)(using(expr.a), using(unary("neg", expr.a)), source);
    if (expr.kind !== "binary") return undefined;
    if (expr.op === "min" || expr.op === "max")
      return ((expr.op === "min") === coefficient > 0 ? both : either)(
        using(expr.a),
        using(expr.b),
        source,
      );
    const expanded = this.withoutRemainder(expr);
    if (expanded === undefined) return undefined;
    const next = plus(rest, expanded, coefficient);
    const simpler = this.moving(next) <= this.moving(rest); // a row's remainder alone stays: its bounds are known
    return simpler || movesIn(expr, new Set([this.at.column]))
      ? this.solve(next, source)
      : undefined;
  }

  private moving(form: Linear): number {
    return [...form.terms.values()].filter((t) => movesIn(t.expr, this.#names)).length;
  }

  /** mod(x, d) as x - d div(x, d); rem too, where x is not negative. */
  private withoutRemainder({ op, a, b }: Binary): Linear | undefined {
    const divisor = positive(b);
    if (divisor === undefined || (op !== "mod" && op !== "rem")) return undefined;
    if (op === "rem" && !provablyAtLeast(linear(a), number(0), this.at.facts)) return undefined;
    return plus(linear(a), linear(simplify(floorDiv(a, b))), -divisor);
  }
}

const unsolved = (source: Expr): Union => [[{ kind: "unsolved", source }]];

const either = (a: Union, b: Union, source: Expr): Union =>
  a.length + b.length <= mostConjunctions ? [...a, ...b] : unsolved(source);

/** Too many: what b demands is not solved, what a demands is. */
const both = (a: Union, b: Union, source: Expr): Union =>
  a.flatMap((x) =>
    (a.length * b.length <= mostConjunctions ? b : unsolved(source)).map((y) => [...x, ...y]),
  );

const positive = (e: Expr): number | undefined =>
  e.kind === "const" && e.value > 0 ? e.value : undefined;

/**
 * rest + c div(x, d) >= 0 without the division: div(x, d) >= m is x >= d m, div(x, d) <= m is x <= d m + d - 1, with
 * m = -floor(rest / c) for positive c and floor(rest / -c) for negative.
 */
const withoutDivision = (rest: Linear, { coefficient: c, expr }: Term): Linear | undefined => {
  if (expr.kind !== "binary" || expr.op !== "div") return undefined;
  const d = positive(expr.b);
  if (d === undefined) return undefined;
  const x = linear(expr.a);
  const floor = floorOf(rest, Math.abs(c));
  return c > 0 ? plus(x, floor, d) : plus(minus(scale(floor, d), x), number(d - 1));
};

/** floor(form / divisor) */
export const floorOf = (form: Linear, divisor: number): Linear =>
  divisor === 1
    ? form
    : linear(simplify(floorDiv(fromLinear(form, "i64"), constant("i64", divisor))));
