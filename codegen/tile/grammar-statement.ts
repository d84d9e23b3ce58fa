// The grammar of statements, one rule per first word; the op table shows the syntax.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { StatementRule } from "./grammar-control.ts";
import type { Rule } from "./grammar-expression.ts";
import type { Build } from "./grammar-operand.ts";
import { ScheduledGrammar } from "./grammar-scheduled.ts";
import type { Product } from "./statement.ts";
import { signs, word } from "./tokens.ts";

export class StatementGrammar extends ScheduledGrammar {
  private readonly reduction = this.choice("reduction", ["max", "sum"]);

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

  /** What follows `qk` or `pv`. */
  private operandsOf(form: "qk" | "pv"): Rule<Build<Product>> {
    return this.rule(`${form}_operands`, () => {
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
  private readonly qkOperands = this.operandsOf("qk");
  private readonly pvOperands = this.operandsOf("pv");
  private readonly qk = this.simple("qk", () => this.SUBRULE(this.qkOperands));
  private readonly pv = this.simple("pv", () => this.SUBRULE(this.pvOperands));
  private readonly issue = this.simple("issue", () => {
    const product = this.OR([
      {
        ALT: () => {
          this.CONSUME(word("qk"));
          return this.SUBRULE(this.qkOperands);
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("pv"));
          return this.SUBRULE(this.pvOperands);
        },
      },
    ]);
    return (names) => ({ ...product(names), issued: true });
  });

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

  protected readonly statement: StatementRule = this.rule("statement", () =>
    this.OR(
      [
        ...[
          this.let,
          this.for,
          this.columns,
          this.if,
          this.ifAny,
          this.call,
          this.find,
          this.visit,
        ],
        ...[this.load, this.store, this.fill, this.map, this.qk, this.pv, this.issue],
        ...[this.reduce, this.absent, this.onlineSoftmax, ...this.scheduled],
      ].map((rule) => ({ ALT: () => this.SUBRULE(rule) })),
    ),
  );
}
