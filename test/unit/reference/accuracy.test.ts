// The accuracy rule: what it lets pass, and that each of its clauses catches something.

import { describe, expect, test } from "vitest";
import { type Judgement, judge, judgementOf } from "../../../codegen/sim/accuracy.ts";
import { from, type NdArray } from "../../../codegen/sim/ndarray.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { causal, describeAttention } from "./describe.ts";

const sizes = { B: 1, Sq: 40, Skv: 30, Hkv: 2, G: 2 };
const description = describeAttention({ mask: causal });
const inputs = randomInputs(description, sizes, 4);
const oracle = reference(description, sizes, inputs, {});

const copy = (a: NdArray): NdArray => from(a.dtype, a.values(), a.shape, a.axes);
const judged = (change: (o: NdArray, lse: NdArray) => void): readonly [Judgement, Judgement] => {
  const o = copy(oracle.baseline["o"]!);
  const lse = copy(oracle.baseline["lse"]!);
  change(o, lse);
  return judge(description, oracle, { o, lse }) as [Judgement, Judgement];
};
const passes = (change: (o: NdArray, lse: NdArray) => void): readonly boolean[] =>
  judged(change).map(({ accuracy }) => accuracy.pass);
/** The first row that sees a key. */
const seen = { b: 0, q: 10, h: 0, d: 3 };

describe("values", () => {
  test("the baseline passes, with room to the bounds", () => {
    const [o] = judged(() => {});
    expect(o.accuracy).toMatchObject({ name: "o", shape: [1, 40, 4, 16], pass: true });
    expect(o.accuracy.bound).toBeGreaterThan(2 * o.accuracy.maxAbsError);
    const unit = o.accuracy.bound - 2 * o.accuracy.maxAbsError;
    expect(Math.log2(unit)).toBe(Math.round(Math.log2(unit)));
    expect(o.rmseBound).toBeCloseTo(1.1 * o.accuracy.rmse + unit / Math.sqrt(2560), 12);
  });

  test("one element that is too far off fails, and is named", () => {
    const [{ accuracy, worst }] = judged((o) => (o.data[o.position(seen)]! += 0.01));
    expect(accuracy.pass).toBe(false);
    expect(accuracy.maxAbsError).toBeCloseTo(0.01, 3);
    expect(worst?.index).toEqual(seen);
    expect(worst?.found).not.toBe(worst?.expected);
  });

  test("many small errors fail by the RMSE alone", () => {
    const { bound } = judged(() => {})[0].accuracy;
    const [{ accuracy }] = judged((o) => {
      for (let i = 0; i < o.size; i++) o.data[i]! += (i % 2 === 0 ? 0.3 : -0.3) * bound;
    });
    expect(accuracy.maxAbsError).toBeLessThan(bound);
    expect(accuracy.pass).toBe(false);
  });

  test("a NaN or an infinity where the reference has a number is infinitely wrong", () => {
    for (const x of [NaN, Infinity])
      expect(judged((o) => (o.data[o.position(seen)] = x))[0].accuracy).toMatchObject({
        pass: false,
        maxAbsError: Infinity,
      });
  });
});

describe("log-sum-exp", () => {
  test("an error beyond 1e-5 (1 + max |s|) fails", () => {
    const { bound } = judged(() => {})[1].accuracy;
    expect(bound).toBeCloseTo(1e-5 * (1 + oracle.maxScore), 12);
    const at = { b: 0, h: 1, q: 20 };
    expect(passes((_, lse) => (lse.data[lse.position(at)]! += 0.9 * bound))).toEqual([true, true]);
    expect(passes((_, lse) => (lse.data[lse.position(at)]! += 1.2 * bound))).toEqual([true, false]);
  });

  test("-inf belongs to rows that see no key, and to no other", () => {
    expect(oracle.baseline["lse"]!.at({ b: 0, h: 0, q: 9 })).toBe(-Infinity);
    expect(passes((_, lse) => (lse.data[9] = -1e30))).toEqual([true, false]);
    expect(passes((_, lse) => (lse.data[10] = -Infinity))).toEqual([true, false]);
  });
});

test("an attended NaN must come out as NaN", () => {
  const soiled = { ...inputs, v: copy(inputs["v"]!) };
  soiled.v.data[0] = NaN;
  const expected = reference(description, sizes, soiled, {});
  const outputs = { o: copy(expected.baseline["o"]!), lse: copy(expected.baseline["lse"]!) };
  expect(judge(description, expected, outputs)[0]!.accuracy.pass).toBe(true);
  const clean = { o: copy(oracle.baseline["o"]!), lse: outputs.lse };
  expect(judge(description, expected, clean)[0]!.accuracy.pass).toBe(false);
});

test("one visible key: the baseline is exact, and one unit in the last place is allowed once", () => {
  const one = { B: 1, Sq: 1, Skv: 1, Hkv: 1, G: 1 };
  const single = randomInputs(description, one, 2);
  const exact = reference(description, one, single, {});
  const v = single["v"]!.values();
  expect([...exact.outputs["o"]!.values()]).toEqual([...v]);
  const off = (units: readonly number[]): boolean => {
    const o = copy(exact.baseline["o"]!);
    const largest = Math.max(...v.map(Math.abs));
    const ulp = 2 ** (Math.floor(Math.log2(largest)) - 10);
    units.forEach((n, i) => (o.data[i]! += n * ulp));
    return judge(description, exact, { o, lse: exact.baseline["lse"]! })[0]!.accuracy.pass;
  };
  expect([off([1]), off([0, 2]), off([1, 1, 1, 1])]).toEqual([true, false, false]);
});

test("empty outputs pass, and results remember their judgement", () => {
  const none = { ...sizes, Sq: 0 };
  const empty = reference(description, none, randomInputs(description, none, 1), {});
  const { o, lse } = empty.baseline as Record<"o" | "lse", NdArray>;
  expect(judgementOf(o)).toBeUndefined();
  const [judgement] = judge(description, empty, { o, lse });
  expect(judgement!.accuracy).toMatchObject({ pass: true, maxAbsError: 0, rmse: 0 });
  expect(judgementOf(o)).toBe(judgement);
});
