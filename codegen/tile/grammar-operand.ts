// The grammar of what statements are made of: bodies, notes, references to tiles and barriers, boxes.

import { fail } from "../base/diagnostic.ts";
import { codes } from "../base/codes.ts";
import type { Span } from "../base/span.ts";
import type { BodyNames } from "./body-names.ts";
import { ExpressionGrammar, type Rule } from "./grammar-expression.ts";
import type { Statement } from "./statement.ts";
import type { BarrierRef, Slice, SliceIndex, TileRef } from "./statement-parts.ts";
import { Integer, Name, Note, Place, signs, Text, word } from "./tokens.ts";

/** Makes the part once the names are known. */
export type Build<T> = (names: BodyNames) => T;

/** A note, and the place that is named instead of the line of the text. */
export interface Marks {
  readonly note?: string;
  readonly span?: Span;
}

const place = /@([^@]+):(\d+):(\d+)\+(\d+)/g;

/** `@a.ts:1:2+3@b.ts:4:5+6`: the second is where the function holding the first was called from. */
const readPlace = (image: string): Span | undefined =>
  [...image.matchAll(place)].reduceRight<Span | undefined>(
    (calledFrom, [, file = "", line, column, length]) => ({
      file: decodeURIComponent(file),
      line: Number(line),
      column: Number(column),
      length: Number(length),
      ...(calledFrom && { calledFrom }),
    }),
    undefined,
  );

export class OperandGrammar extends ExpressionGrammar {
  /** `occurrence` tells apart the names that one rule reads. */
  protected nameText(occurrence = 0): string {
    return this.consume(occurrence, Name).image;
  }

  /** One of a few words. */
  protected choice<T extends string>(name: string, words: readonly T[]): Rule<T> {
    return this.rule(name, () =>
      this.OR(words.map((text) => ({ ALT: () => this.CONSUME(word(text)).image as T }))),
    );
  }

  protected readonly integer: Rule<number> = this.rule("integer", () =>
    Number(this.CONSUME(Integer).image),
  );

  protected readonly names: Rule<readonly string[]> = this.rule("names", () =>
    this.list(() => this.nameText()),
  );

  protected readonly quoted: Rule<string> = this.rule("quoted", () => {
    const token = this.CONSUME(Text);
    return this.ACTION(() => this.unquote(token.image, this.spanFrom(token)));
  });

  private unquote(image: string, span: Span): string {
    try {
      return JSON.parse(image) as string;
    } catch {
      return fail(codes.tileSyntax(span, `${image} has an escape that JSON does not know`));
    }
  }

  protected readonly marks: Rule<Marks> = this.rule("marks", () => {
    const span = this.OPTION(() => this.SUBRULE(this.place));
    const note = this.OPTION2(() => this.CONSUME(Note).image);
    return this.ACTION(() => ({
      ...(note !== undefined && { note: note.replace(/^; ?/, "") }),
      ...(span !== undefined && { span }),
    }));
  });

  protected readonly place: Rule<Span | undefined> = this.rule("place", () => {
    const { image } = this.CONSUME(Place);
    return this.ACTION(() => readPlace(image));
  });

  protected readonly tileRef: Rule<Build<TileRef>> = this.rule("tileRef", () => {
    const tile = this.nameText();
    const stage = this.OPTION(() => {
      this.CONSUME(signs.openBracket);
      const at = this.SUBRULE(this.expression);
      this.CONSUME(signs.closeBracket);
      return at;
    });
    return (names) => ({ tile, ...(stage && { stage: stage(names) }) });
  });

  protected readonly barrierRef: Rule<Build<BarrierRef>> = this.rule("barrierRef", () => {
    const barrier = this.nameText();
    this.CONSUME(signs.openBracket);
    const stage = this.SUBRULE(this.expression);
    this.CONSUME(signs.closeBracket);
    return (names) => ({ barrier, stage: stage(names) });
  });

  protected readonly slice: Rule<Build<Slice>> = this.rule("slice", () => {
    const tensor = this.nameText();
    this.CONSUME(signs.openBracket);
    const index = this.list(() => this.SUBRULE(this.sliceIndex));
    this.CONSUME(signs.closeBracket);
    return (names) => ({ tensor, index: index.map((i) => i(names)) });
  });

  private readonly sliceIndex: Rule<Build<SliceIndex>> = this.rule("sliceIndex", () =>
    this.OR<Build<SliceIndex>>([
      {
        ALT: () => {
          this.CONSUME(signs.colon);
          return () => ({ kind: "all" });
        },
      },
      {
        ALT: () => {
          const at = this.SUBRULE(this.expression);
          const axis = this.OPTION(() => {
            this.CONSUME2(signs.colon);
            return this.nameText();
          });
          return (names) =>
            axis === undefined
              ? { kind: "point", at: at(names) }
              : { kind: "tile", axis, origin: at(names) };
        },
      },
    ]),
  );

  /** A statement without a body; `rest` reads what follows its first word. */
  protected simple<S extends Statement>(
    keyword: string,
    rest: () => (names: BodyNames, span: Span) => S,
  ): Rule<Build<S>> {
    return this.rule(keyword, () => {
      const start = this.CONSUME(word(keyword));
      const make = rest();
      const span = this.spanFrom(start);
      const marks = this.SUBRULE(this.marks);
      return (names) => ({ ...make(names, span), span, ...marks });
    });
  }
}
