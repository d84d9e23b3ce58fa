// Copies and stores as C++: boxes of tensors on their way into tiles and out of them.

import { unreachable } from "../base/diagnostic.ts";
import type { StoreTile } from "../tile/statement.ts";
import type { Copy, Fetch } from "../tile/statement-scheduled.ts";
import { type BodyContext, ref, tile } from "./body.ts";
import { printExpression } from "./expression.ts";
import { elementType } from "./params.ts";
import { columnArguments, padding, pointerText, rowArguments } from "./slice.ts";
import type { Lines } from "./text.ts";
import { axisConstant, layoutOf, rowAxis, tileInfo } from "./tiles.ts";

export const printCopy = (s: Copy, context: BodyContext): Lines => {
  context.scope.helper("copy_rows");
  const { pad, from } = source(s, s.to.tile, context);
  const parameters = ["THREADS", ...(pad > 0 ? [String(pad)] : [])].join(", ");
  return [`copy_rows<${parameters}>(${ref(s.to, context)}, ${from});`];
};

export const printFetch = (s: Fetch, context: BodyContext): Lines => {
  context.scope.helper("fetch_rows");
  const { pad, from } = source(s, s.to, context);
  return [`fetch_rows${pad > 0 ? `<${pad}>` : ""}(${tile(s.to, context)}, ${from});`];
};

/** The columns that a box lacks, and its arguments: where it begins, which rows, the guard. */
const source = (
  s: Copy | Fetch,
  to: string,
  context: BodyContext,
): { readonly pad: number; readonly from: string } => {
  const { scope } = context;
  const { decl } = context.tile(to) ?? unreachable(`no tile ${to}`);
  const pointer = context.pointer(s.from) ?? pointerText(s.from, scope);
  return {
    pad: padding(s.from, tileInfo(context.kernel, decl).columns ?? 0, scope),
    from: `${pointer}, ${rowArguments(s.from, scope)}, ${printExpression(s.guard, scope)}`,
  };
};

const tensorHalf = (name: string, scope: BodyContext["scope"]): "f16" | "bf16" => {
  const { dtype } = scope.tensor(name).decl;
  return dtype === "f16" || dtype === "bf16"
    ? dtype
    : unreachable(`${name} is not of a 16-bit type`);
};

export const printStore = (s: StoreTile, context: BodyContext): Lines => {
  const { scope } = context;
  const { decl } = context.tile(s.from.tile) ?? unreachable(`no tile ${s.from.tile}`);
  const to = pointerText(s.to, scope);
  const rows = rowArguments(s.to, scope);
  if (decl.place.kind === "shared") {
    scope.helper("store_rows");
    const pad = padding(s.to, tileInfo(context.kernel, decl).columns ?? 0, scope);
    const parameters = [
      axisConstant("WARP", rowAxis(decl)),
      ...(pad > 0 ? [String(pad)] : []),
    ].join(", ");
    return [`store_rows<${parameters}>(${to}, ${rows}, ${ref(s.from, context)});`];
  }
  const tensor = scope.tensor(s.to.tensor).decl;
  if (
    layoutOf(decl) === "accumulator" &&
    (tensor.dtype === "f32" || s.to.index.at(-1)?.kind === "tile")
  ) {
    scope.helper("store_pairs");
    if (tensor.dtype !== "f32") scope.helper(`pack_${tensorHalf(s.to.tensor, scope)}`);
    return [
      `store_pairs(${to}, ${rows}, ${columnArguments(s.to, scope)}, ${ref(s.from, context)});`,
    ];
  }
  if (layoutOf(decl) === "accumulator") {
    scope.helper("store_accumulator");
    scope.helper(`pack_${tensorHalf(s.to.tensor, scope)}`);
    const pad = padding(s.to, tileInfo(context.kernel, decl).columns ?? 0, scope);
    return [
      `store_accumulator${pad > 0 ? `<${pad}>` : ""}(${to}, ${rows}, ${ref(s.from, context)});`,
    ];
  }
  if (decl.shape.length !== 1 || layoutOf(decl) !== "rows")
    return unreachable(`store of ${s.from.tile}, which is neither shared nor a row vector`);
  if (elementType(tensor.dtype) !== elementType(decl.dtype))
    return unreachable(`store of ${decl.dtype} as ${tensor.dtype}`);
  scope.helper("store_vector");
  return [`store_vector(${to}, ${rows}, ${ref(s.from, context)});`];
};
