// One kernel, three schedules. Tile sizes are no part of the mathematics.

import { attention, dims, f16, masks, out } from "../../dsl/index.ts";

const { B, Sq, Skv, H } = dims("B", "Sq", "Skv", "H");

const inputs = {
  q: f16({ b: B, q: Sq, h: H, d: 64 }),
  k: f16({ b: B, kv: Skv, hkv: H, d: 64 }),
  v: f16({ b: B, kv: Skv, hkv: H, d: 64 }),
};
const outputs = { o: out.values(f16({ b: B, q: Sq, h: H, d: 64 })) };
const mask = masks.causal;

export const chosen = attention({ inputs, outputs, mask });

export const small = attention({
  inputs,
  outputs,
  mask,
  schedule: { sm_80: { tile: { q: 32, kv: 32 }, warps: 2, stages: 1 } },
});

export const ring = attention({
  inputs,
  outputs,
  mask,
  schedule: { sm_80: { tile: { q: 64, kv: 64 }, warps: 4, stages: 2 } },
});
