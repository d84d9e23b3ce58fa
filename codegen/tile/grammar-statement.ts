// The grammar of statements, one rule per first word; the op table shows the syntax.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import { conversions } from "../expr/print.ts";
import type { Rule } from "./grammar-expression.ts";
import type { Build, Marks } from "./grammar-operand.ts";
import { ScheduledGrammar, type StatementRule } from "./grammar-scheduled.ts";
import type { Let, Product, Statement } from "./statement.ts";
import { signs, word } from "./tokens.ts";

type Body = readonly Statement[];

export class StatementGrammar extends ScheduledGrammar {
  protected readonly scalarType = this.choice("scalarType", conversions);
  private readonly reduction = this.choice("reduction", ["max", "sum"]);

  protected readonly body: Rule<Build<Body>> = this.rule("body", () => {
    const statements: Build<Statement>[] = [];
    this.MANY(() => {
      statements.push(this.SUBRULE(this.statement));
    });
    return (names) => statements.map((s) => s(names));
  });

  /** A body between braces; the note of what it belongs to follows the opening brace. */
  private readonly block: Rule<{ readonly marks: Marks; readonly body: Build<Body> }> = this.rule(
    "block",
    () => {
      this.CONSUME(signs.openBrace);
      const marks = this.SUBRULE(this.marks);
      const body = this.SUBRULE(this.body);
      this.CONSUME(signs.closeBrace);
      return { marks, body };
    },
  );

  /** A statement with a body; `rest` reads what stands between its first word and the brace. */
  private compound(
    keyword: string,
    rest: () => (body: Build<Body>) => Build<Statement>,
  ): StatementRule {
    return this.rule(keyword, () => {
      const start = this.CONSUME(word(keyword));
      const make = rest();
      const span: Span = this.spanFrom(start);
      const { marks, body } = this.SUBRULE(this.block);
      return (names) => ({ ...make(body)(names), span, ...marks });
    });
  }

  /** `let` in bodies, `host` among a kernel's declarations. */
  protected binding(keyword: "let" | "host"): Rule<Build<Let>> {
    return this.simple(keyword, () => {
      const name = this.nameText();
      this.CONSUME(signs.colon);
      const type = this.SUBRULE(this.scalarType);
      this.CONSUME(signs.is);
      const value = this.SUBRULE(this.expression);
      return (names) => {
        const built = value(names);
        names.declare(name, type);
        return { kind: "let", name, type, value: built };
      };
    });
  }
  private readonly let = this.binding("let");

  private readonly for = this.compound("for", () => {
    const name = this.nameText();
    this.CONSUME(signs.is);
    const from = this.SUBRULE(this.expression);
    this.CONSUME(word("to"));
    const to = this.SUBRULE2(this.expression);
    return (body) => (names) => {
      const inner = names.inner();
      inner.declare(name, "i32");
      return { kind: "for", name, from: from(names), to: to(names), body: body(inner) };
    };
  });

  private readonly columns = this.compound("columns", () => {
    const axis = this.nameText();
    this.CONSUME(word("from"));
    const origin = this.nameText(1);
    const where = this.OPTION(() => {
      this.CONSUME(word("where"));
      return this.SUBRULE(this.expression);
    });
    return (body) => (names) => {
      const inner = names.inner();
      inner.declare(origin, "i32");
      const absent = where && { where: where(inner) };
      return { kind: "columns", axis, origin, ...absent, body: body(inner) };
    };
  });

  private conditional(kind: "if" | "if_any"): StatementRule {
    return this.compound(kind, () => {
      const condition = this.SUBRULE(this.expression);
      return (then) => (names) => ({
        kind,
        condition: condition(names),
        then: then(names.inner()),
      });
    });
  }
  private readonly if = this.conditional("if");
  private readonly ifAny = this.conditional("if_any");

  private readonly call = this.simple("call", () => {
    const step = this.nameText();
    this.CONSUME(signs.open);
    const args = this.OPTION(() => this.SUBRULE(this.expressions)) ?? [];
    this.CONSUME(signs.close);
    const set = this.OPTION2(() => {
      this.CONSUME(word("with"));
      return this.SUBRULE(this.names);
    });
    return (names, span) => {
      const called = names.steps.get(step);
      if (called === undefined)
        return fail(codes.unknownName(span, "step", step, [...names.steps.keys()]));
      called.callers.push(names);
      for (const flag of set ?? [])
        if (!called.flags.includes(flag))
          fail(codes.unknownName(span, `flag of ${step}`, flag, called.flags));
      const flags = called.flags.map((flag) => set?.includes(flag) ?? false);
      return { kind: "call", step, args: args.map((a) => a(names)), flags };
    };
  });

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

  private readonly statement: StatementRule = this.rule("statement", () =>
    this.OR(
      [
        ...[this.let, this.for, this.columns, this.if, this.ifAny, this.call],
        ...[this.load, this.store, this.fill, this.map, this.qk, this.pv, this.issue],
        ...[this.reduce, this.absent, this.onlineSoftmax, ...this.scheduled],
      ].map((rule) => ({ ALT: () => this.SUBRULE(rule) })),
    ),
  );
}
