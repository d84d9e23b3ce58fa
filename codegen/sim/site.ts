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
export const show = ({ statement, kernel }: Site): string => {
  const line = printBody([statement], kernel, {})[0]?.text ?? "";
  return `\`${line.replace(/ \{$/, "")}\``;
};

/** With its line, where it has one: for the other statement that a message names. */
export const showWithPlace = (site: Site): string => {
  const span = spanOf(site);
  return span === undefined ? show(site) : `${show(site)} (${span.file}:${span.line})`;
};
