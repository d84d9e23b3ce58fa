// Renames a row vector where it is read or set. Knows nothing of why.

import { substitute, variable } from "../expr/expr.ts";
import type { Statement } from "../tile/statement.ts";

/** Maps and stores that read or set the f32 tile `from` read or set `to`. */
export const rename = (s: Statement, from: string, to: string): Statement => {
  if (s.kind === "map")
    return {
      ...s,
      to: s.to === from ? to : s.to,
      value: substitute(s.value, new Map([[from, variable("f32", to)]])),
    };
  return s.kind === "store" && s.from.tile === from ? { ...s, from: { tile: to } } : s;
};
