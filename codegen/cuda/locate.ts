// What a block computes: the scalars that follow from its number and the launch sizes alone. They become one
// device function, so that code after the hot loop can ask again instead of holding registers through it.

import { type Expr, variables } from "../expr/expr.ts";
import type { Kernel } from "../tile/program.ts";
import type { Let, Statement } from "../tile/statement.ts";
import { expressionsOf, statementsOf } from "../tile/walk.ts";
import { scalarType } from "./expression.ts";
import { Identifiers } from "./names.ts";
import type { Scope } from "./scope.ts";
import { type Lines, braces, withNote } from "./text.ts";
import { printLet } from "./statement.ts";

/** Whether a statement runs a loop or a step. */
export const isHot = (s: Statement): boolean =>
  statementsOf([s]).some((inner) => ["for", "visit", "call"].includes(inner.kind));

/** The top-level lets above the first loop: nothing that they read can change before them. */
export const blockLets = (kernel: Kernel): readonly Let[] => {
  const [role, ...others] = kernel.roles;
  const body = others.length === 0 ? [...kernel.start, ...(role?.body ?? [])] : kernel.start;
  const hot = body.findIndex(isHot);
  return body.slice(0, hot < 0 ? body.length : hot).filter((s): s is Let => s.kind === "let");
};

export const withoutLets = (kernel: Kernel, body: readonly Statement[]): readonly Statement[] => {
  const lets: ReadonlySet<Statement> = new Set(blockLets(kernel));
  return body.filter((s) => !lets.has(s));
};

const expressionsIn = (body: readonly Statement[]): readonly Expr[] =>
  statementsOf(body).flatMap(expressionsOf);

/** The names that `body` mentions. */
export const namesIn = (body: readonly Statement[]): ReadonlySet<string> =>
  new Set(expressionsIn(body).flatMap((e) => [...variables(e)]));

export interface Located {
  readonly text: string;
  /** The lets that the rest of the kernel reads, by their member of At. */
  readonly members: ReadonlyMap<string, string>;
}

export const printLocate = (kernel: Kernel, scope: Scope): Located => {
  const lets = blockLets(kernel);
  const parts = [kernel.start, ...[...kernel.steps, ...kernel.roles].map((part) => part.body)];
  const used = namesIn(parts.flatMap((body) => withoutLets(kernel, body)));
  const kept = lets.filter((l) => used.has(l.name));
  const fields = new Identifiers("members");
  const members = new Map(kept.map((l) => [l.name, fields.of(l.name)]));
  if (kept.length === 0) return { text: "", members };

  const inside = scope.inner([["block", "block"]]);
  const names = new Identifiers("locals");
  const lines: Lines = lets.flatMap((l) => withNote(printLet(l, { scope: inside, names }), l.note));
  scope.helper("block_index");
  const text = [
    "// What a block computes.",
    ...braces(
      "struct At",
      kept.map((l) => `${scalarType(l.type)} ${members.get(l.name)};`),
      "};",
    ),
    "",
    ...braces("DEVICE At locate(const Params& params)", [
      "const int block = block_index();",
      ...lines,
      `return {${kept.map((l) => names.of(l.name)).join(", ")}};`,
    ]),
  ].join("\n");
  return { text, members };
};
