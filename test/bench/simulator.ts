// How long the simulator takes over a tile program, poison and race detection on:
//   node dist/test/bench/simulator.js FILE.tile [workers] [Sq]
// One head dimension of causal grouped-query attention, B * Hq = 8; the best of five runs after the first.

import { readFileSync } from "node:fs";
import { randomTensors } from "../../codegen/sim/random.ts";
import { extentsOf } from "../../codegen/sim/global.ts";
import { launchScope, sizeIn } from "../../codegen/sim/launch.ts";
import { simulateProgram } from "../../codegen/sim/simulate.ts";
import { parseProgram } from "../../codegen/tile/parse.ts";

const [file = "test/files/causal-mbarriers.tile", workers = "2", length = "1024"] =
  process.argv.slice(2);
const program = parseProgram(readFileSync(file, "utf8"), file);
const sizes = { B: 1, Sq: Number(length), Skv: Number(length), Hkv: 2, G: 4 };
const size = sizeIn(launchScope(program, sizes, {}));
const inputs = randomTensors(
  program.inputs.map((t) => ({
    name: t.name,
    dtype: t.dtype,
    shape: extentsOf(t, size),
    axes: t.axes.map((a) => a.axis),
  })),
  1,
);

const seconds: number[] = [];
for (let run = 0; run < 6; run++) {
  const started = performance.now();
  await simulateProgram(program, { sizes, inputs, workers: Number(workers) });
  seconds.push((performance.now() - started) / 1000);
}
const [first, ...rest] = seconds;
console.log(
  JSON.stringify({ file, workers, sizes, first, best: Math.min(...rest), node: process.version }),
);
