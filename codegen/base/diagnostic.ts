// What a user is told when something is wrong. The messages themselves live in codes.ts.

import type { Span } from "./span.ts";

/** A section of the catalogue, and a number in it. */
export type Code = `A${1 | 2 | 3 | 4 | 5 | 6}${string}`;

export interface Diagnostic {
  readonly code: Code;
  /** The cause, in one sentence that names the user's own words. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
  readonly span?: Span;
}

/** Carries diagnostics up to whoever prints them; the only exception meant for users. */
export class DiagnosticError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => `${d.code}: ${d.message}`).join("\n"));
    this.name = "DiagnosticError";
    this.diagnostics = diagnostics;
  }
}

/** Ends the current step with one diagnostic. */
export const fail = (diagnostic: Diagnostic): never => {
  throw new DiagnosticError([diagnostic]);
};

/** A broken invariant of our own: never the user's fault. */
export const unreachable = (what: string, value?: unknown): never => {
  throw new Error(
    `tilewright bug: ${what}${value === undefined ? "" : ` ${JSON.stringify(value)}`}`,
  );
};
