// Which rows one instance of the kernel owns: a tile of queries of one head of one batch entry.

import { type Expr, floorDiv, variable } from "../expr/expr.ts";
import type { Axis, AttentionDescription } from "../spec/description.ts";
import type { Statement } from "../tile/statement.ts";
import { extentExpr, extentOfAxis, groupSize, tensor } from "./sizes.ts";

/**
 * The grid's points: every axis of the outputs but the rows and d, outermost first. Heads are neighbours, since those of a
 * group read the same keys.
 */
export const pointNames = (d: AttentionDescription): readonly { name: string; extent: Expr }[] => {
  const [o] = d.outputs;
  const order: readonly Axis[] = ["b", "split", "h"];
  return order.flatMap((axis) =>
    o?.axes.some((a) => a.axis === axis)
      ? [{ name: axis, extent: extentExpr(extentOfAxis(o, axis)) }]
      : [],
  );
};

/** hkv = h / G, as in grouped-query attention (Ainslie et al. 2023). */
export const groupHead = (d: AttentionDescription): readonly Statement[] => [
  {
    kind: "let",
    name: "hkv",
    type: "i32",
    value: floorDiv(
      variable("i32", "h"),
      groupSize(extentOfAxis(tensor(d, "q"), "h"), extentOfAxis(tensor(d, "k"), "hkv")),
    ),
    note: "the group's key and value head",
  },
];
