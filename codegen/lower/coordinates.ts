// How the author's coordinates and tensors look from inside a tile: absolute positions from a tile's
// origin, and boxes of tensors at the block's own head.

import { type Expr, add, variable } from "../expr/expr.ts";
import type { AttentionDescription, Extent } from "../spec/description.ts";
import type { Slice } from "../tile/statement-parts.ts";
import { extentExpr, extentOfAxis, tensor } from "./sizes.ts";

const q0 = variable("i32", "q0");
const kv0 = variable("i32", "kv0");

/** The coordinates that an author's function sees, inside a map over scores. */
export const coordinates = (d: AttentionDescription): ReadonlyMap<string, Expr> =>
  placesIn(extentOfAxis(tensor(d, "q"), "q"), extentOfAxis(tensor(d, "k"), "kv"));

export const placesIn = (queries: Extent, keys: Extent | undefined): ReadonlyMap<string, Expr> =>
  new Map<string, Expr>([
    ["q", add(q0, variable("i32", "row"))],
    ["kv", add(kv0, variable("i32", "col"))],
    ["qLen", extentExpr(queries)],
    ["kvLen", extentExpr(keys ?? 0)],
  ]);

/** Rows of the query axis, keys of the kv axis, the block's own head, all of d. */
export const slice = (d: AttentionDescription, name: string): Slice => ({
  tensor: name,
  index: tensor(d, name).axes.map(({ axis }) => {
    switch (axis) {
      case "q":
        return { kind: "tile", axis: "q", origin: q0 };
      case "kv":
        return { kind: "tile", axis: "kv", origin: kv0 };
      case "d":
        return { kind: "all" };
      default:
        return { kind: "point", at: variable("i32", axis) };
    }
  }),
});
