// The grammar of statements, one rule per first word; the op table shows the syntax.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { ControlGrammar, type StatementRule } from "./grammar-control.ts";
import { signs, word } from "./tokens.ts";

export class StatementGrammar extends ControlGrammar {
  private readonly reduction = this.choice("reduction", ["max", "sum"]);
  private readonly arrival = this.choice("arrival", ["accesses", "copies"]);

  private readonly load = this.simple("load", () => {
    const to = this.nameText();
    this.CONSUME(signs.from);
    const from = this.SUBRULE(this.slice);
    return (names) => ({ kind: "load", to, from: from(names) });
  });

  private readonly store = this.simple("store", () => {
    const to = this.SUBRULE(this.slice);
    this.CONSUME(signs.from);
    const from = this.SUBRULE(this.tileRef);
    return (names) => ({ kind: "store", to: to(names), from: from(names) });
  });

  private elements(kind: "fill" | "map" | "absent"): StatementRule {
    return this.simple(kind, () => {
      const to = this.nameText();
      this.CONSUME(signs.is);
      const value = this.SUBRULE(this.expression);
      return (names) => ({ kind, to, value: value(names) });
    });
  }
  private readonly fill = this.elements("fill");
  private readonly map = this.elements("map");
  private readonly absent = this.elements("absent");

  private productOf(form: "qk" | "pv"): StatementRule {
    return this.simple(form, () => {
      const to = this.nameText();
      this.CONSUME(form === "pv" ? signs.add : signs.is);
      const a = this.SUBRULE(this.tileRef);
      this.CONSUME(signs.comma);
      const b = this.SUBRULE2(this.tileRef);
      const skipZeros =
        form === "pv" && this.OPTION(() => this.CONSUME(word("skip_zeros"))) !== undefined;
      return (names) => ({
        kind: "product",
        form,
        to,
        a: a(names),
        b: b(names),
        ...(skipZeros && { skipZeros }),
      });
    });
  }
  private readonly qk = this.productOf("qk");
  private readonly pv = this.productOf("pv");

  private readonly reduce = this.simple("reduce", () => {
    const to = this.nameText();
    this.CONSUME(signs.is);
    const op = this.SUBRULE(this.reduction);
    const operands = this.SUBRULE(this.names);
    return (_names, span) => {
      const [first = to, second, ...more] = operands;
      if (more.length > 0 || (second !== undefined && first !== to))
        fail(codes.tileSyntax(span, `expected '${to} = ${op} ${to}, <tile>' or '${op} <tile>'`));
      return { kind: "reduce", op, to, from: second ?? first, accumulate: second !== undefined };
    };
  });

  private readonly onlineSoftmax = this.simple("online_softmax", () => {
    const scores = this.nameText();
    this.CONSUME(word("by"));
    const factor = this.SUBRULE(this.expression);
    this.CONSUME(word("into"));
    const [weights, m, l, acc] = [1, 2, 3, 4].map((i) => {
      if (i > 1) this.consume(i, signs.comma);
      return this.nameText(i);
    }) as [string, string, string, string];
    return (names) => ({
      kind: "online_softmax",
      scores,
      factor: factor(names),
      weights,
      m,
      l,
      acc,
    });
  });

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

  private bare(kind: "commit" | "barrier" | "sync_warp" | "init_barriers"): StatementRule {
    return this.simple(kind, () => () => ({ kind }));
  }
  private readonly commit = this.bare("commit");
  private readonly barrier = this.bare("barrier");
  private readonly syncWarp = this.bare("sync_warp");
  private readonly initBarriers = this.bare("init_barriers");

  private readonly wait = this.simple("wait", () => {
    const pending = this.SUBRULE(this.integer);
    return () => ({ kind: "wait", pending });
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

  protected readonly statement: StatementRule = this.rule("statement", () =>
    this.OR(
      [
        ...[this.let, this.for, this.columns, this.if, this.ifAny, this.call],
        ...[this.load, this.store, this.fill, this.map, this.qk, this.pv, this.reduce],
        ...[this.absent, this.onlineSoftmax, this.copy, this.commit, this.wait, this.barrier],
        ...[this.syncWarp, this.initBarriers, this.arrive, this.await, this.get, this.put],
        ...[this.fetch, this.deposit, this.find, this.visit],
      ].map((rule) => ({ ALT: () => this.SUBRULE(rule) })),
    ),
  );
}
