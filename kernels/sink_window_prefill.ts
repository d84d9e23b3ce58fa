// Causal grouped-query attention with sinks: a query sees the first 4 keys and the last 1024, itself included.
//
// Two ranges of key tiles are visited and nothing between them, so the work grows with the
// length of the prompt and not with its square.

import { attention, dims, f16, f32, masks, out, param } from "../dsl/index.ts";

const { B, Sq, Skv, Hkv, G } = dims("B", "Sq", "Skv", "Hkv", "G");
const Hq = G.times(Hkv);
const D = param("D", 128);

export const sinkWindowPrefill = attention({
  inputs: {
    q: f16({ b: B, q: Sq, h: Hq, d: D }),
    k: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
    v: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
  },
  scale: 1 / Math.sqrt(D),
  mask: masks.sinkAndWindow(4, 1024),
  // Its masked step needs registers that the usual tile has not left.
  schedule: {
    sm_80: { tile: { kv: 16 } },
    sm_86: { tile: { kv: 16 } },
    sm_89: { tile: { kv: 16 } },
  },
  outputs: {
    o: out.values(f16({ b: B, q: Sq, h: Hq, d: D })),
    lse: out.logSumExp(f32({ b: B, h: Hq, q: Sq })),
  },
});
