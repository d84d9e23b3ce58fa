// Statements that compute: maps, products, reductions, the unscheduled online softmax.

import type { Fill, MapTile, OnlineSoftmax, Product, Reduce } from "../tile/statement.ts";
import type { Quarantine } from "../tile/statement-scheduled.ts";
import { isAtom } from "./boxes.ts";
import { printElements, printScalar, type Text } from "./expression.ts";
import { assign, printRef, rounded, type Scope, tileOf } from "./scope.ts";
import type { PythonTile } from "./tiles.ts";

/** A value that varies over less than its tile is repeated. */
const whole = (value: Text, { form, rows, cols, decl }: PythonTile): string => {
  const type = decl.dtype === "i32" ? "np.int32" : "f32";
  if (!value.perRow && !value.perColumn)
    return `np.full((${rows}, ${cols}), ${value.text}, ${type})`;
  if (!value.perRow || (!value.perColumn && form !== "rows"))
    return `np.broadcast_to(${value.text}, (${rows}, ${cols})).astype(${type})`;
  return value.text;
};

export const printMap = (s: Fill | MapTile, scope: Scope): void => {
  const tile = tileOf(scope, s.to);
  const value = whole(printElements(s.value, { ...scope.place, target: tile }), tile);
  assign(scope, { tile: s.to }, rounded(scope, tile.decl.dtype, value), s.note);
};

/** f32 matrix products; accumulation is in place. */
export const printProduct = (s: Product, scope: Scope): void => {
  const to = scope.place.names.of("value", s.to);
  const [a, b] = [printRef(s.a, scope), printRef(s.b, scope)];
  if (s.form === "qk") return assign(scope, { tile: s.to }, `${a} @ ${b}.T`, s.note);
  const sum = s.skipZeros ? `${scope.place.use("weighted")}(${a}, ${b})` : `${a} @ ${b}`;
  if (scope.taken === undefined) return scope.out.noted(`${to} += ${sum}`, s.note);
  assign(scope, { tile: s.to }, `${to} + ${sum}`, s.note);
};

/** What products must not meet moves to the sums first; the tile is a new one, as a box may be the tensor itself. */
export const printQuarantine = (s: Quarantine, scope: Scope): void => {
  const { names, use } = scope.place;
  const [a, b] = [printRef(s.a, scope), printRef(s.b, scope)];
  scope.out.noted(`${names.of("value", s.to)} += ${use("strangers")}(${a}, ${b})`, s.note);
  assign(scope, s.b, `${use("finite")}(${b})`, undefined);
};

export const printReduce = (s: Reduce, scope: Scope): void => {
  const { names, use } = scope.place;
  const [from, to] = [tileOf(scope, s.from), tileOf(scope, s.to)];
  const source = names.of("value", s.from);
  const lanes = from.form === "lanes" ? source : `${use("lane_sums")}(${source})`;
  const sum = (): string => {
    if (to.form === "lanes") return lanes;
    return from.form === "lanes" || from.decl.place.kind === "registers"
      ? `${use("join_lanes")}(${lanes})`
      : `${use("row_sum")}(${source})`;
  };
  const maximum = (): string =>
    to.form === "lanes" ? `${use("lane_maxima")}(${source})` : `${use("row_max")}(${source})`;
  const value = s.op === "sum" ? sum() : maximum();
  const before = names.of("value", s.to);
  const combined = s.op === "sum" ? `${before} + ${value}` : `np.fmax(${before}, ${value})`;
  assign(scope, { tile: s.to }, s.accumulate ? combined : value, s.note);
};

export const printOnlineSoftmax = (s: OnlineSoftmax, scope: Scope): void => {
  const { place, out } = scope;
  const { names, use } = place;
  const [scores, weights, m, l, acc] = [s.scores, s.weights, s.m, s.l, s.acc].map((n) =>
    names.of("value", n),
  );
  const [raised, shrink, p] = ["raised", "shrink", "p"].map((n) => names.fresh(`${n}_now`));
  const text = printScalar(s.factor, place);
  const factor = isAtom(text) ? text : `(${text})`;
  out.add(
    `${raised} = np.fmax(${m}, ${use("row_max")}(${scores}) * ${factor})`,
    `${p} = np.exp2(${scores} * ${factor} - ${raised})`,
    `${shrink} = np.exp2(${m} - ${raised})`,
    `${l} = ${l} * ${shrink} + ${use("row_sum")}(${p})`,
    `${acc} = ${acc} * ${shrink}`,
    `${m} = ${raised}`,
    `${weights} = ${rounded(scope, tileOf(scope, s.weights).decl.dtype, p!)}`,
  );
};
