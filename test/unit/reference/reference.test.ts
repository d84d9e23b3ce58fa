// The oracle against attention written down directly with einsum, and the laws of design.

import { describe, expect, test } from "vitest";
import * as m from "../../../codegen/sim/array-math.ts";
import * as e from "../../../codegen/expr/expr.ts";
import type { NdArray } from "../../../codegen/sim/ndarray.ts";
import { generator, randomInputs } from "../../../codegen/sim/random.ts";
import { reference } from "../../../codegen/sim/reference.ts";
import { roundTo } from "../../../codegen/sim/round.ts";
import { alibi, causal, describeAttention, window } from "./describe.ts";

type Score = (s: number, at: { h: number; q: number; kv: number }) => number;
type Mask = (at: { q: number; kv: number }) => boolean;

/** [b, h, q, kv] scores, then softmax over what is visible; sums in the opposite order of the oracle's. */
const direct = (
  inputs: Readonly<Record<string, NdArray>>,
  scale: number,
  score: Score,
  mask: Mask,
) => {
  const { q, k, v } = inputs as Record<"q" | "k" | "v", NdArray>;
  const [B, Sq, Hq] = q.shape as [number, number, number];
  const [, Skv, Hkv] = k.shape as [number, number, number];
  const g = Hq / Hkv;
  const grouped = q.reshape([B, Sq, Hkv, g, q.shape[3]!]);
  const s = m.einsum("bqngd,bknd->bngqk", grouped, k).reshape([B, Hq, Sq, Skv]);
  const p = m.map(s, (x) => x * scale);
  const lse = m.sum(
    m.map(p, () => 0),
    3,
  );
  for (let row = 0; row < B * Hq * Sq; row++) {
    const h = Math.floor(row / Sq) % Hq;
    const at = (kv: number) => ({ h, q: row % Sq, kv });
    const keys = [...Array(Skv).keys()].filter((kv) => mask(at(kv)));
    const weights = keys.map((kv) => Math.exp(score(p.data[row * Skv + kv]!, at(kv))));
    const total = weights.reduce((x, y) => x + y, 0);
    p.data.fill(0, row * Skv, (row + 1) * Skv);
    keys.forEach((kv, i) => (p.data[row * Skv + kv] = weights[i]! / total));
    lse.data[row] = Math.log(total);
  }
  const o = m.einsum("bngqk,bknd->bqngd", p.reshape([B, Hkv, g, Sq, Skv]), v);
  return { o: o.reshape([B, Sq, Hq, v.shape[3]!]), lse };
};

const largestDifference = (a: NdArray, b: NdArray): number => {
  const [x, y] = [a.values(), b.values()];
  let largest = 0;
  for (let i = 0; i < x.length; i++)
    if (x[i] !== y[i]) largest = Math.max(largest, Math.abs(x[i]! - y[i]!));
  return largest;
};

describe("agrees with attention written down directly", () => {
  const random = generator(7);
  for (let i = 0; i < 60; i++) {
    const sizes = {
      B: 1 + random.integer(2),
      Sq: 1 + random.integer(9),
      Skv: 1 + random.integer(20),
      Hkv: 1 + random.integer(3),
      G: 1 + random.integer(4),
    };
    const dtype = random.integer(2) === 0 ? "f16" : "bf16";
    const width = 1 + random.integer(9);
    const shift = sizes.Skv - sizes.Sq;
    const masks: readonly (readonly [e.Expr | undefined, Mask])[] = [
      [undefined, () => true],
      [causal, ({ q, kv }) => kv <= q + shift],
      [window(width), ({ q, kv }) => kv <= q + shift && q + shift - kv < width],
    ];
    const [mask, visible] = masks[random.integer(3)]!;
    const withSlopes = random.integer(2) === 0;
    const headDim = 8 + 8 * random.integer(3);
    const valueDim = 8 + 8 * random.integer(3);
    test(`case ${i}: ${JSON.stringify({ sizes, dtype, headDim, valueDim, withSlopes })}`, () => {
      const d = describeAttention({
        dtype,
        headDim,
        valueDim,
        ...(mask && { mask }),
        ...(withSlopes && { score: alibi }),
      });
      const inputs = randomInputs(d, sizes, i);
      const { outputs, baseline } = reference(d, sizes, inputs, {});
      const slopes = inputs["slopes"]!;
      const score: Score = (s, { h, q, kv }) => (withSlopes ? s + slopes.at({ h }) * (kv - q) : s);
      const expected = direct(inputs, Math.fround(1 / Math.sqrt(headDim)), score, visible);
      // Rows that see no key: 0 / 0 above, 0 by convention.
      const o = m.map(expected.o, (x) => (Number.isNaN(x) ? 0 : x));
      expect(largestDifference(outputs["o"]!, o)).toBeLessThan(1e-12);
      expect(largestDifference(outputs["lse"]!, expected.lse)).toBeLessThan(1e-12);
      // The baseline is rounded to the dtype, and as near as P's and o's roundings allow.
      const rounded = baseline["o"]!;
      expect(rounded.data.every((x) => roundTo(dtype, x) === x)).toBe(true);
      const unit = dtype === "f16" ? 2 ** -11 : 2 ** -8;
      const largestValue = Math.max(...inputs["v"]!.values().map(Math.abs));
      expect(largestDifference(rounded, outputs["o"]!)).toBeLessThanOrEqual(
        2.01 * unit * largestValue,
      );
      expect(largestDifference(baseline["lse"]!, outputs["lse"]!)).toBeLessThan(1e-5);
    });
  }
});

