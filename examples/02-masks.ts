// Lesson 2: a mask is a function, and the compiler solves it for the key tiles that are worth a visit.
//
// With 1024 queries and keys, a causal kernel visits a bit more than half of the tiles, and masks only those
// on the diagonal. A window leaves a band. A mask that cannot be solved visits all, masked: never wrong, only slower.

import { compile } from "../codegen/index.ts";
import { explainKernel } from "../codegen/explain/explain.ts";
import { table } from "./table.ts";

const values = { B: 1, Sq: 1024, Skv: 1024, H: 1 };
const kernels = Object.entries(await compile("examples/kernels/masks.ts"));

const rows = kernels.map(([name, kernel]) => {
  const { plan, roofline } = explainKernel(kernel, "sm_80", values);
  const { masked, unmasked } = roofline.counts;
  const all = Math.ceil(values.Sq / plan.q) * Math.ceil(values.Skv / plan.kv);
  return [name, String(all), String(masked + unmasked), String(masked)];
});

console.log(table([["mask", "key tiles", "visited", "of these masked"], ...rows]));
