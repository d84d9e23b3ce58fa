// Statements of specialised warps as C++: products that run on their own, bulk copies, arrivals.

import { unreachable } from "../base/diagnostic.ts";
import type { Product } from "../tile/statement.ts";
import type { Arrive, AwaitProducts, BulkCopy } from "../tile/statement-scheduled.ts";
import { type BodyContext, barrier, halfType, ref, tile } from "./body.ts";
import { boxOrder } from "./boxes.ts";
import { printExpression } from "./expression.ts";
import type { Lines } from "./text.ts";
import { layoutOf, tileInfo } from "./tiles.ts";

export const arrival = (
  s: Arrive,
  { kernel }: BodyContext,
): "arrive" | "arrive_after_copies" | "arrive_warp" => {
  if (s.after === "copies") return "arrive_after_copies";
  const decl = kernel.barriers.find((b) => b.name === s.barrier.barrier);
  return decl?.counts === "warps" ? "arrive_warp" : "arrive";
};

/** The instruction has as many columns as the result. */
export const printIssue = (s: Product, context: BodyContext): Lines => {
  const { decl } = context.tile(s.to) ?? unreachable(`no tile ${s.to}`);
  const columns = tileInfo(context.kernel, decl).columns ?? unreachable(`columns of ${s.to}`);
  context.scope.helper(`start_${s.form}_${halfType(s.b.tile, context)}_${columns}`);
  const helper = context.scope.helper(`issue_${s.form}`);
  return [`${helper}(${tile(s.to, context)}, ${ref(s.a, context)}, ${ref(s.b, context)});`];
};

export const printAwaitProducts = (s: AwaitProducts, context: BodyContext): Lines => [
  `${context.scope.helper("await_products")}<${s.pending}>();`,
  ...s.ready.map((name) => {
    const { decl } = context.tile(name) ?? unreachable(`no tile ${name}`);
    context.scope.helper(layoutOf(decl) === "operand" ? "tie_operand" : "tie_accumulator");
    return `tie(${tile(name, context)});`;
  }),
];

export const printBulkCopy = (s: BulkCopy, context: BodyContext): Lines => {
  const { scope } = context;
  const { member } =
    scope.parameters.boxes.get(s.from.tensor) ?? unreachable(`no boxes of ${s.from.tensor}`);
  const { decl } = scope.tensor(s.from.tensor);
  const places = boxOrder(decl, s.from)
    .slice(1)
    .map(({ place }) => {
      const index = s.from.index[place];
      if (index?.kind === "tile") return printExpression(index.origin, scope);
      return index?.kind === "point"
        ? printExpression(index.at, scope)
        : unreachable("two columns");
    });
  const rank = decl.axes.length;
  if (rank !== 2 && rank !== 3 && rank !== 4 && rank !== 5) return unreachable(`rank ${rank}`);
  scope.helper(`bulk_copy_${rank}d`);
  return [
    `bulk_copy(${ref(s.to, context)}, params.${member}, ${barrier(s.barrier, context)}, ${places.join(", ")});`,
  ];
};
