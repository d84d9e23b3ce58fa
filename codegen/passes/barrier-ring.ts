// Rings of buffers guarded by mbarriers: full[stage] completes when every thread's copies have landed,
// free[stage] when every thread has read the tile. Copies run stages - 1 visits ahead.

import { type Expr, add, binary, bool, i32, sub, variable } from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { LoadTile, Statement } from "../tile/statement.ts";
import { Ring, free, full } from "./ring.ts";
import { type Staging, type Turn, around, sliceAt, useStage, withoutLoads } from "./staging.ts";

const t = variable("i32", "t");

export const barrierRing = (loads: readonly LoadTile[], stages: number): Staging => {
  const ring = new CopyRing(Math.max(stages, 2));
  const first = loads[0];
  return {
    loads,
    stages: ring.stages,
    barriers: loads.flatMap((l) => [
      ring.declare(full(l), "threads"),
      ring.declare(free(l), "threads"),
    ]),
    landed: first ? [ring.awaitFull(first, i32(0))] : [],
    step: (turn) => [
      ...turn.visits.findLater(ring.stages - 1),
      ...loads.reduceRight(
        (body, load, i) => ring.around(turn, body, loads, load, i),
        withoutLoads(turn.step.body),
      ),
    ],
    setup: [{ kind: "init_barriers" }, { kind: "barrier", note: "the mbarriers exist" }],
    prologue: (turn, once) => [
      ...once.map((l): Statement => ({
        kind: "copy",
        to: { tile: l.to },
        from: sliceAt(turn, l),
        guard: bool(true),
        note: "rows beyond the last are zeros",
      })),
      ...turn.visits.findNth(ring.stages - 2),
      ...loads.flatMap((l) => ring.firstCopies(turn, l)),
    ],
  };
};

class CopyRing extends Ring {
  /** Copies of the visits that the loop does not copy itself. */
  firstCopies(turn: Turn, load: LoadTile): readonly Statement[] {
    return Array.from({ length: this.stages - 1 }, (_, visit): Statement => {
      const place = turn.visits.nth(visit);
      const copies = this.copy(turn, load, i32(visit), place, bool(visit === 0));
      return { kind: "if", condition: binary("lt", place, turn.visits.count), then: copies };
    }).flatMap((s, visit) => (visit === 0 && s.kind === "if" ? s.then : [s]));
  }

  /** Of a visit and its place. */
  copy(turn: Turn, load: LoadTile, visit: Expr, place: Expr, guard: Expr): readonly Statement[] {
    const stage = this.stage(visit);
    return [
      {
        kind: "copy",
        to: { tile: load.to, stage },
        from: sliceAt(turn, load, place),
        guard,
        note: `${load.from.tensor} of ${ahead(visit)}`,
      },
      { kind: "arrive", barrier: { barrier: full(load), stage }, after: "copies" },
    ];
  }

  /** Copies ahead, waits for this visit's tile, and says when it has been read. */
  around(
    turn: Turn,
    body: readonly Statement[],
    loads: readonly LoadTile[],
    load: LoadTile,
    i: number,
  ): readonly Statement[] {
    const { before, uses, after } = around(body, loads, i);
    const ahead = simplify(add(t, i32(this.stages - 1)));
    const place = turn.visits.later(this.stages - 1);
    const previous = sub(t, i32(1));
    return [
      ...before,
      {
        kind: "if",
        condition: binary("lt", place, turn.visits.count),
        then: [
          {
            kind: "if",
            condition: binary("gt", t, i32(0)),
            then: [
              {
                kind: "await",
                barrier: { barrier: free(load), stage: this.stage(ahead) },
                parity: this.parity(previous),
                note: `every warp has read the ${load.from.tensor} tile before`,
              },
            ],
          },
          ...this.copy(turn, load, ahead, place, bool(false)),
        ],
      },
      this.awaitFull(load, t),
      ...useStage(uses, load.to, this.stage(t)),
      this.arriveFree(load, t),
      ...after,
    ];
  }
}

const ahead = (visit: Expr): string =>
  visit.kind === "const" ? `visit ${visit.value}` : "a later visit";
