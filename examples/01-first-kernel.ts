// Lesson 1: one query, three keys, small enough for a pocket calculator.
//
// o = Σ softmax(scale · q·k) v. With q = (1, 0, ...), key j = (4 j, 0, ...) and scale 1/4 the scores are 0, 1, 2;
// v of key j is j everywhere, so every element of o is (0 + 1 e + 2 e²) / (1 + e + e²).

import { compile, from, simulate } from "../codegen/index.ts";

const D = 16;
const { plain } = await compile("examples/kernels/attention.ts");

const rows = (first: readonly number[]): Float64Array =>
  Float64Array.from({ length: first.length * D }, (_, i) =>
    i % D === 0 ? (first[i / D] ?? 0) : 0,
  );
const constantRows = (values: readonly number[]): Float64Array =>
  Float64Array.from({ length: values.length * D }, (_, i) => values[Math.floor(i / D)] ?? 0);

const { o, lse } = await simulate(plain, {
  dims: { B: 1, Sq: 1, Skv: 3, H: 1 },
  inputs: {
    q: from("f16", rows([1]), [1, 1, 1, D]),
    k: from("f16", rows([0, 4, 8]), [1, 3, 1, D]),
    v: from("f16", constantRows([0, 1, 2]), [1, 3, 1, D]),
  },
});

const sum = 1 + Math.E + Math.E ** 2;
console.log(
  `o   by hand ${((Math.E + 2 * Math.E ** 2) / sum).toFixed(4)}, by the kernel ${o?.at([0, 0, 0, 0]).toFixed(4)}`,
);
console.log(
  `lse by hand ${Math.log(sum).toFixed(4)}, by the kernel ${lse?.at([0, 0, 0]).toFixed(4)}`,
);
console.log(
  "The two agree to f16's eleven bits: P was rounded to f16 before it met v, as on the GPU.",
);
