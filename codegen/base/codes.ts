// Every message a user can meet, in one catalogue. A1 description, A2 capture, A3 planning,
// A4 tile programs (text and verifier), A5 running in the simulator, A6 tools and files.
//
// Each entry is a factory `(details, span?) => Diagnostic`. Add an entry, then a test that
// provokes it: test/unit/diagnostics.test.ts fails on a code that no test names.

import type { Diagnostic } from "./diagnostic.ts";
import type { Span } from "./span.ts";

export type Code = `A${1 | 2 | 3 | 4 | 5 | 6}${string}`;

const entry =
  <A extends readonly unknown[]>(
    code: Code,
    text: (...details: A) => { readonly message: string; readonly remedy: string },
  ) =>
  (span: Span | undefined, ...details: A): Diagnostic => ({
    code,
    ...text(...details),
    ...(span && { span }),
  });

export const codes = {
  // --- A1 description -----------------------------------------------------------------------

  // --- A2 capture ---------------------------------------------------------------------------

  // --- A3 planning --------------------------------------------------------------------------
  tileDoesNotFit: entry("A3001", (arch: string, buffers: string, limit: number, fits: string) => ({
    message: `the tiles need more shared memory than ${arch} has (${limit} bytes a block): ${buffers}`,
    remedy: fits,
  })),

  // --- A4 tile programs ---------------------------------------------------------------------

  // --- A5 simulator -------------------------------------------------------------------------

  // --- A6 tools and files -------------------------------------------------------------------
} as const;
