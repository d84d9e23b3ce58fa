// Statements of a tile program as NumPy, one by one, their notes as comments. What only orders memory
// accesses (barriers, waits, commits) has no counterpart in a program that runs in order; where roles take turns,
// mbarriers count completed phases, and who awaits one yields to the others.

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, variables } from "../expr/expr.ts";
import type { Call, Columns, Find, IfAny, Statement, Visit } from "../tile/statement.ts";
import { printBox, printStore } from "./boxes.ts";
import { printElements, printScalar } from "./expression.ts";
import { assign, printRef, rounded, type Scope, tileOf } from "./scope.ts";
import { axisSize } from "./tiles.ts";
import { printArrival, printAwait } from "./phases.ts";
import {
  printMap,
  printOnlineSoftmax,
  printProduct,
  printQuarantine,
  printReduce,
} from "./values.ts";

export const printBody = (body: readonly Statement[], scope: Scope): void => {
  for (const s of body) printStatement(s, scope);
};

const printStatement = (s: Statement, scope: Scope): void => {
  const { out, place } = scope;
  const { names } = place;
  const scalar = (e: Expr): string => printScalar(e, place);
  switch (s.kind) {
    case "let":
      return out.noted(`${names.of("value", s.name)} = ${scalar(s.value)}`, s.note);
    case "for":
      out.optionalBlock(
        `for ${names.of("value", s.name)} in range(${scalar(s.from)}, ${scalar(s.to)}):`,
        () => printBody(s.body, scope),
        s.note,
      );
      return;
    case "find": {
      const name = names.of("value", s.name);
      out.noted(`${name} = ${scalar(s.from)}`, s.note);
      return printSeek(s, name, scope);
    }
    case "visit":
      return printVisit(s, scope);
    case "if":
      out.optionalBlock(`if ${scalar(s.condition)}:`, () => printBody(s.then, scope), s.note);
      return;
    case "if_any":
      return printIfAny(s, scope);
    case "columns":
      return printColumns(s, scope);
    case "call":
      return out.noted(printCall(s, scope), s.note);
    case "load": {
      const tile = tileOf(scope, s.to);
      // A box is a view: what products change in place must not be the tensor.
      const copy = tile.decl.dtype === "f32" ? ".copy()" : "";
      return assign(scope, { tile: s.to }, `${printBox(s.from, tile, true, scope)}${copy}`, s.note);
    }
    case "copy":
    case "fetch": {
      const whole = s.guard.kind === "const" && s.guard.value === 0;
      const to = s.kind === "copy" ? s.to : { tile: s.to };
      return assign(scope, to, printBox(s.from, tileOf(scope, to.tile), !whole, scope), s.note);
    }
    case "bulk_copy": {
      const box = printBox(s.from, tileOf(scope, s.to.tile), true, scope);
      assign(scope, s.to, box, s.note);
      return printArrival(s.barrier, scope);
    }
    case "deposit":
      return assign(scope, s.to, names.of("value", s.from), s.note);
    case "store":
      return printStore(s, scope);
    case "fill":
    case "map":
      return printMap(s, scope);
    case "absent": {
      const { text } = printElements(s.value, { ...place, target: tileOf(scope, s.to) });
      const absent = scope.absent ?? unreachable("absent outside columns");
      const to = names.of("value", s.to);
      return assign(scope, { tile: s.to }, `np.where(${absent}, ${text}, ${to})`, s.note);
    }
    case "product":
      return printProduct(s, scope);
    case "quarantine":
      return printQuarantine(s, scope);
    case "reduce":
      return printReduce(s, scope);
    case "online_softmax":
      return printOnlineSoftmax(s, scope);
    case "get":
      return assign(scope, { tile: s.to }, printRef(s.from, scope), s.note);
    case "put": {
      const { dtype } = tileOf(scope, s.to.tile).decl;
      return assign(scope, s.to, rounded(scope, dtype, names.of("value", s.from)), s.note);
    }
    case "arrive":
      return printArrival(s.barrier, scope);
    case "await":
      return printAwait(s, scope);
    case "commit":
    case "wait":
    case "await_products":
    case "take_turn":
    case "pass_turn":
    case "order_copies":
    case "barrier":
    case "sync_warp":
    case "init_barriers":
      return;
  }
};

