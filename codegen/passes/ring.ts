// Buffers of one tensor in a ring, and the mbarriers that guard them: full[stage] says that a tile has landed, free[stage]
// that it has been read. Visit t uses stage t % stages for the (t / stages)-th time, which is phase t / stages of
// its barriers.

import { type Expr, binary, floorDiv, i32 } from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { BarrierDecl } from "../tile/program.ts";
import type { LoadTile } from "../tile/statement.ts";
import type { BarrierRef } from "../tile/statement-parts.ts";
import type { Arrive, Await } from "../tile/statement-scheduled.ts";

export const full = (load: LoadTile): string => `${stem(load)}_full`;
export const free = (load: LoadTile): string => `${stem(load)}_free`;
/** `k` of the tile ks. */
const stem = ({ to }: LoadTile): string => to.replace(/s$/, "");

export class Ring {
  readonly stages: number;

  constructor(stages: number) {
    this.stages = stages;
  }

  declare(name: string, counts: BarrierDecl["counts"]): BarrierDecl {
    return { name, counts, stages: this.stages, offset: 0 };
  }

  stage(visit: Expr): Expr {
    return simplify(binary("rem", visit, i32(this.stages)));
  }

  parity(visit: Expr): Expr {
    return simplify(binary("rem", floorDiv(visit, i32(this.stages)), i32(2)));
  }

  full(load: LoadTile, visit: Expr): BarrierRef {
    return { barrier: full(load), stage: this.stage(visit) };
  }

  awaitFull(load: LoadTile, visit: Expr): Await {
    const barrier = this.full(load, visit);
    return { kind: "await", barrier, parity: this.parity(visit), note: `${load.to} has landed` };
  }

  arriveFree(load: LoadTile, visit: Expr): Arrive {
    const barrier = { barrier: free(load), stage: this.stage(visit) };
    return { kind: "arrive", barrier, after: "accesses" };
  }
}
