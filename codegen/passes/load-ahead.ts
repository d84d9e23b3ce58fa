// What the thread that loads does: all visits in order, each tile as soon as its buffer has been read. The tensor that a
// visit uses first runs one visit ahead of the others, as its use does (overlap-products.ts).

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, add, binary, i32, sub, variable } from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { For, If, LoadTile, Statement, Visit } from "../tile/statement.ts";
import { Ring, free } from "./ring.ts";
import { type Turn, count, ifMore, sliceAt } from "./staging.ts";

const t = variable("i32", "t");

/** `loop`: the loops of the step, inside what tells whether they run. */
export const loadAhead = (
  turn: Turn,
  loop: If,
  once: readonly LoadTile[],
  loads: readonly LoadTile[],
  ring: Ring,
): If => {
  const [first = unreachable("a loop that loads nothing"), ...others] = loads;
  const { here, nth, later } = turn.visits;
  const next = simplify(add(t, i32(1)));
  const body: readonly Statement[] = [
    ifMore(turn, ...awaitFree(ring, first, next), bulk(turn, ring, first, next, later(1))),
    ...others.flatMap((l) => [
      ...awaitFree(ring, l, t),
      bulk(turn, ring, l, t, variable("i32", here)),
    ]),
  ];
  return {
    kind: "if",
    condition: loop.condition,
    then: [
      ...once.map((l) => bulk(turn, new Ring(1), l, i32(0))),
      bulk(turn, ring, first, i32(0), nth(0)),
      { ...allVisits(loop.then), body },
    ],
  };
};

/** One loop over all visits of the step's loops. */
const allVisits = (loops: readonly Statement[]): For | Visit =>
  loops.find((s) => s.kind === "visit") ?? {
    ...{ kind: "for", name: "t", from: i32(0), to: count, body: [] },
  };

const bulk = (turn: Turn, ring: Ring, load: LoadTile, visit: Expr, place?: Expr): Statement => ({
  kind: "bulk_copy",
  to: { tile: load.to, ...(ring.stages > 1 && { stage: ring.stage(visit) }) },
  from: sliceAt(turn, load, place),
  barrier: ring.full(load, visit),
});

/** The buffer of a visit, once the visit that used it before is over. */
const awaitFree = (ring: Ring, load: LoadTile, visit: Expr): readonly Statement[] => {
  const before = simplify(sub(visit, i32(ring.stages)));
  const wait: Statement = {
    kind: "await",
    barrier: { barrier: free(load), stage: ring.stage(visit) },
    parity: ring.parity(before),
    note: `every warp has read the ${load.from.tensor} tile before`,
  };
  const condition = binary("ge", visit, i32(ring.stages));
  return [{ kind: "if", condition: simplify(condition), then: [wait] }];
};
