// Causal grouped-query attention over a sliding window, with a learned sink per query head, as in gpt-oss.
//
// The sink is a logit that takes its share of each row's softmax and has no
// value, so that a head may attend to next to nothing.

import { attention, dims, f16, f32, masks, out, param } from "../dsl/index.ts";

const { B, Sq, Skv, Hkv, G } = dims("B", "Sq", "Skv", "Hkv", "G");
const Hq = G.times(Hkv);
const D = param("D", 64);
const W = param("W", 128);

export const sinkPrefill = attention({
  inputs: {
    q: f16({ b: B, q: Sq, h: Hq, d: D }),
    k: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
    v: f16({ b: B, kv: Skv, hkv: Hkv, d: D }),
    sinks: f32({ h: Hq }),
  },
  scale: 1 / Math.sqrt(D),
  mask: masks.and(masks.causal, masks.window(W)),
  sink: ({ h }, { sinks }) => sinks({ h }),
  outputs: {
    o: out.values(f16({ b: B, q: Sq, h: Hq, d: D })),
    lse: out.logSumExp(f32({ b: B, h: Hq, q: Sq })),
  },
});
