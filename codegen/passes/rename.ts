// Renames a tile where it is read. Knows nothing of why.

import { substitute, variable } from "../expr/expr.ts";
import type { Statement } from "../tile/statement.ts";

/** Reads of f32 tile `from` in maps and stores become reads of `to`. */
export const rename = (s: Statement, from: string, to: string): Statement => {
  if (s.kind === "map")
    return { ...s, value: substitute(s.value, new Map([[from, variable("f32", to)]])) };
  return s.kind === "store" && s.from.tile === from ? { ...s, from: { tile: to } } : s;
};
