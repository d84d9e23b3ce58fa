// `.tile` text to programs: tokens, then the grammar, then nodes with types. The first error ends it.
// Whether the program makes sense is verify.ts's to say.

import { Lexer } from "chevrotain";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import type { Expr } from "../expr/expr.ts";
import { ProgramGrammar } from "./grammar-program.ts";
import type { Program } from "./program.ts";
import type { Scope } from "./scope.ts";
import { tokens } from "./tokens.ts";

/** Built at the first use: analysing the grammar takes a few milliseconds. */
let tools: { readonly lexer: Lexer; readonly grammar: ProgramGrammar } | undefined;

/**
 * Reads a program. `file` names the text in spans.
 * Throws DiagnosticError (A40xx) with the place of the first thing that cannot be read.
 */
export const parseProgram = (text: string, file: string): Program =>
  parse(text, file, (grammar) => grammar.program());

/** Reads one expression, with the types of names from `scope`. `file` names the text in spans. */
export const parseExpr = (text: string, scope: Scope, file = "expression"): Expr =>
  parse(text, file, (grammar) => grammar.wholeExpression())(scope);

const parse = <T>(text: string, file: string, rule: (grammar: ProgramGrammar) => T): T => {
  tools ??= {
    lexer: new Lexer([...tokens], { skipValidations: true }),
    grammar: new ProgramGrammar(),
  };
  const { lexer, grammar } = tools;
  const read = lexer.tokenize(text);
  for (const error of read.errors) {
    const at = { file, line: error.line ?? 1, column: error.column ?? 1, length: 1 };
    fail(codes.tileCharacter(at, `'${text.charAt(error.offset)}'`));
  }
  grammar.file = file;
  grammar.input = read.tokens;
  const result = rule(grammar);
  for (const error of grammar.errors) fail(codes.tileSyntax(placeOf(error, file), error.message));
  return result;
};

/** The token that does not fit; at the end of the text, the last one. */
const placeOf = (
  { token, previousToken }: ProgramGrammar["errors"][number] & { readonly previousToken?: Token },
  file: string,
): Span => {
  const at = Number.isNaN(token.startOffset) ? (previousToken ?? token) : token;
  const [line = 1, column = 1] = [at.startLine, at.startColumn].map((n) => n || 1);
  return { file, line, column, length: Math.max(1, at.image.length) };
};

type Token = ProgramGrammar["errors"][number]["token"];