describe("laws", () => {
  const sizes = { B: 1, Sq: 5, Skv: 3, Hkv: 1, G: 2 };

  test("a row that sees no key yields 0 and -inf", () => {
    const d = describeAttention({ mask: causal });
    const { outputs, baseline } = reference(d, sizes, randomInputs(d, sizes, 1), {});
    for (const { o, lse } of [outputs, baseline]) {
      if (o === undefined || lse === undefined) throw new Error("an output is missing");
      expect(
        o
          .slice(0, 0, 0)
          .values()
          .every((x) => x === 0),
      ).toBe(true);
      expect(lse.at({ b: 0, h: 1, q: 1 })).toBe(-Infinity);
      expect(lse.at({ b: 0, h: 1, q: 2 })).toBeGreaterThan(-Infinity);
    }
  });

  test("no keys at all, no queries, no batch", () => {
    for (const size of ["B", "Sq", "Skv"] as const) {
      const d = describeAttention({ mask: causal });
      const empty = { ...sizes, [size]: 0 };
      const { outputs } = reference(d, empty, randomInputs(d, empty, 1), {});
      expect(outputs["lse"]!.values().every((x) => x === -Infinity)).toBe(true);
      expect(outputs["o"]!.shape).toEqual([empty.B, empty.Sq, 2, 16]);
    }
  });

  test("NaN in a masked element does not propagate, in an attended one it does", () => {
    const d = describeAttention({ mask: causal });
    const long = { ...sizes, Skv: 6 };
    const clean = randomInputs(d, long, 3);
    const soiled = randomInputs(d, long, 3);
    for (const name of ["k", "v"]) soiled[name]!.slice(0, 5).data.fill(NaN, 5 * 16, 6 * 16);
    const [x, y] = [clean, soiled].map((i) => reference(d, long, i, {}).outputs);
    expect(y!["o"]!.slice(0, [0, 4]).toList()).toEqual(x!["o"]!.slice(0, [0, 4]).toList());
    expect(y!["o"]!.slice(0, 4).values().every(Number.isNaN)).toBe(true);
    expect(y!["lse"]!.slice(0, 0, 4).toList()).toBeNaN();
  });

  test("a NaN of v alone spoils the values of its column and not the log-sum-exp", () => {
    const d = describeAttention();
    const inputs = randomInputs(d, sizes, 3);
    inputs["v"]!.data[2] = NaN;
    const { o, lse } = reference(d, sizes, inputs, {}).outputs as Record<"o" | "lse", NdArray>;
    expect([o.at([0, 4, 1, 2]), o.at([0, 4, 1, 3])].map(Number.isNaN)).toEqual([true, false]);
    expect(lse.at([0, 1, 4])).not.toBeNaN();
  });

  test("base 2 is the natural one divided by ln 2; the scale may be a launch scalar, rounded to f32", () => {
    const scalars = [{ name: "scale", type: "f32" }] as const;
    const scale = e.variable("f32", "scale");
    const natural = describeAttention({ scale, scalars });
    const binary = describeAttention({ scale, scalars, base: 2 });
    const fixed = describeAttention({ scale: e.f32(Math.fround(0.3)) });
    const inputs = randomInputs(natural, sizes, 5);
    const lse = [natural, binary, fixed].map(
      (d) => reference(d, sizes, inputs, { scale: 0.3 }).outputs["lse"]!,
    );
    expect(largestDifference(m.mul(lse[1]!, Math.LN2), lse[0]!)).toBeLessThan(1e-12);
    expect(largestDifference(lse[2]!, lse[0]!)).toBe(0);
  });

  test("a score of -inf is as good as a mask", () => {
    const score = e.select(causal, e.variable("f32", "s"), e.f32(-Infinity));
    const [x, y] = [{ score }, { mask: causal }].map((options) => {
      const d = describeAttention(options);
      return reference(d, sizes, randomInputs(d, sizes, 2), {}).outputs;
    });
    expect(x!["o"]!.toList()).toEqual(y!["o"]!.toList());
    expect(x!["lse"]!.toList()).toEqual(y!["lse"]!.toList());
  });
});
