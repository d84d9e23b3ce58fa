// Three ways to change scores before softmax.

import { attention, dims, f16, f32, out, scalar, scores } from "../../dsl/index.ts";

const { B, Sq, Skv, H } = dims("B", "Sq", "Skv", "H");
const temperature = scalar("temperature", f32);

const inputs = {
  q: f16({ b: B, q: Sq, h: H, d: 64 }),
  k: f16({ b: B, kv: Skv, hkv: H, d: 64 }),
  v: f16({ b: B, kv: Skv, hkv: H, d: 64 }),
};
const outputs = { o: out.values(f16({ b: B, q: Sq, h: H, d: 64 })) };

export const capped = attention({ inputs, outputs, score: scores.softcap(20) });

export const biased = attention({
  inputs: { ...inputs, bias: f32({ h: H, q: Sq, kv: Skv }) },
  outputs,
  score: (s, { h, q, kv }, { bias }) => s + bias({ h, q, kv }),
});

export const heated = attention({ inputs, outputs, score: (s) => s / temperature });
