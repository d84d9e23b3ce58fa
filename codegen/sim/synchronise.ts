// Statements that order what others do: groups of copies, issued products, mbarriers, meetings and turns.

import type {
  Arrive,
  Await,
  AwaitProducts,
  Barrier,
  Commit,
  InitBarriers,
  OrderCopies,
  PassTurn,
  SyncWarp,
  TakeTurn,
  Wait,
} from "../tile/statement-scheduled.ts";
import { activeWarps, type Context, mbarrierOf, valueOf } from "./context.ts";
import type { Run } from "./meetings.ts";
import type { Site } from "./site.ts";

type Synchronisation =
  | Commit
  | Wait
  | AwaitProducts
  | SyncWarp
  | Barrier
  | InitBarriers
  | Arrive
  | Await
  | OrderCopies
  | TakeTurn
  | PassTurn;

export function* synchronise(s: Synchronisation, context: Context, site: Site): Run {
  const { clocks, mbarriers } = context.block;
  const warps = activeWarps(context);
  switch (s.kind) {
    case "commit":
      return warps.forEach((warp) => clocks.commit(warp));
    case "wait":
      return warps.forEach((warp) => clocks.wait(warp, s.pending));
    case "await_products": {
      const ready = s.ready.map((name) => context.registers.get(name));
      context.unit.await(s.pending, ready, site);
      return warps.forEach((warp) => clocks.awaitProducts(warp, s.pending));
    }
    case "sync_warp":
      return warps.forEach((warp) => clocks.syncWarp(warp));
    case "barrier":
      return yield* context.meetings.block.meet(site, () => clocks.syncBlock());
    case "init_barriers":
      for (const stages of mbarriers.values())
        for (const barrier of stages) barrier.initialise(context.warps.firstWarp);
      return;
    case "arrive": {
      const barrier = mbarrierOf(s.barrier, context, site);
      return warps.forEach((warp) => barrier.arrive(warp, s.after, site));
    }
    case "await":
      return yield* awaitPhase(s, context, site);
    case "order_copies":
      return warps.forEach((warp) => clocks.orderCopies(warp));
    case "take_turn":
      return yield* context.turns.take(context.group, site);
    case "pass_turn":
      return context.turns.pass(context.group, site);
    default:
      return s satisfies never;
  }
}

function* awaitPhase(s: Await, context: Context, site: Site): Run {
  const barrier = mbarrierOf(s.barrier, context, site);
  const parity = valueOf(context, s.parity, site);
  for (const warp of activeWarps(context)) barrier.checkReady(warp, site);
  if (!barrier.passes(parity)) yield { site, ready: () => barrier.passes(parity) };
  for (const warp of activeWarps(context)) barrier.pass(warp, site);
}
