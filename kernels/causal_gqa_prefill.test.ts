// What a kernel author's own unit test looks like: no GPU, no Python, a second or two.

import { expect, test } from "vitest";
import { compile, simulate } from "tilewright";
import { random } from "tilewright/ndarray";
import "tilewright/vitest";

test("the last query of a prompt that continues a cached prefix sees every key", async () => {
  const { causalGqaPrefill } = await compile("kernels/causal_gqa_prefill.ts");
  const dims = { B: 1, Sq: 70, Skv: 200, Hkv: 2, G: 4 };
  const inputs = random(causalGqaPrefill, dims, 7);
  const { o, lse } = await simulate(causalGqaPrefill, { dims, inputs });

  expect(o).toMatchReference();
  expect(lse).toMatchReference();
  expect(lse?.at({ b: 0, h: 7, q: 69 })).toBeGreaterThan(0);
});
