// Which statement is running, for messages. Builds its text only when something is wrong.

import type { Span } from "../base/span.ts";
import { printBody } from "../tile/print-statement.ts";
import type { Kernel } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";

export interface Site {
  readonly statement: Statement;
  readonly kernel: Kernel;
}

export const spanOf = (site: Site): Span | undefined => site.statement.span;

/** The statement's first line, as in a `.tile` file. */
export const textOf = ({ statement, kernel }: Site): string =>
  (printBody([statement], kernel, {})[0]?.text ?? "").replace(/ \{$/, "");

/** The same, set apart from the words of a message. */
export const show = (site: Site): string => `\`${textOf(site)}\``;

/** With its line, where it has one: for the other statement that a message names. */
export const showWithPlace = (site: Site): string => {
  const span = spanOf(site);
  return span === undefined ? show(site) : `${show(site)} (${span.file}:${span.line})`;
};
