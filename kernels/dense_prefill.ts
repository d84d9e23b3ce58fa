// Grouped-query attention in which every query sees every key.

import { attention, dims, f16, f32, out, param } from "../dsl/index.ts";

const { B, Sq, Skv, Hkv, G } = dims("B", "Sq", "Skv", "Hkv", "G");
const Hq = G.times(Hkv);
const D = param("D", 128);

export const densePrefill = attention({
  inputs: {
    q: f16({ b: B, q: Sq, h: Hq, d: D }),
    k: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
    v: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
  },
  scale: 1 / Math.sqrt(D),
  outputs: {
    o: out.values(f16({ b: B, q: Sq, h: Hq, d: D })),
    lse: out.logSumExp(f32({ b: B, h: Hq, q: Sq })),
  },
});
