// Grouped-query attention of a prefix language model: each batch entry has a prefix that all of its queries see.
//
// What follows the prefix is causal. The length of the prefix is read once a block, and the key tiles
// that a block visits follow from it: those inside the prefix are not masked.

import { attention, dims, f16, f32, i32, masks, out, param } from "../dsl/index.ts";

const { B, Sq, Skv, Hkv, G } = dims("B", "Sq", "Skv", "Hkv", "G");
const Hq = G.times(Hkv);
const D = param("D", 128);

export const prefixLmPrefill = attention({
  inputs: {
    q: f16({ b: B, q: Sq, h: Hq, d: D }),
    k: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
    v: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
    prefixes: i32({ b: B }),
  },
  scale: 1 / Math.sqrt(D),
  mask: masks.prefixLm("prefixes"),
  outputs: {
    o: out.values(f16({ b: B, q: Sq, h: Hq, d: D })),
    lse: out.logSumExp(f32({ b: B, h: Hq, q: Sq })),
  },
});
