// Causal grouped-query attention over documents that are packed into one sequence.
//
// `documents` holds the number of the document at each position; a query sees the keys of its own document only.

import { attention, dims, f16, f32, i32, masks, out, param } from "../dsl/index.ts";

const { B, Sq, Skv, Hkv, G } = dims("B", "Sq", "Skv", "Hkv", "G");
const Hq = G.times(Hkv);
const D = param("D", 128);

export const documentPrefill = attention({
  inputs: {
    q: f16({ b: B, q: Sq, h: Hq, d: D }),
    k: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
    v: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
    documents: i32({ b: B, kv: Skv }),
  },
  scale: 1 / Math.sqrt(D),
  mask: masks.and(masks.causal, masks.documents("documents")),
  outputs: {
    o: out.values(f16({ b: B, q: Sq, h: Hq, d: D })),
    lse: out.logSumExp(f32({ b: B, h: Hq, q: Sq })),
  },
});
