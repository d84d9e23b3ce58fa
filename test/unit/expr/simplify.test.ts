import * as fc from "fast-check";
import { expect, test } from "vitest";
import { printExpr } from "../../../codegen/expr/print.ts";
import { simplify } from "../../../codegen/expr/simplify.ts";
import { anyExpr, anyValues, valueOf } from "./random.ts";

test("simplify preserves every value bit for bit", () => {
  fc.assert(
    fc.property(anyExpr, anyValues, (e, values) => {
      const before = valueOf(e, values);
      fc.pre(before !== undefined && (e.type === "f32" || Number.isSafeInteger(before)));
      const simple = simplify(e);
      if (simple.type !== e.type) throw new Error("type");
      const after = valueOf(simple, values);
      if (!Object.is(after, before))
        throw new Error(
          `${printExpr(e)} = ${before} became ${printExpr(simple)} = ${after} for ${JSON.stringify(values)}`,
        );
    }),
    { seed: 11, numRuns: 20_000 },
  );
});
