// Grouped-query attention with a learned bias for the distance of query and key, and a temperature per head.
//
// Keys further away than 128 positions share the first or the last entry of
// the table.

import { attention, dims, f16, f32, masks, out, param, scores } from "../dsl/index.ts";

const { B, Sq, Skv, Hkv, G } = dims("B", "Sq", "Skv", "Hkv", "G");
const Hq = G.times(Hkv);
const D = param("D", 128);
const REACH = 128;

export const biasPrefill = attention({
  inputs: {
    q: f16({ b: B, q: Sq, h: Hq, d: D }),
    k: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
    v: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
    temperature: f32({ h: Hq }),
    table: f32({ h: Hq, distance: 2 * REACH + 1 }),
  },
  scale: 1 / Math.sqrt(D),
  score: scores.compose(scores.temperature("temperature"), scores.relativeBias("table", REACH)),
  mask: masks.causal,
  outputs: {
    o: out.values(f16({ b: B, q: Sq, h: Hq, d: D })),
    lse: out.logSumExp(f32({ b: B, h: Hq, q: Sq })),
  },
});
