// i64 arithmetic in i32 wherever no value, partial sums included, can leave i32. Learns from whoever asks
// which sizes are not negative, and relies on none being beyond largestSize.

import { slack } from "../base/size.ts";
import { sumBounds } from "./bounds.ts";
import { integerRange } from "./evaluate.ts";
import { binary, constant, convert, isComparison, mul, select } from "./expr.ts";
import type { Binary, Expr } from "./expr.ts";
import { fromLinear, linear, number, plus, textOf } from "./linear.ts";
import type { Linear, Term } from "./linear.ts";
import { provablyAtLeast } from "./prove.ts";
import type { Facts } from "./prove.ts";

export class Narrowing {
  readonly #above: readonly Linear[];
  readonly #below: readonly Linear[];
  readonly #facts: Facts;
  readonly #fits = new Map<string, boolean>();

  /** `sizes` are i32 and not negative; `facts` hold wherever the results are computed. */
  constructor(sizes: readonly Linear[], facts: Facts) {
    this.#above = sizes.map((s) => plus(s, number(slack)));
    this.#below = sizes.map((s) => plus(number(-slack), s, -1));
    this.#facts = facts;
  }

  /** `e`, an i64 whose value fits, as an i32. */
  narrow(e: Expr): Expr {
    return this.inI32(e) ?? convert("i32", e);
  }

  /** Undefined where e may not fit. */
  private inI32(e: Expr): Expr | undefined {
    switch (e.kind) {
      case "const":
        return this.fits(linear(e)) ? constant("i32", e.value) : undefined;
      case "convert":
        return e.a.type === "i32" ? e.a : this.whole(e);
      case "binary":
        return this.binary(e) ?? this.whole(e);
      case "select": {
        const [a, b] = [this.inI32(e.a), this.inI32(e.b)];
        return a && b ? select(this.condition(e.condition), a, b) : this.whole(e);
      }
      case "unary":
      case "var":
      case "load":
        return this.whole(e);
    }
  }

  /** A condition with its i64 comparisons in i32 where both sides can be. */
  condition(e: Expr): Expr {
    if (e.kind !== "binary" || !isComparison(e.op)) return e;
    if (e.op === "and" || e.op === "or")
      return binary(e.op, this.condition(e.a), this.condition(e.b));
    const [a, b] = e.a.type === "i64" ? [this.inI32(e.a), this.inI32(e.b)] : [];
    return a && b ? binary(e.op, a, b) : e;
  }

  private fits(form: Linear): boolean {
    const text = textOf(form);
    const known = this.#fits.get(text);
    if (known !== undefined) return known;
    const { lo, hi } = sumBounds(form, new Map());
    const atMost = (a: Linear): boolean => provablyAtLeast(a, form, this.#facts);
    const atLeast = (b: Linear): boolean => provablyAtLeast(form, b, this.#facts);
    const fits =
      (hi <= integerRange.i32.hi || this.#above.some(atMost)) &&
      (lo >= integerRange.i32.lo || this.#below.some(atLeast));
    this.#fits.set(text, fits);
    return fits;
  }

  /** Computed in i64, as late as possible converted. */
  private whole(e: Expr): Expr | undefined {
    return this.fits(linear(e)) ? { kind: "convert", type: "i32", a: e } : undefined;
  }

  private binary(e: Binary): Expr | undefined {
    if (e.op === "add" || e.op === "sub") return this.sum(e);
    const [a, b] = [this.inI32(e.a), this.inI32(e.b)];
    if (!a || !b) return undefined;
    const divides = e.op === "div" && b.kind === "const" && b.value > 0;
    const safe = e.op === "min" || e.op === "max" || divides || this.fits(linear(e));
    return safe ? binary(e.op, a, b) : undefined;
  }

  /** The terms in an order in which every partial sum fits. */
  private sum(e: Expr): Expr | undefined {
    const { terms, constant: rest } = linear(e);
    const left = [...terms];
    const ordered: [string, Term][] = [];
    let partial = number(0);
    while (left.length > 0) {
      const at = left.findIndex(([key, term]) => {
        const next = plus(partial, { terms: new Map([[key, term]]), constant: 0 });
        const leads = ordered.length > 0 || term.coefficient > 0;
        return leads && this.term(term) && this.fits(next);
      });
      if (at < 0) return undefined;
      const [[key, term]] = left.splice(at, 1) as [[string, Term]];
      partial = plus(partial, { terms: new Map([[key, term]]), constant: 0 });
      ordered.push([key, { ...term, expr: this.inI32(convert("i64", term.expr))! }]);
    }
    return this.fits(plus(partial, number(rest)))
      ? fromLinear({ terms: new Map(ordered), constant: rest }, "i32")
      : undefined;
  }

  /** Whether a term and its multiple can be computed in i32. */
  private term({ coefficient, expr }: Term): boolean {
    const wide = convert("i64", expr);
    if (this.inI32(wide) === undefined) return false;
    const multiple = mul(wide, constant("i64", Math.abs(coefficient)));
    return Math.abs(coefficient) === 1 || this.fits(linear(multiple));
  }
}
