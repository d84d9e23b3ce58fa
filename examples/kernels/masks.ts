// The same attention under four masks. The second is the first one, typed by hand.

import { attention, dims, f16, masks, out } from "../../dsl/index.ts";

const { B, Sq, Skv, H } = dims("B", "Sq", "Skv", "H");

const inputs = {
  q: f16({ b: B, q: Sq, h: H, d: 64 }),
  k: f16({ b: B, kv: Skv, hkv: H, d: 64 }),
  v: f16({ b: B, kv: Skv, hkv: H, d: 64 }),
};
const outputs = { o: out.values(f16({ b: B, q: Sq, h: H, d: 64 })) };

export const causal = attention({ inputs, outputs, mask: masks.causal });

export const byHand = attention({
  inputs,
  outputs,
  mask: ({ q, kv, qLen, kvLen }) => kv - q <= kvLen - qLen,
});

export const windowed = attention({
  inputs,
  outputs,
  mask: masks.and(masks.causal, masks.window(100)),
});

export const everyThird = attention({
  inputs,
  outputs,
  mask: ({ q, kv }) => (q + kv) % 3 === 0,
});
