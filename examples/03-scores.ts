// Lesson 3: scores are changed by any function of the score, its coordinates, other inputs and scalars that are
// known at launch. Each is shown as it was captured, and run against float64.

import { compile, judgementOf, simulate } from "../codegen/index.ts";
import { printExpr } from "../codegen/expr/print.ts";

const dims = { B: 1, Sq: 33, Skv: 65, H: 2 };

for (const [name, kernel] of Object.entries(await compile("examples/kernels/scores.ts"))) {
  const { description: d } = kernel;
  const score = d?.kind === "attention" ? d.score : undefined;
  const scalars = Object.fromEntries(kernel.program.scalars.map((s) => [s.name, 0.7]));
  const { o } = await simulate(kernel, { dims, scalars });
  const accuracy = o && judgementOf(o)?.accuracy;
  console.log(`${name}: ${score ? printExpr(score.value) : "no score"}`);
  console.log(
    `  error ${accuracy?.maxAbsError.toExponential(1)} of ${accuracy?.bound.toExponential(1)} allowed`,
  );
}