/** Moves the variable of that name on to the next place. */
const printSeek = ({ to, unless }: Find | Visit, name: string, { out, place }: Scope): void =>
  out.block(`while ${name} < ${printScalar(to, place)} and (${printScalar(unless, place)}):`, () =>
    out.add(`${name} += 1`),
  );

const printVisit = (s: Visit, scope: Scope): void => {
  const { out, place } = scope;
  const [t, here, next] = [s.name, s.here, s.next].map((name) => place.names.of("value", name));
  out.noted(`${t}, ${here} = 0, ${printScalar(s.from, place)}`, s.note);
  out.block(`while ${here} < ${printScalar(s.to, place)}:`, () => {
    out.add(`${next} = ${here} + 1`);
    printSeek(s, next ?? "", scope);
    printBody(s.body, scope);
    out.add(`${t}, ${here} = ${t} + 1, ${next}`);
  });
};

const printCall = (s: Call, scope: Scope): string => {
  const args = [
    ...s.args.map((e) => printScalar(e, scope.place)),
    ...s.flags.map((f) => (f ? "True" : "False")),
    ...(scope.maskedSteps.has(s.step) ? [scope.taken ?? "True"] : []),
  ];
  const call = `${scope.place.names.of("function", s.step)}(${args.join(", ")})`;
  return scope.waits?.has(s.step) ? `yield from ${call}` : call;
};

const printIfAny = (s: IfAny, scope: Scope): void => {
  const { place, warps, out } = scope;
  const rows = [...scope.tiles.values()].find((t) => t.decl.place.kind === "registers")?.rows;
  const group = warps === undefined || rows === undefined ? undefined : Number(rows) / warps;
  const lanes = [...variables(s.condition)].some((n) => scope.tiles.get(n)?.form === "lanes");
  const target = {
    form: lanes ? ("lanes" as const) : ("rows" as const),
    rows: rows ?? "1",
    cols: "1",
  };
  const condition = printElements(s.condition, { ...place, target });
  const taken = place.names.fresh("taken");
  const any =
    group === undefined
      ? `np.any(${condition.text})`
      : `${place.use("warp_any")}(${condition.text}, ${group})`;
  out.noted(`${taken} = ${scope.taken === undefined ? any : `${scope.taken} & ${any}`}`, s.note);
  out.block(`if ${taken}.any():`, () => printBody(s.then, { ...scope, taken }));
};

const printColumns = (s: Columns, scope: Scope): void => {
  const { place, kernel, out } = scope;
  const axis = kernel.axes.find((a) => a.name === s.axis) ?? unreachable("no axis", s.axis);
  const origin = place.names.of("value", s.origin);
  const size = axisSize(kernel, s.axis, place);
  const extent = printScalar(axis.extent, place);
  const all = `range(0, ${extent}, ${axis.size === undefined ? `max(${size}, 1)` : size})`;
  const scalar = (e: Expr): string => printScalar(e, place);
  const tiles = s.part
    ? `${place.use("part_of")}(${all}, ${scalar(s.part.index)}, ${scalar(s.part.of)})`
    : all;
  out.comment(s.note);
  out.block(`for ${origin} in ${tiles}:`, () => {
    const masked = [...scope.tiles.values()].find((t) => t.decl.shape[1] === s.axis);
    const absent = place.names.fresh("absent");
    const outside = `${origin} + ${place.use("col")}(${size}) >= ${extent}`;
    if (s.where === undefined || masked === undefined) out.add(`${absent} = ${outside}`);
    else {
      const { text } = printElements(s.where, { ...place, target: masked });
      out.add(`${absent} = (${outside}) | np.logical_not(${text})`);
    }
    printBody(s.body, { ...scope, absent });
  });
};
