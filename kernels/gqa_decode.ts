// Grouped-query decode: one query token a sequence against a cache of any length, the keys shared out to blocks.
//
// G query heads share one key/value head. Every block reads its part of a
// sequence's keys; a second kernel merges what the parts have found.

import { attention, dims, f16, f32, out, param } from "../dsl/index.ts";

const { B, Skv, Hkv, G } = dims("B", "Skv", "Hkv", "G");
const Hq = G.times(Hkv);
const D = param("D", 128);

export const gqaDecode = attention({
  inputs: {
    q: f16({ b: B, q: 1, h: Hq, d: D }),
    k: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
    v: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
  },
  scale: 1 / Math.sqrt(D),
  schedule: { "*": { splitKv: "auto" }, sm_80: { tile: { kv: 16 } } },
  outputs: {
    o: out.values(f16({ b: B, q: 1, h: Hq, d: D })),
    lse: out.logSumExp(f32({ b: B, h: Hq, q: 1 })),
  },
});
