// The grammar of expressions (expr/print.ts states it). Rules return builders: all text is read first,
// nodes are typed afterwards, when every name is known.

import { EmbeddedActionsParser, type IToken, type TokenType } from "chevrotain";
import type { Span } from "../base/span.ts";
import * as build from "./build-expression.ts";
import type { BuildExpr } from "./build-expression.ts";
import { messages } from "./messages.ts";
import * as t from "./tokens.ts";
import { signs } from "./tokens.ts";

export type Rule<T> = (index?: number) => T;

export class ExpressionGrammar extends EmbeddedActionsParser {
  /** The file that spans name. */
  file = "";

  constructor(validate: boolean) {
    super([...t.tokens], {
      skipValidations: !validate,
      maxLookahead: 2,
      errorMessageProvider: messages,
    });
  }

  /** RULE with the result's type known to what it reads. */
  protected rule<T>(name: string, read: () => T): Rule<T> {
    return this.RULE(name, read);
  }

  /** From a token to the last one read, as far as they share a line. */
  protected spanFrom(start: IToken): Span {
    return build.spanOf(this.file, start, this.LA(0));
  }

  /** What stands between separators, as a list. */
  protected list<T>(item: () => T): readonly T[] {
    const items: T[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: signs.comma,
      DEF: () => {
        items.push(item());
      },
    });
    return items;
  }

  /** operand { sign operand }, left associative. */
  private chain(name: string, sign: TokenType, operand: () => Rule<BuildExpr>): Rule<BuildExpr> {
    return this.rule(name, () => {
      const start = this.LA(1);
      let left = this.SUBRULE(operand());
      this.MANY(() => {
        const { image } = this.CONSUME(sign);
        const right = this.SUBRULE2(operand());
        left = build.infixOf(this.spanFrom(start), image, left, right);
      });
      return left;
    });
  }

  readonly expression: Rule<BuildExpr> = this.rule("expression", () => {
    const start = this.LA(1);
    const condition = this.SUBRULE(this.disjunction);
    return (
      this.OPTION(() => {
        this.CONSUME(signs.question);
        const a = this.SUBRULE2(this.disjunction);
        this.CONSUME(signs.colon);
        const b = this.SUBRULE(this.expression);
        return build.selectOf(this.spanFrom(start), condition, a, b);
      }) ?? condition
    );
  });

  private readonly disjunction: Rule<BuildExpr> = this.chain(
    "disjunction",
    signs.or,
    () => this.conjunction,
  );
  private readonly conjunction: Rule<BuildExpr> = this.chain(
    "conjunction",
    signs.and,
    () => this.comparison,
  );

  private readonly comparison: Rule<BuildExpr> = this.rule("comparison", () => {
    const start = this.LA(1);
    const left = this.SUBRULE(this.sum);
    return (
      this.OPTION(() => {
        const { image } = this.CONSUME(t.CompareSign);
        const right = this.SUBRULE2(this.sum);
        return build.infixOf(this.spanFrom(start), image, left, right);
      }) ?? left
    );
  });

  private readonly sum: Rule<BuildExpr> = this.chain("sum", t.SumSign, () => this.product);
  private readonly product: Rule<BuildExpr> = this.chain(
    "product",
    t.ProductSign,
    () => this.prefix,
  );

  private readonly prefix: Rule<BuildExpr> = this.rule("prefix", () => {
    const start = this.LA(1);
    return this.OR([
      {
        ALT: () => {
          this.CONSUME(signs.minus);
          const next = this.LA(1);
          const a = this.SUBRULE(this.primary);
          const span = this.spanFrom(start);
          return t.isNumber(next.tokenType)
            ? build.literalOf(span, next.image, -1)
            : build.unaryOf(span, "neg", a);
        },
      },
      {
        ALT: () => {
          this.CONSUME(signs.not);
          const a = this.SUBRULE(this.prefix);
          return build.unaryOf(this.spanFrom(start), "not", a);
        },
      },
      { ALT: () => this.SUBRULE2(this.primary) },
    ]);
  });

  private readonly primary: Rule<BuildExpr> = this.rule("primary", () => {
    const start = this.LA(1);
    return this.OR<BuildExpr>([
      {
        ALT: () => {
          const { image } = this.CONSUME(t.Literal);
          return build.literalOf(this.spanFrom(start), image);
        },
      },
      {
        ALT: () => {
          this.CONSUME(signs.open);
          const inner = this.SUBRULE(this.expression);
          this.CONSUME(signs.close);
          return inner;
        },
      },
      { ALT: () => this.SUBRULE(this.named) },
    ]);
  });

  /** A variable, an element of a tensor, or a function's value. */
  private readonly named: Rule<BuildExpr> = this.rule("named", () => {
    const start = this.LA(1);
    const { image } = this.CONSUME(t.Name);
    return (
      this.OPTION(() =>
        this.OR([
          {
            ALT: () => {
              this.CONSUME(signs.openBracket);
              const index = this.OPTION2(() => this.SUBRULE(this.expressions)) ?? [];
              this.CONSUME(signs.closeBracket);
              return build.loadOf(this.spanFrom(start), image, index);
            },
          },
          {
            ALT: () => {
              this.CONSUME(signs.open);
              const args = this.SUBRULE2(this.expressions);
              this.CONSUME(signs.close);
              return build.callOf(this.spanFrom(start), image, args);
            },
          },
        ]),
      ) ?? build.variableOf(this.spanFrom(start), image)
    );
  });

  protected readonly expressions: Rule<readonly BuildExpr[]> = this.rule("expressions", () =>
    this.list(() => this.SUBRULE(this.expression)),
  );

  /** An expression and nothing after it. */
  readonly wholeExpression: Rule<BuildExpr> = this.rule("wholeExpression", () =>
    this.SUBRULE(this.expression),
  );
}
