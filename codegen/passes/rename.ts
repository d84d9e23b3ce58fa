// Renames a tile inside the values of maps. Knows nothing of why.

import { substitute, variable } from "../expr/expr.ts";
import type { Statement } from "../tile/statement.ts";

/** Reads of f32 tile `from` in a map become reads of `to`. */
export const rename = (s: Statement, from: string, to: string): Statement =>
  s.kind === "map"
    ? { ...s, value: substitute(s.value, new Map([[from, variable("f32", to)]])) }
    : s;
