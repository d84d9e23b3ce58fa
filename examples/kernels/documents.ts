// Causal attention over documents packed into one sequence; `documents` numbers the document of each position.

import { attention, dims, f16, i32, masks, out } from "../../dsl/index.ts";

const { B, S, H } = dims("B", "S", "H");

export const packed = attention({
  inputs: {
    q: f16({ b: B, q: S, h: H, d: 64 }),
    k: f16({ b: B, kv: S, hkv: H, d: 64 }),
    v: f16({ b: B, kv: S, hkv: H, d: 64 }),
    documents: i32({ b: B, kv: S }),
  },
  mask: masks.and(masks.causal, masks.documents("documents")),
  outputs: { o: out.values(f16({ b: B, q: S, h: H, d: 64 })) },
});
