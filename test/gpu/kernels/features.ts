// One kernel per feature, over head dimensions and dtypes: what the GPU tests and benchmarks run.
// test/gpu/reference.py states the same mathematics on its own.

import { attention, dims, f16, f32, masks, out, param } from "../../../dsl/index.ts";

const { B, Sq, Skv, Hkv, G } = dims("B", "Sq", "Skv", "Hkv", "G");
const Hq = G.times(Hkv);
const D = param("D", 128);
const Dv = param("Dv", 128);
const T = param("T", f16);

const inputs = {
  q: T({ b: B, q: Sq, h: Hq, d: D }),
  k: T({ b: B, kv: Skv, hkv: Hkv, d: D }),
  v: T({ b: B, kv: Skv, hkv: Hkv, d: Dv }),
};
const outputs = {
  o: out.values(T({ b: B, q: Sq, h: Hq, d: Dv })),
  lse: out.logSumExp(f32({ b: B, h: Hq, q: Sq })),
};
const scale = 1 / Math.sqrt(D);

export const dense = attention({ inputs, scale, outputs });

export const causal = attention({ inputs, scale, mask: masks.causal, outputs });

export const window = attention({
  inputs,
  scale,
  mask: masks.and(masks.causal, masks.window(100)),
  outputs,
});

export const softcap = attention({
  inputs,
  scale,
  score: (s) => 30 * Math.tanh(s / 30),
  mask: masks.causal,
  outputs,
});

export const alibi = attention({
  inputs: { ...inputs, slopes: f32({ h: Hq }) },
  scale,
  score: (s, { h, q, kv }, { slopes }) => s + slopes({ h }) * (kv - q),
  mask: masks.causal,
  outputs,
});
