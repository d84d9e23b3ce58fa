// The grammar of statements that only scheduled programs hold: copies, and whatever orders work in time.

import { ControlGrammar, type StatementRule } from "./grammar-control.ts";
import { signs, word } from "./tokens.ts";

type Bare =
  "commit" | "barrier" | "sync_warp" | "init_barriers" | "take_turn" | "pass_turn" | "order_copies";

export abstract class ScheduledGrammar extends ControlGrammar {
  private readonly arrival = this.choice("arrival", ["accesses", "copies"]);

  private readonly copy = this.simple("copy", () => {
    const to = this.SUBRULE(this.tileRef);
    this.CONSUME(signs.from);
    const from = this.SUBRULE(this.slice);
    this.CONSUME(word("guard"));
    const guard = this.SUBRULE(this.expression);
    return (names) => ({ kind: "copy", to: to(names), from: from(names), guard: guard(names) });
  });

  private readonly fetch = this.simple("fetch", () => {
    const to = this.nameText();
    this.CONSUME(signs.from);
    const from = this.SUBRULE(this.slice);
    this.CONSUME(word("guard"));
    const guard = this.SUBRULE(this.expression);
    return (names) => ({ kind: "fetch", to, from: from(names), guard: guard(names) });
  });

  private readonly bulk = this.simple("bulk", () => {
    const to = this.SUBRULE(this.tileRef);
    this.CONSUME(signs.from);
    const from = this.SUBRULE(this.slice);
    this.CONSUME(word("to"));
    const barrier = this.SUBRULE(this.barrierRef);
    return (names) => ({
      kind: "bulk_copy",
      to: to(names),
      from: from(names),
      barrier: barrier(names),
    });
  });

  private bare(kind: Bare): StatementRule {
    return this.simple(kind, () => () => ({ kind }));
  }
  private readonly commit = this.bare("commit");
  private readonly barrier = this.bare("barrier");
  private readonly syncWarp = this.bare("sync_warp");
  private readonly initBarriers = this.bare("init_barriers");
  private readonly takeTurn = this.bare("take_turn");
  private readonly passTurn = this.bare("pass_turn");
  private readonly orderCopies = this.bare("order_copies");

  private readonly wait = this.simple("wait", () => {
    const pending = this.SUBRULE(this.integer);
    return () => ({ kind: "wait", pending });
  });

  private readonly awaitProducts = this.simple("await_products", () => {
    const pending = this.SUBRULE(this.integer);
    this.CONSUME(word("for"));
    const ready: string[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: signs.comma, DEF: () => ready.push(this.nameText()) });
    return () => ({ kind: "await_products", pending, ready });
  });

  private readonly quarantine = this.simple("quarantine", () => {
    const to = this.nameText();
    this.CONSUME(signs.add);
    const a = this.SUBRULE(this.tileRef);
    this.CONSUME(signs.comma);
    const b = this.SUBRULE2(this.tileRef);
    return (names) => ({ kind: "quarantine", to, a: a(names), b: b(names) });
  });

  private readonly arrive = this.simple("arrive", () => {
    const barrier = this.SUBRULE(this.barrierRef);
    this.CONSUME(word("after"));
    const after = this.SUBRULE(this.arrival);
    return (names) => ({ kind: "arrive", barrier: barrier(names), after });
  });

  private readonly await = this.simple("await", () => {
    const barrier = this.SUBRULE(this.barrierRef);
    this.CONSUME(word("parity"));
    const parity = this.SUBRULE(this.expression);
    return (names) => ({ kind: "await", barrier: barrier(names), parity: parity(names) });
  });

  private readonly get = this.simple("get", () => {
    const to = this.nameText();
    this.CONSUME(signs.from);
    const from = this.SUBRULE(this.tileRef);
    return (names) => ({ kind: "get", to, from: from(names) });
  });

  private outOfRegisters(kind: "put" | "deposit"): StatementRule {
    return this.simple(kind, () => {
      const to = this.SUBRULE(this.tileRef);
      this.CONSUME(signs.from);
      const from = this.nameText();
      return (names) => ({ kind, to: to(names), from });
    });
  }
  private readonly put = this.outOfRegisters("put");
  private readonly deposit = this.outOfRegisters("deposit");

  protected readonly scheduled: readonly StatementRule[] = [
    ...[this.copy, this.bulk, this.fetch, this.deposit, this.commit, this.wait],
    ...[this.barrier, this.syncWarp, this.initBarriers, this.arrive, this.await],
    ...[this.awaitProducts, this.quarantine, this.takeTurn, this.passTurn, this.orderCopies],
    ...[this.get, this.put],
  ];
}
