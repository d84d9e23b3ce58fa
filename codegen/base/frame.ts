// A diagnostic as text, with the author's line and a caret under the cause. Reads no files: the
// caller says what stands on a line.

import type { Diagnostic } from "./diagnostic.ts";
import { showSpan, type Span } from "./span.ts";

/** The text of one line of a file, without its newline; undefined where it cannot be had. */
export type LineOf = (file: string, line: number) => string | undefined;

export const showDiagnostic = (diagnostic: Diagnostic, lineOf: LineOf): string => {
  const head = `error[${diagnostic.code}]: ${visible(diagnostic.message)}`;
  const frames = diagnostic.span ? showFrames(diagnostic.span, lineOf) : [];
  return [head, ...frames, `  = help: ${visible(diagnostic.remedy)}`].join("\n");
};

/** What an author's text holds of control and invisible characters must not act on a terminal. */
const visible = (text: string): string =>
  text.replace(/[^\P{C}\n\t]|[\u2028\u2029]/gu, (c) => "\ufffd".repeat(c.length));

const showFrames = (span: Span, lineOf: LineOf): readonly string[] => [
  ...showFrame(" -->", span, lineOf),
  ...(span.calledFrom
    ? callers(span.calledFrom).flatMap((s) => showFrame("  called from", s, lineOf))
    : []),
];

const callers = (span: Span): readonly Span[] =>
  span.calledFrom ? [span, ...callers(span.calledFrom)] : [span];

const showFrame = (arrow: string, span: Span, lineOf: LineOf): readonly string[] => {
  const text = lineOf(span.file, span.line);
  const place = `${arrow} ${visible(showSpan(span))}`;
  if (text === undefined) return [place];
  const gutter = " ".repeat(String(span.line).length);
  // A tab before the caret stays a tab, so that the caret stands under the same character.
  const indent = text.slice(0, span.column - 1).replace(/[^\t]/g, " ");
  const length = Math.max(1, Math.min(span.length, text.length - span.column + 1));
  return [
    place,
    `${gutter} |`,
    `${span.line} | ${visible(text)}`,
    `${gutter} | ${indent}${"^".repeat(length)}`,
    `${gutter} |`,
  ];
};
