// Plain attention: every query sees every key.

import { attention, dims, f16, f32, out, param } from "../../dsl/index.ts";

const { B, Sq, Skv, H } = dims("B", "Sq", "Skv", "H");
const D = param("D", 16);

export const plain = attention({
  inputs: {
    q: f16({ b: B, q: Sq, h: H, d: D }),
    k: f16({ b: B, kv: Skv, hkv: H, d: D }),
    v: f16({ b: B, kv: Skv, hkv: H, d: D }),
  },
  scale: 1 / 4,
  outputs: {
    o: out.values(f16({ b: B, q: Sq, h: H, d: D })),
    lse: out.logSumExp(f32({ b: B, h: H, q: Sq })),
  },
});
