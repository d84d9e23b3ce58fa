// What random tile programs are written with: names, notes, and the places that statements come from.

import * as fc from "fast-check";
import type { Span } from "../../../codegen/base/span.ts";

/** None of the names that expressions read (x y z u v p table). */
export const name = fc.constantFrom(
  ...["s", "acc", "t_max", "_0", "to", "rows", "values", "e", "b", "f16", "max", "with", "kernel"],
  ...[
    "start",
    "single",
    "issue",
    "bytes",
    "role",
    "registers",
    "barrier",
    "true_",
    "infinite",
    "sm_80",
    "let",
    "at",
    "step",
    "sum",
  ],
);

export const note = fc.oneof(
  fc.constantFrom("S = Q K^T", "; twice", '"quoted" @here', "{ } -- done", "ünïcode: ∑ 2^x"),
  fc.string({ minLength: 1 }).filter((s) => s.trim() === s && !/[\n\r\u2028\u2029]/.test(s)),
);

const place = fc.record({
  file: fc.constantFrom("kernels/a.ts", "my files/50% @home;.ts", "x.tile"),
  line: fc.integer({ min: 1, max: 999 }),
  column: fc.integer({ min: 1, max: 120 }),
  length: fc.integer({ min: 0, max: 80 }),
});
export const anySpan: fc.Arbitrary<Span> = fc.oneof(
  place,
  fc.tuple(place, place).map(([span, calledFrom]) => ({ ...span, calledFrom })),
);

export const maybe = <T>(key: string, value: fc.Arbitrary<T>): fc.Arbitrary<object> =>
  fc.option(value).map((v) => (v === null ? {} : { [key]: v }));
export const marks = fc
  .tuple(maybe("note", note), maybe("span", anySpan))
  .map(([a, b]) => ({ ...a, ...b }));
