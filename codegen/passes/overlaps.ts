// Whether a program's loop over keys has the order that warps which specialise work in: scores of keys, weights of scores,
// values of weights (overlap-products.ts). Decides nothing else.

import type { Program } from "../tile/program.ts";
import type { Columns, Statement } from "../tile/statement.ts";
import { statementsOf } from "../tile/walk.ts";

/** What a kernel that loads tiles has that this order has no place for; undefined: nothing. */
export const unlikeAttention = (program: Program): string | undefined =>
  program.kernels
    .map((kernel) => unlike(kernel.roles.flatMap((r) => statementsOf(r.body))))
    .find((problem) => problem !== undefined);

const unlike = (body: readonly Statement[]): string | undefined => {
  if (!body.some((s) => s.kind === "load")) return undefined;
  const [loop, ...others] = body.filter((s) => s.kind === "columns");
  if (loop === undefined) return "it has no loop over keys";
  return others.length > 0 ? "it has several loops over keys" : unlikeLoop(loop);
};

const unlikeLoop = ({ body }: Columns): string | undefined => {
  const products = body.flatMap((s, i) => (s.kind === "product" ? [{ ...s, at: i }] : []));
  const [scores, values, ...more] = products;
  if (scores?.form !== "qk" || values?.form !== "pv" || more.length > 0)
    return "its loop has other products than one of scores and one of values";
  const loads = body.filter((s) => s.kind === "load");
  if (loads.length !== 2) return "its loop loads other tiles than keys and values";
  return values.at === body.length - 1
    ? undefined
    : "its loop computes more after the product with the values";
};
