// Renames a tile inside maps. Knows nothing of why.

import { substitute, variable } from "../expr/expr.ts";
import type { Statement } from "../tile/statement.ts";

/** A map that reads or sets the f32 tile `from` reads or sets `to`. */
export const rename = (s: Statement, from: string, to: string): Statement =>
  s.kind === "map"
    ? {
        ...s,
        to: s.to === from ? to : s.to,
        value: substitute(s.value, new Map([[from, variable("f32", to)]])),
      }
    : s;
