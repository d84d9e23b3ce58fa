// Loops over the places of an order of key tiles, with the calls of a step for each. Solved ranges fall into segments of
// tiles that need the mask and tiles that do not; else each tile is asked, by conditions that are the same for
// all threads of the block, so that all of them skip it or none.

import { type Expr, add, binary, i32, select, unary, variable } from "../expr/expr.ts";
import type { Call, If, Let, Statement } from "../tile/statement.ts";
import { type Order, type Segment, assign, v } from "./key-order.ts";

/** What is asked of each tile, over its place; `excluded` absent: none is skipped; `covered` absent: each is masked. */
export interface Ask {
  /** What both read, computed once. */
  readonly lets?: readonly Let[];
  readonly excluded?: (place: Expr) => Expr;
  readonly covered?: (place: Expr) => Expr;
}

export interface KeyLoops {
  /** The parameters of the step, and which of them is the place. */
  readonly params: readonly string[];
  readonly here: string;
  readonly body: readonly Statement[];
}

export const loopsOver = (order: Order, ask: Ask, step: string): KeyLoops => {
  const params = ask.excluded ? ["t", "here", "next"] : ["t"];
  const call = (masked: boolean): Call => ({
    kind: "call",
    step,
    args: params.map(v),
    flags: [masked],
  });
  const here = ask.excluded ? "here" : "t";
  if (ask.excluded === undefined && ask.covered === undefined)
    return { params, here, body: inSegments(joinedOf(order), call) };
  const calls = ask.covered ? eitherCall(ask.covered(v(here)), call) : [call(true)];
  const loops = ask.excluded ? visits(ask.excluded, calls) : [everyTile(calls)];
  const note = "tiles that may hold a visible key";
  const count = order.within ? [] : [assign("count", order.count, note)];
  return { params, here, body: [...count, ...(ask.lets ?? []).map(whereVisited), ...loops] };
};

/** Where no tile is visited there may be nothing to read either. */
const whereVisited = (s: Let): Let => ({
  ...s,
  value: select(binary("gt", v("count"), i32(0)), s.value, i32(0)),
});

/** Neighbours that call alike are one segment: each loop has its own copy of the step. */
const joined = (before: readonly Segment[], next: Segment): readonly Segment[] => {
  const last = before.at(-1);
  if (last?.masked !== next.masked) return [...before, next];
  const note = last.masked ? "partial tiles" : last.note;
  return [...before.slice(0, -1), { ...next, length: add(last.length, next.length), note }];
};

const joinedOf = (order: Order): Order => ({
  ...order,
  segments: order.segments.reduce(joined, []),
});

/** One loop per segment, each beginning where the one before ended. */
const inSegments = (
  { segments, within }: Order,
  call: (masked: boolean) => Call,
): readonly Statement[] => {
  const ends = within ? endsWithin(segments, within) : endsOf(segments);
  const loops = segments.map((segment, i): Statement => {
    const from = i === 0 ? i32(0) : endAt(segments, i - 1);
    const body = [call(segment.masked)];
    return { ...loop, from, to: endAt(segments, i), note: segment.note, body };
  });
  return [...ends, unlessNone(i32(0), loops)];
};

const loop = { kind: "for", name: "t" } as const;

const endAt = (segments: readonly Segment[], i: number): Expr =>
  v(i === segments.length - 1 ? "count" : (segments[i]?.end ?? ""));

const endsOf = (segments: readonly Segment[]): readonly Let[] =>
  segments.map((segment, i) => {
    const last = i === segments.length - 1;
    return assign(
      last ? "count" : segment.end,
      add(i === 0 ? i32(0) : endAt(segments, i - 1), segment.length),
      last ? "tiles to visit" : `end of the ${segment.note}`,
    );
  });

/** The count of a part is known already. */
const endsWithin = (
  segments: readonly Segment[],
  within: (place: Expr) => Expr,
): readonly Let[] => {
  let end: Expr = i32(0);
  return segments.slice(0, -1).map((segment) => {
    end = add(end, segment.length);
    return assign(segment.end, within(end), `end of the ${segment.note}`);
  });
};

const unlessNone = (first: Expr, then: readonly Statement[]): If => ({
  kind: "if",
  condition: binary("gt", v("count"), first),
  then,
});

const eitherCall = (value: Expr, call: (masked: boolean) => Call): readonly Statement[] => {
  const covered = variable("bool", "covered");
  return [
    { kind: "let", name: "covered", type: "bool", value, note: "every row sees the tile whole" },
    { kind: "if", condition: covered, then: [call(false)] },
    { kind: "if", condition: unary("not", covered), then: [call(true)] },
  ];
};

const everyTile = (body: readonly Statement[]): Statement =>
  unlessNone(i32(0), [{ kind: "for", name: "t", from: i32(0), to: v("count"), body }]);

const visits = (
  excluded: (place: Expr) => Expr,
  body: readonly Statement[],
): readonly Statement[] => [
  {
    kind: "find",
    name: "start",
    from: i32(0),
    to: v("count"),
    unless: excluded(v("start")),
    note: "the first that is not excluded",
  },
  unlessNone(v("start"), [
    {
      kind: "visit",
      ...{ name: "t", here: "here", next: "next" },
      ...{ from: v("start"), to: v("count"), unless: excluded(v("next")) },
      body,
      note: "tiles that may hold a visible key",
    },
  ]),
];
