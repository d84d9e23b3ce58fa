// Kernels whose loop over key tiles is written by hand, for lesson 8.

import { dims, f16, f32, kernel, masks, tile } from "../../dsl/index.ts";

const { B, Sq, Skv, Hkv, G } = dims("B", "Sq", "Skv", "Hkv", "G");
const Hq = G.times(Hkv);
const D = 64;
const SCALE = 1 / Math.sqrt(D);

const inputs = {
  q: f16({ b: B, q: Sq, h: Hq, d: D }),
  k: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
  v: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
};
const o = f16({ b: B, q: Sq, h: Hq, d: D });
const ofRow = f32({ b: B, h: Hq, q: Sq });

/** Below every score that occurs. */
const LOWEST = -1e30;

/** Softmax in two passes: the largest score of each row, and then its weights. Nothing is ever rescaled. */
export const twoPass = kernel({
  inputs,
  outputs: { o },
  grid: { b: B, h: Hq, q: tile.rows(Sq) },
  body({ q, k, v, o }, { b, h, hkv, q: rows }) {
    const qs = tile.load(q, { b, h, q: rows });
    let m = tile.map(tile.zeros(rows), () => LOWEST);
    for (const cols of tile.columns(Skv, { mask: masks.causal })) {
      m = tile.rowMax(tile.qk(qs, tile.load(k, { b, hkv, kv: cols })), m);
    }
    let l = tile.zeros(rows);
    let acc = tile.zeros(rows, D);
    for (const cols of tile.columns(Skv, { mask: masks.causal })) {
      const s = tile.qk(qs, tile.load(k, { b, hkv, kv: cols }));
      const p = tile.map(s, m, (x, largest) => Math.exp((x - largest) * SCALE));
      l = tile.rowSum(p, l);
      acc = tile.pv(acc, p, tile.load(v, { b, hkv, kv: cols }));
    }
    const inverse = tile.map(l, (sum) => (sum === 0 ? 0 : 1 / sum));
    tile.store(
      o,
      { b, h, q: rows },
      tile.map(acc, inverse, (x, factor) => x * factor),
    );
  },
});

/** Softmax in one pass, with each row's largest score and the entropy of its weights: log l + m - sum(p s) / l. */
export const entropy = kernel({
  inputs,
  outputs: { o, largest: ofRow, spread: ofRow },
  grid: { b: B, h: Hq, q: tile.rows(Sq) },
  body({ q, k, v, o, largest, spread }, { b, h, hkv, q: rows }) {
    const qs = tile.load(q, { b, h, q: rows });
    let m = tile.map(tile.zeros(rows), () => LOWEST);
    let l = tile.zeros(rows);
    let ps = tile.zeros(rows);
    let acc = tile.zeros(rows, D);
    for (const cols of tile.columns(Skv, { mask: masks.causal })) {
      const raw = tile.qk(qs, tile.load(k, { b, hkv, kv: cols }));
      const s = tile.map(raw, (x) => x * SCALE);
      const m_new = tile.rowMax(s, m);
      const shrink = tile.map(m, m_new, (before, after) => Math.exp(before - after));
      const p = tile.map(s, m_new, (x, top) => Math.exp(x - top));
      const rescaled = (x: number, factor: number): number => x * factor;
      l = tile.rowSum(p, tile.map(l, shrink, rescaled));
      ps = tile.rowSum(
        tile.map(p, s, (weight, x) => weight * x),
        tile.map(ps, shrink, rescaled),
      );
      acc = tile.pv(tile.map(acc, shrink, rescaled), p, tile.load(v, { b, hkv, kv: cols }));
      m = m_new;
    }
    const normalised = tile.map(acc, l, (x, sum) => (sum === 0 ? 0 : x / sum));
    tile.store(o, { b, h, q: rows }, normalised);
    tile.store(largest, { b, h, q: rows }, m);
    tile.store(
      spread,
      { b, h, q: rows },
      tile.map(m, l, ps, (top, sum, weighted) =>
        sum === 0 ? 0 : Math.log(sum) + top - weighted / sum,
      ),
    );
  },
});

/** ReLU² attention over a window: weights need no normaliser, and half of them are zero. */
export const reluSquared = kernel({
  inputs,
  outputs: { o },
  grid: { b: B, h: Hq, q: tile.rows(Sq) },
  body({ q, k, v, o }, { b, h, hkv, q: rows }) {
    const weight = (x: number): number => {
      const positive = Math.max(x * SCALE, 0);
      return positive * positive;
    };
    const qs = tile.load(q, { b, h, q: rows });
    let acc = tile.zeros(rows, D);
    for (const cols of tile.columns(Skv, { mask: masks.and(masks.causal, masks.window(40)) })) {
      const s = tile.qk(qs, tile.load(k, { b, hkv, kv: cols }));
      acc = tile.pv(acc, tile.map(s, weight), tile.load(v, { b, hkv, kv: cols }));
    }
    tile.store(o, { b, h, q: rows }, acc);
  },
});

/** Linear attention with a decay per head (RetNet, arXiv 2307.08621, section 2): no softmax, exp(-rate * distance) instead. */
export const decayed = kernel({
  inputs: { ...inputs, rate: f32({ h: Hq }) },
  outputs: { o },
  grid: { b: B, h: Hq, q: tile.rows(Sq) },
  body({ q, k, v, rate, o }, { b, h, hkv, q: rows }) {
    const qs = tile.load(q, { b, h, q: rows });
    const fall = Math.abs(rate({ h }));
    let acc = tile.zeros(rows, D);
    for (const cols of tile.columns(Skv, { mask: masks.causal })) {
      const s = tile.qk(qs, tile.load(k, { b, hkv, kv: cols }));
      const p = tile.map(
        s,
        (x, { q, kv, qLen, kvLen }) => x * SCALE * Math.exp(fall * (kv - q - (kvLen - qLen))),
      );
      acc = tile.pv(acc, p, tile.load(v, { b, hkv, kv: cols }));
    }
    tile.store(o, { b, h, q: rows }, acc);
  },
});
