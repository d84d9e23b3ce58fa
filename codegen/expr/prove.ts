// Proves inequalities between integer sums from others that are known. A search that gives up soon: true
// is a proof, false says nothing. Knows no tiles; the facts come from whoever asks.

import { sumBounds } from "./bounds.ts";
import type { Expr } from "./expr.ts";
import { isConstant, linear, minus, number, plus, scale, textOf, without } from "./linear.ts";
import type { Linear, Term } from "./linear.ts";

/** Sums that are known not to be negative. */
export type Facts = readonly Linear[];

/** How many sums a proof may look at. */
const patience = 50;

export const provablyAtLeast = (a: Linear, b: Linear, facts: Facts): boolean =>
  new Search(facts).nonNegative(minus(a, b));

class Search {
  readonly #facts: Facts;
  readonly #known = new Map<string, boolean>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  nonNegative(sum: Linear): boolean {
    const a = reduced(sum);
    if (isConstant(a)) return a.constant >= 0;
    const text = textOf(a);
    const before = this.#known.get(text);
    if (before !== undefined || this.#known.size > patience) return before ?? false;
    this.#known.set(text, false);
    const found = sumBounds(a, new Map()).lo >= 0 || this.search(a);
    this.#known.set(text, found);
    return found;
  }

  private search(a: Linear): boolean {
    // What must hold in either case comes apart first, so that a choice can differ from case to case.
    for (const every of [true, false])
      for (const [key, term] of a.terms) {
        const cases = takeApart(without(a, key), term, every);
        if (cases && every) return cases.every((c) => this.nonNegative(c));
        if (cases) return cases.some((c) => this.nonNegative(c));
      }
    return this.#facts.some((fact) => {
      const next = cancel(a, fact);
      return next !== undefined && this.nonNegative(next);
    });
  }
}

/** Sums of which all (`every`) or else one must be shown not to be negative for rest + term not to be. */
const takeApart = (rest: Linear, term: Term, every: boolean): readonly Linear[] | undefined => {
  const { coefficient, expr } = term;
  const using = (value: Expr): Linear => plus(rest, linear(value), coefficient);
  if (expr.kind === "select") return every ? [using(expr.a), using(expr.b)] : undefined;
  if (expr.kind !== "binary") return undefined;
  if (expr.op === "min" || expr.op === "max") {
    const bothMatter = (expr.op === "min") === coefficient > 0;
    return bothMatter === every ? [using(expr.a), using(expr.b)] : undefined;
  }
  if (!every || expr.op !== "div" || expr.b.kind !== "const" || expr.b.value <= 0) return undefined;
  return [withoutDivision(rest, coefficient, linear(expr.a), expr.b.value)];
};

/** Divided by what divides all coefficients: 2 x + 1 >= 0 if x >= 0. */
const reduced = (a: Linear): Linear => {
  const divisor = [...a.terms.values()].reduce((d, t) => gcd(d, Math.abs(t.coefficient)), 0);
  if (divisor < 2) return a;
  return { terms: scale(a, 1 / divisor).terms, constant: Math.floor(a.constant / divisor) };
};

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/**
 * rest + c div(x, d) >= 0 follows from d rest + c (x - d + 1) + d - 1 >= 0 if c > 0, from d rest + c x + d - 1 >= 0
 * if c < 0: an integer sum above -1 is not negative.
 */
const withoutDivision = (rest: Linear, c: number, x: Linear, d: number): Linear =>
  plus(plus(scale(rest, d), x, c), number(c > 0 ? (d - 1) * (1 - c) : d - 1));

/** a minus the multiple of the fact that removes one of a's terms, if that makes it shorter. */
const cancel = (a: Linear, fact: Linear): Linear | undefined => {
  for (const [key, { coefficient }] of fact.terms) {
    const factor = (a.terms.get(key)?.coefficient ?? 0) / coefficient;
    if (factor <= 0 || !Number.isInteger(factor)) continue;
    const next = plus(a, fact, -factor);
    if (next.terms.size < a.terms.size) return next;
  }
  return undefined;
};
