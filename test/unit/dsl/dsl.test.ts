// The DSL as plain code: what an author's own tests may call.

import { expect, test } from "vitest";
import { archNames } from "../../../codegen/arch/archs.ts";
import { captureText, diagnosticsOf, header, kernel } from "../capture/support.ts";
import {
  dims,
  f16,
  masks,
  math,
  out,
  param,
  scores,
  type At,
  type MaskMod,
} from "../../../dsl/index.ts";

const at = (q: number, kv: number, qLen = 10, kvLen = 10): At => ({
  b: 0,
  h: 0,
  hkv: 0,
  q,
  kv,
  qLen,
  kvLen,
});
const seen = (mask: MaskMod, q: number, qLen = 10, kvLen = 10): readonly number[] =>
  Array.from({ length: kvLen }, (_, kv) => kv).filter((kv) =>
    mask(at(q, kv, qLen, kvLen), undefined),
  );

test("causal is aligned to the bottom right", () => {
  expect(seen(masks.causal, 0, 2, 5)).toEqual([0, 1, 2, 3]);
  expect(seen(masks.causal, 1, 2, 5)).toEqual([0, 1, 2, 3, 4]);
  expect(seen(masks.causal, 1, 4, 2)).toEqual([]);
});

test("window counts the query's own position", () => {
  expect(seen(masks.and(masks.causal, masks.window(3)), 6)).toEqual([4, 5, 6]);
  expect(seen(masks.and(masks.causal, masks.window(1)), 6)).toEqual([6]);
});

test("or and not", () => {
  expect(
    seen(
      masks.or(masks.not(masks.causal), ({ kv }) => kv === 0),
      7,
    ),
  ).toEqual([0, 8, 9]);
});

test("scores", () => {
  expect(scores.softcap(5)(1000)).toBeCloseTo(5, 6);
  expect(scores.alibi("slopes")(1, at(7, 3), { slopes: () => 0.5 })).toBe(-1);
  expect(scores.softcapApprox(5)(1000)).toBeCloseTo(5, 6);
  expect(scores.temperature("heat")(3, at(0, 0), { heat: () => 0.5 })).toBe(1.5);
  expect(scores.bias("bias")(3, at(2, 4), { bias: ({ h, q, kv }) => h + 10 * q + kv })).toBe(27);
  const entry = (q: number, kv: number): number =>
    scores.relativeBias("table", 3)(0, at(q, kv), { table: ({ distance }) => distance });
  expect([entry(5, 5), entry(5, 4), entry(5, 7), entry(9, 0), entry(0, 9)]).toEqual([
    3, 4, 1, 6, 0,
  ]);
  expect(
    scores.compose(
      (s) => s + 1,
      (s) => s * 2,
    )(3, at(0, 0), undefined),
  ).toBe(8);
});

test("math on numbers", () => {
  expect([math.idiv(-7, 2), math.mod(-7, 2), math.int(-3.5), math.float(3)]).toEqual([
    -4, 1, -3, 3,
  ]);
  expect([math.exp2(3), math.rsqrt(4), math.tanhApprox(0)]).toEqual([8, 0.5, 0]);
});

test("declarations are plain data", () => {
  const { G, Hkv } = dims("G", "Hkv");
  expect(G.times(Hkv)).toMatchObject({ kind: "dim", name: "G * Hkv", factors: ["G", "Hkv"] });
  expect(param("D", 64)).toBe(64);
  expect(out.values(f16({ h: G }))).toMatchObject({ role: "values", tensor: { dtype: "f16" } });
});

test("a schedule names exactly the architectures that there are", () => {
  for (const arch of archNames)
    expect(
      captureText(header + kernel(`schedule: { ${arch}: { warps: 4 } }`))[0]?.schedule,
    ).toEqual({ [arch]: { warps: 4 } });
  expect(
    diagnosticsOf(() => captureText(header + kernel("schedule: { sm_60: { warps: 4 } }"))).map(
      (d) => d.code,
    ),
  ).toEqual(["A2002"]);
});
