// The words of `.tile` text. Words with a meaning are not reserved: each can also be a name.

import { createToken, Lexer, type TokenType } from "chevrotain";
import { archNames } from "../arch/archs.ts";
import { axes } from "../spec/description.ts";
import { ops } from "./ops.ts";

export const Name = createToken({ name: "Name", label: "a name", pattern: /[A-Za-z_]\w*/ });

/** A word that is a name wherever a name may stand. */
const words = new Map<string, TokenType>();
export const word = (text: string): TokenType => {
  const known = words.get(text);
  if (known !== undefined) return known;
  const token = createToken({
    name: `Word_${text}`,
    label: `'${text}'`,
    pattern: text,
    longer_alt: Name,
    categories: [Name],
  });
  words.set(text, token);
  return token;
};

const abstract = (name: string, label: string): TokenType =>
  createToken({ name, label, pattern: Lexer.NA });
/** Operators of one binding strength. */
export const CompareSign = abstract("CompareSign", "a comparison");
export const SumSign = abstract("SumSign", "'+' or '-'");
export const ProductSign = abstract("ProductSign", "'*', '/' or '%'");

const sign = (text: string, ...categories: TokenType[]): TokenType =>
  createToken({ name: text, label: `'${text}'`, pattern: text, categories });

/** Numbers and truth values. */
export const Literal = abstract("Literal", "a value");

/** A literal that no name may equal. */
const literal = (text: string): TokenType =>
  createToken({
    name: `Literal_${text}`,
    label: `'${text}'`,
    pattern: text,
    longer_alt: Name,
    categories: [Literal],
  });
const number = (name: string, label: string, pattern: RegExp): TokenType =>
  createToken({ name, label, pattern, categories: [Literal] });

const Infinite = literal("inf");
const NotANumber = literal("nan");
const Float = number("Float", "a float", /\d+(?:\.\d+(?:e[+-]?\d+)?|e[+-]?\d+)/);
const Long = number("Long", "an integer", /\d+L\b/);
export const Integer = number("Integer", "an integer", /\d+/);
export const Text = createToken({
  name: "Text",
  label: "a text in quotes",
  pattern: /"(?:[^"\\\n\r]|\\.)*"/,
});
/** `@file:line:column+length`, where a statement was written. */
export const Place = createToken({
  name: "Place",
  label: "'@file:line:column+length'",
  pattern: /(?:@[^\s@;"]+:\d+:\d+\+\d+)+/,
});
export const Note = createToken({ name: "Note", label: "a note", pattern: /;[^\n\r]*/ });
/** A line of its own that begins with `;`. */
const Comment = createToken({
  name: "Comment",
  pattern: {
    exec: (text: string, offset: number) => {
      const start = text.lastIndexOf("\n", offset - 1) + 1;
      if (text[offset] !== ";" || text.slice(start, offset).trim() !== "") return null;
      return /^;[^\n\r]*/.exec(text.slice(offset));
    },
  },
  start_chars_hint: [";"],
  line_breaks: false,
  group: Lexer.SKIPPED,
});
const Space = createToken({ name: "Space", pattern: /\s+/, group: Lexer.SKIPPED });

/** Longer signs first: the lexer takes the first that fits. */
export const signs = {
  from: sign("<-"),
  lessEqual: sign("<=", CompareSign),
  greaterEqual: sign(">=", CompareSign),
  equal: sign("==", CompareSign),
  notEqual: sign("!=", CompareSign),
  and: sign("&&"),
  or: sign("||"),
  add: sign("+="),
  openBrace: sign("{"),
  closeBrace: sign("}"),
  openBracket: sign("["),
  closeBracket: sign("]"),
  open: sign("("),
  close: sign(")"),
  comma: sign(","),
  colon: sign(":"),
  question: sign("?"),
  is: sign("="),
  less: sign("<", CompareSign),
  greater: sign(">", CompareSign),
  plus: sign("+", SumSign),
  minus: sign("-", SumSign),
  times: sign("*", ProductSign),
  over: sign("/", ProductSign),
  percent: sign("%", ProductSign),
  not: sign("!"),
  at: sign("@"),
} as const;

/** The first words of statements, from the op table. */
export const statementWords: readonly string[] = Object.values(ops).flatMap((op) => op.keywords);

const programWords = [
  ...["program", "from", "summary", "dims", "scalars", "in", "out", "workspace", "values", "lse"],
  ...[
    "scale",
    "score",
    "mask",
    "sink",
    "source",
    "kernel",
    "host",
    "grid",
    "space",
    "blocks",
    "rows",
  ],
  ...["axis", "by", "launch", "warps", "blocks_per_sm", "value", "registers", "shared", "as"],
  ...["stages", "at", "swizzle", "mbarrier", "step", "role", "where", "unless", "to", "with"],
  ...["start", "single", "panel", "counts", "threads", "bytes", "part", "of"],
  ...["into", "guard", "after", "accesses", "copies", "parity", "max", "sum", "flag", "e"],
  ...["skip_zeros", "i32", "i64", "f32", "bool", "f16", "bf16"],
  ...["accumulator", "operand", "pairs", "lanes", "chunks"],
  ...axes,
  ...archNames,
];

/** A word that begins another must not hide it. */
const longestFirst = (all: readonly string[]): readonly string[] =>
  [...new Set(all)].sort((a, b) => b.length - a.length);

export const tokens: readonly TokenType[] = [
  ...[Space, Comment, Note, Place, Text, Float, Long, Integer],
  ...[literal("true"), literal("false"), Infinite, NotANumber],
  ...longestFirst([...statementWords, ...programWords]).map(word),
  Name,
  ...[Literal, CompareSign, SumSign, ProductSign],
  ...Object.values(signs),
];

const numbers: ReadonlySet<TokenType> = new Set([Integer, Long, Float, Infinite, NotANumber]);
export const isNumber = (token: TokenType): boolean => numbers.has(token);
