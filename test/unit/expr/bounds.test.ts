import * as fc from "fast-check";
import { expect, test } from "vitest";
import { bounds } from "../../../codegen/expr/bounds.ts";
import type { Interval } from "../../../codegen/expr/bounds.ts";
import { printExpr } from "../../../codegen/expr/print.ts";
import { anyExpr, anyValues, valueOf } from "./random.ts";

/** A box around the values: sometimes tight, sometimes loose on a side, sometimes unknown. */
const box = (value: number, below: number, above: number): Interval =>
  Number.isNaN(value) ? { lo: -1, hi: 1, nan: true } : { lo: value - below, hi: value + above };

test("bounds contain every value", () => {
  const slack = fc.constantFrom(0, 0, 1, 7, 1000, Infinity);
  fc.assert(
    fc.property(
      anyExpr,
      anyValues,
      fc.array(slack, { minLength: 12, maxLength: 12 }),
      (e, values, slacks) => {
        const value = valueOf(e, values);
        fc.pre(value !== undefined);
        const env = new Map(
          Object.entries(values).flatMap(([name, at], i) => {
            const [below, above] =
              name === "p" ? [at, 1 - at] : [slacks[2 * i]!, slacks[2 * i + 1]!];
            const known = box(at, below, above);
            return Number.isNaN(known.lo) || Number.isNaN(known.hi) ? [] : [[name, known] as const];
          }),
        );
        const { lo, hi, nan } = bounds(e, env);
        if (!(Number.isNaN(value) ? nan : lo <= value && value <= hi))
          throw new Error(
            `${printExpr(e)} = ${value} is not in ${lo}..${hi}, ${JSON.stringify(values)} ${JSON.stringify([...env])}`,
          );
      },
    ),
    { seed: 12, numRuns: 20_000 },
  );
});
