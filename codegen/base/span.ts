// Where a piece of a program was written. Knows nothing of what was written there.

/** A range of one line of a source file; line and column count from 1, as editors do. */
export interface Span {
  /** Path relative to the project root, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Characters that a caret frame underlines on that line. */
  readonly length: number;
  /** Where the function holding this code was called from, innermost first. */
  readonly calledFrom?: Span;
}

export const showSpan = (span: Span): string => `${span.file}:${span.line}:${span.column}`;
