// Classifying boxes of queries and keys by their corners.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { binary } from "../../../codegen/expr/expr.ts";
import { printExpr } from "../../../codegen/expr/print.ts";
import { classify } from "../../../codegen/expr/corners.ts";
import { v, q, kv, anyPredicate, anyLaunch, valueAt } from "./predicates.ts";

test("classify speaks the truth about every box, and knows the simple ones", () => {
  const corner = (name: string) => ({ lo: v(`${name}_lo`), hi: v(`${name}_hi`) });
  const box = new Map([
    ["q", corner("q")],
    ["kv", corner("kv")],
  ]);
  const side = fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 5 }));
  const boxes = fc.array(fc.tuple(side, side, anyLaunch), { minLength: 10, maxLength: 10 });
  let certain = 0;
  fc.assert(
    fc.property(anyPredicate, boxes, (predicate, places) => {
      const { all, none } = classify(predicate, box);
      for (const [[q0, height], [k0, width], launch] of places) {
        const values = { ...launch, q_lo: q0, q_hi: q0 + height, kv_lo: k0, kv_hi: k0 + width };
        let seen = 0;
        for (let q = q0; q <= q0 + height; q++)
          for (let kv = k0; kv <= k0 + width; kv++)
            seen += valueAt(predicate, { ...launch, q, kv });
        const where = `${printExpr(predicate)}; ${JSON.stringify(values)}`;
        if (all && valueAt(all, values) && seen < (height + 1) * (width + 1))
          throw new Error(`not all: ${where}`);
        if (none && valueAt(none, values) && seen > 0) throw new Error(`not none: ${where}`);
        if ((all && valueAt(all, values)) || (none && valueAt(none, values))) certain++;
      }
    }),
    { seed: 24, numRuns: 250 },
  );
  expect(certain).toBeGreaterThan(1_000);
  const { all, none } = classify(binary("le", kv, q), box);
  expect([all, none].map((e) => e && printExpr(e))).toEqual([
    "i64(q_lo) >= i64(kv_hi)",
    "i64(kv_lo) > i64(q_hi)",
  ]);
});
