// Lesson 8: a kernel whose loop over key tiles is written by hand. Each is shown as the tile program that it becomes, and run
// against float64 with one tile for everything.

import { compile, judgementOf, simulate } from "../codegen/index.ts";
import { statementsOf } from "../codegen/tile/walk.ts";

const dims = { B: 1, Sq: 37, Skv: 101, Hkv: 1, G: 2 };

for (const [name, kernel] of Object.entries(await compile("examples/kernels/bodies.ts"))) {
  const statements = kernel.program.kernels.flatMap((k) => statementsOf(k.roles[0]?.body ?? []));
  const count = (kind: string): number => statements.filter((s) => s.kind === kind).length;
  console.log(`${name}: ${count("columns")} loops over keys, ${count("product")} products`);
  for (const [output, array] of Object.entries(await simulate(kernel, { dims }))) {
    const accuracy = judgementOf(array)?.accuracy;
    console.log(
      `  ${output}: error ${accuracy?.maxAbsError.toExponential(1)} of ${accuracy?.bound.toExponential(1)} allowed`,
    );
  }
}
