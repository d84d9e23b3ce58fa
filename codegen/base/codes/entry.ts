// What every entry of the catalogue is made with: `(span, ...details) => Diagnostic`.

import type { Code, Diagnostic } from "../diagnostic.ts";
import type { Span } from "../span.ts";

export const entry =
  <A extends readonly unknown[]>(
    code: Code,
    text: (...details: A) => { readonly message: string; readonly remedy: string },
  ) =>
  (span: Span | undefined, ...details: A): Diagnostic => ({
    code,
    ...text(...details),
    ...(span && { span }),
  });
