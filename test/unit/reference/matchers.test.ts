// toMatchReference: passes, fails with the place and the bounds, and refuses what has no reference.

import { expect, test } from "vitest";
import "../../../codegen/vitest.ts";
import { judge } from "../../../codegen/sim/accuracy.ts";
import { from } from "../../../codegen/sim/ndarray.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { describeAttention } from "./describe.ts";

const judged = (error: number) => {
  const description = describeAttention();
  const sizes = { B: 1, Sq: 4, Skv: 9, Hkv: 1, G: 1 };
  const oracle = reference(description, sizes, randomInputs(description, sizes, 1), {});
  const { shape, axes } = oracle.outputs["o"]!;
  const o = from("f16", oracle.baseline["o"]!.values(), shape, axes);
  o.data[o.position({ b: 0, q: 2, h: 0, d: 5 })]! += error;
  judge(description, oracle, { o, lse: oracle.baseline["lse"]! });
  return o;
};

test("an output that lies within the rule passes", () => {
  expect(judged(0)).toMatchReference();
  expect(() => expect(judged(0)).not.toMatchReference()).toThrow("o matches");
});

test("one that does not says what, where, and how far", () => {
  expect(judged(1)).not.toMatchReference();
  expect(() => expect(judged(1)).toMatchReference()).toThrow(
    /o does not match the float64 reference:\n {2}largest error [\d.]+, allowed .*\n {2}RMSE .*\n.* at \{ b: 0, q: 2, h: 0, d: 5 \}: /,
  );
});

test("an array without a reference is refused", () => {
  for (const x of [from("f32", [1]), 3, undefined])
    expect(() => expect(x).toMatchReference()).toThrow("only an output that `simulate` returned");
});
