// Masks and score functions that FlexAttention can say too: what test/bench/variants.py times beside it.

import { attention, dims, f16, f32, i32, masks, out, param, scores } from "../../../dsl/index.ts";

const { B, S, H } = dims("B", "S", "H");
const D = param("D", 128);
const T = param("T", f16);

const inputs = {
  q: T({ b: B, q: S, h: H, d: D }),
  k: T({ b: B, kv: S, hkv: H, d: D }),
  v: T({ b: B, kv: S, hkv: H, d: D }),
};
const outputs = {
  o: out.values(T({ b: B, q: S, h: H, d: D })),
  lse: out.logSumExp(f32({ b: B, h: H, q: S })),
};
const scale = 1 / Math.sqrt(D);

export const dense = attention({ inputs, scale, outputs });

export const causal = attention({ inputs, scale, mask: masks.causal, outputs });

export const softcap = attention({
  inputs,
  scale,
  score: scores.softcap(30),
  mask: masks.causal,
  outputs,
});

export const softcapApprox = attention({
  inputs,
  scale,
  score: scores.softcapApprox(30),
  mask: masks.causal,
  outputs,
});

export const alibi = attention({
  inputs: { ...inputs, slopes: f32({ h: H }) },
  scale,
  score: (s, { h, q, kv }, { slopes }) => s + slopes({ h }) * (kv - q),
  mask: masks.causal,
  outputs,
});

export const window = attention({
  inputs,
  scale,
  mask: masks.and(masks.causal, masks.window(1024)),
  outputs,
});

export const documents = attention({
  inputs: { ...inputs, documents: i32({ b: B, kv: S }) },
  scale,
  mask: masks.and(masks.causal, masks.documents("documents")),
  outputs,
});
