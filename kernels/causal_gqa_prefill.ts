// Causal grouped-query attention for prefill, with per-head ALiBi slopes.
//
// G query heads share one key/value head. Keys may outnumber queries (a prompt
// that continues a cached prefix); the causal diagonal is aligned to the end.

import { attention, dims, f16, f32, masks, out, param } from "../dsl/index.ts";

const { B, Sq, Skv, Hkv, G } = dims("B", "Sq", "Skv", "Hkv", "G");
const Hq = G.times(Hkv);
const D = param("D", 128);

export const causalGqaPrefill = attention({
  inputs: {
    q: f16({ b: B, q: Sq, h: Hq, d: D }),
    k: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
    v: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
    slopes: f32({ h: Hq }),
  },
  scale: 1 / Math.sqrt(D),
  score: (s, { h, q, kv }, { slopes }) => s + slopes({ h }) * (kv - q),
  mask: masks.causal,
  outputs: {
    o: out.values(f16({ b: B, q: Sq, h: Hq, d: D })),
    lse: out.logSumExp(f32({ b: B, h: Hq, q: Sq })),
  },
});
