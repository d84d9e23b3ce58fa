// Kernels whose scores and masks use all of the language between them. Captured, and called natively.

import {
  attention,
  dims,
  f16,
  f32,
  i32,
  masks,
  math,
  out,
  scores,
  type At,
} from "../../../dsl/index.ts";

const { B, Sq, Skv, Hkv, G } = dims("B", "Sq", "Skv", "Hkv", "G");
const Hq = G.times(Hkv);
const D = 64;

const inputs = {
  q: f16({ b: B, q: Sq, h: Hq, d: D }),
  k: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
  v: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
};
const outputs = { o: out.values(f16({ b: B, q: Sq, h: Hq, d: D })) };
const extra = {
  slopes: f32({ h: Hq }),
  bias: f16({ q: Sq, kv: Skv }),
  docs: i32({ b: B, kv: Skv }),
};

const square = (x: number): number => x * x;
function clamp(x: number, low: number, high: number): number {
  const raised = Math.max(x, low);
  return Math.min(raised, high);
}
const table = { near: 3, far: [10, 20] } as const;
const twice =
  (f: (x: number) => number) =>
  (x: number): number =>
    f(f(x));

export const arithmetic = attention({
  inputs,
  outputs,
  score: (s, { q, kv, qLen, kvLen }) =>
    -(s * 2) + (q - kv) * 0.125 - (q * kv) / 3.5 + (s ** 2 % 5) - ((q + 7) % 5) + (qLen - +kvLen),
  mask: ({ q, kv }) => !(q > kv) || (q >= 3 && kv < 9) !== false,
});

export const wholeNumbers = attention({
  inputs,
  outputs,
  score: (s, { q, kv }) =>
    s +
    Math.floor(q / 7) +
    Math.ceil((q - kv) / 5) +
    math.idiv(kv - q, 3) +
    math.mod(q - kv, 6) +
    math.int(s),
  mask: ({ q, kv }) => Math.floor(kv / 16) <= Math.floor(q / 16) && (q - kv) % 4 !== 3,
});

export const functions = attention({
  inputs,
  outputs,
  score: (s, { q, kv }) =>
    Math.abs(s) +
    Math.exp(-square(s)) +
    Math.log(2 + square(s)) +
    Math.log2(1 + q) +
    Math.sqrt(kv) +
    Math.tanh(s) +
    Math.sin(s) +
    Math.cos(s) +
    Math.floor(s) +
    Math.ceil(s) +
    Math.round(s) +
    Math.trunc(s) +
    Math.sign(s) +
    Math.pow(2, s) +
    math.exp2(s) +
    math.rsqrt(1 + square(s)) +
    Math.PI,
  mask: ({ q, kv }) => Math.abs(q - kv) < 12 || Math.min(q, kv, 5) === 2 || Math.max(q, 4) === kv,
});

export const bits = attention({
  inputs: { ...inputs, docs: extra.docs },
  outputs,
  score: (s, { q, kv }) => s + (((q << 3) ^ (kv | 5)) & 255) - (~q >> 2),
  mask: ({ b, q, kv }, { docs }) =>
    math.bit(docs({ b, kv }) * 77 - 99, q) || ((q ^ kv) & 12) === 8 || (1 << kv) >> 3 === q - 40,
});

export const closures = attention({
  inputs,
  outputs,
  score: (s, { q: row, kv: key }) => {
    const distance = row - key;
    const bent = twice((x) => x / 2.5 + table.far[1])(s);
    return distance > table.near ? clamp(bent, -table.far[0], 30) : math.float(distance) / 3;
  },
  mask: (at) => at.kv <= at.q + at["kvLen"] - at.qLen,
});

export const tensors = attention({
  inputs: { ...inputs, ...extra },
  outputs,
  score: (s, { h, q, kv }, { slopes, bias }) => s + slopes({ h }) * (kv - q) + bias({ kv, q }),
  mask: ({ b, kv }, t) => t.docs({ b, kv }) === 1 || (t.docs({ kv, b }) > 2 && kv > 3),
});

export const shared = attention({
  inputs: { ...inputs, slopes: extra.slopes },
  outputs,
  score: scores.compose(scores.softcap(20), scores.alibi("slopes")),
  mask: masks.or(
    masks.and(masks.causal, masks.not(masks.window(5))),
    ({ h, hkv, q }: At) => h === hkv && q < 4,
  ),
});

export const chosen = attention({
  inputs,
  outputs,
  score: (s, { q, kv }) => (q === kv ? 0 : q < kv ? s * (D > 32 ? 0.5 : 2) : kv),
  mask: ({ q, kv }) => (q > 4 ? kv > 2 : kv !== q) && D === 64,
});
