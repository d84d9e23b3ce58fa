// How a loop over key tiles numbers its visits, for whoever makes copies for one that is still to come. A `for` visits
// every place, so that the t-th visit is at place t; a `visit` finds the next place as it goes.

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, add, i32, substitute, variable } from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { Kernel, Step } from "../tile/program.ts";
import type { Find, For, Statement, Visit } from "../tile/statement.ts";
import { statementsOf } from "../tile/walk.ts";

export interface Visits {
  /** The place of the visit that runs; the tile of a step is a function of it. */
  readonly here: string;
  /** The end of all places. */
  readonly count: Expr;
  /** In the step: the place of the visit that comes `distance` later, at least one. */
  readonly later: (distance: number) => Expr;
  /** Before the loop: the place of the n-th visit, counted from 0. */
  readonly nth: (n: number) => Expr;
  /** What the step must find before it can name `later(distance)`; before the loop, to name `nth(n)`. */
  readonly findLater: (distance: number) => readonly Statement[];
  readonly findNth: (n: number) => readonly Statement[];
}

const place = (name: string): Expr => variable("i32", name);

/** Places from 0 to `count`, all of them visited in order. */
const everyPlace = (count: Expr): Visits => ({
  here: "t",
  count,
  later: (distance) => simplify(add(place("t"), i32(distance))),
  nth: i32,
  findLater: () => [],
  findNth: () => [],
});

const foundPlaces = (loop: Visit): Visits => {
  const start = loop.from.kind === "var" ? loop.from.name : unreachable("a visit from nowhere");
  const later = (distance: number): string =>
    distance === 1 ? loop.next : `${loop.next}_${distance}`;
  const nth = (n: number): string => (n === 0 ? start : `${start}_${n}`);
  const find = (name: string, after: string): Find => ({
    kind: "find",
    name,
    from: add(place(after), i32(1)),
    to: loop.to,
    unless: substitute(loop.unless, new Map([[loop.next, place(name)]])),
  });
  return {
    here: loop.here,
    count: loop.to,
    later: (distance) => place(later(distance)),
    nth: (n) => place(nth(n)),
    findLater: (distance) => upTo(distance, 2).map((d) => find(later(d), later(d - 1))),
    findNth: (last) => upTo(last, 1).map((n) => find(nth(n), nth(n - 1))),
  };
};

const upTo = (last: number, first: number): readonly number[] =>
  Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => first + i);

/** The visits of the loops that call a step. */
export const visitsOf = (kernel: Kernel, step: Step): Visits => {
  const loops = kernel.roles.flatMap((role) => statementsOf(role.body));
  const loop = loops.find((s): s is Visit => s.kind === "visit" && calls(s.body, step.name));
  if (loop) return foundPlaces(loop);
  const last = loops.findLast((s): s is For => s.kind === "for" && calls(s.body, step.name));
  return everyPlace(last?.to ?? unreachable(`${step.name} is not called in a loop`));
};

export const calls = (body: readonly Statement[], step: string): boolean =>
  statementsOf(body).some((s) => s.kind === "call" && s.step === step);
