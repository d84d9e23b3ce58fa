// The grammar of statements that hold bodies, bind names or call; those that compute and move tiles are in
// grammar-statement.ts.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import { conversions } from "../expr/print.ts";
import type { Rule } from "./grammar-expression.ts";
import { OperandGrammar, type Build, type Marks } from "./grammar-operand.ts";
import type { Find, Let, Statement } from "./statement.ts";
import { signs, word } from "./tokens.ts";

export type StatementRule = Rule<Build<Statement>>;
type Body = readonly Statement[];

export abstract class ControlGrammar extends OperandGrammar {
  /** Any statement, for bodies. */
  protected abstract readonly statement: StatementRule;
  protected readonly scalarType = this.choice("scalarType", conversions);

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

  /** `let` in bodies, `host` among the declarations of a program and of its kernels. */
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
  protected readonly let = this.binding("let");

  protected readonly for = this.compound("for", () => {
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

  /** What `find` and `visit` have in common: where they look, and what they pass over. */
  private readonly search: Rule<(name: string) => Build<Omit<Find, "kind" | "name">>> = this.rule(
    "search",
    () => {
      const from = this.SUBRULE(this.expression);
      this.CONSUME(word("to"));
      const to = this.SUBRULE2(this.expression);
      this.CONSUME(word("unless"));
      const unless = this.SUBRULE3(this.expression);
      return (name) => (names) => {
        const inner = names.inner();
        inner.declare(name, "i32");
        return { from: from(names), to: to(names), unless: unless(inner) };
      };
    },
  );

  protected readonly find = this.simple("find", () => {
    const name = this.nameText();
    this.CONSUME(signs.is);
    const search = this.SUBRULE(this.search);
    return (names) => {
      const built = search(name)(names);
      names.declare(name, "i32");
      return { kind: "find", name, ...built };
    };
  });

  protected readonly visit = this.compound("visit", () => {
    const name = this.nameText();
    this.CONSUME(word("at"));
    const here = this.nameText(1);
    this.CONSUME(signs.comma);
    const next = this.nameText(2);
    this.CONSUME(signs.is);
    const search = this.SUBRULE(this.search);
    return (body) => (names) => {
      const inner = names.inner();
      for (const each of [name, here, next]) inner.declare(each, "i32");
      return { kind: "visit", name, here, next, ...search(next)(names), body: body(inner) };
    };
  });

  protected readonly columns = this.compound("columns", () => {
    const axis = this.nameText();
    this.CONSUME(word("from"));
    const origin = this.nameText(1);
    const part = this.OPTION1(() => {
      this.CONSUME(word("part"));
      const index = this.SUBRULE(this.expression);
      this.CONSUME(word("of"));
      return { index, of: this.SUBRULE2(this.expression) };
    });
    const where = this.OPTION2(() => {
      this.CONSUME(word("where"));
      return this.SUBRULE3(this.expression);
    });
    return (body) => (names) => {
      const inner = names.inner();
      inner.declare(origin, "i32");
      const absent = where && { where: where(inner) };
      const share = part && { part: { index: part.index(names), of: part.of(names) } };
      return { kind: "columns", axis, origin, ...share, ...absent, body: body(inner) };
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
  protected readonly if = this.conditional("if");
  protected readonly ifAny = this.conditional("if_any");

  protected readonly call = this.simple("call", () => {
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
}
