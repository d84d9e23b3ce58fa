// `tilewright/vitest`: matchers for unit tests of kernels. Importing it adds them to vitest's `expect`.

import { expect } from "vitest";
import { type Judgement, judgementOf } from "./sim/accuracy.ts";
import { NdArray } from "./sim/ndarray.ts";

interface KernelMatchers<R> {
  /** An output of `simulate` lies within the accuracy rule of the float64 reference. */
  toMatchReference(): R;
}

declare module "vitest" {
  interface Matchers<T> extends KernelMatchers<T> {}
}

interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

const toMatchReference = (received: unknown): Verdict => {
  const judgement = received instanceof NdArray ? judgementOf(received) : undefined;
  if (judgement === undefined)
    return {
      pass: false,
      message: () =>
        "only an output that `simulate` returned has a reference to compare with: pass it as it came",
    };
  return { pass: judgement.accuracy.pass, message: () => explain(judgement) };
};

const explain = ({ accuracy, rmseBound, worst }: Judgement): string => {
  const { name, maxAbsError, bound, rmse, pass } = accuracy;
  const index = Object.entries(worst?.index ?? {}).map(([axis, i]) => `${axis}: ${i}`);
  return [
    `${name} ${pass ? "matches" : "does not match"} the float64 reference:`,
    `  largest error ${maxAbsError}, allowed ${bound}`,
    `  RMSE ${rmse}, allowed ${rmseBound}`,
    ...(worst === undefined
      ? []
      : [
          `  the largest is at { ${index.join(", ")} }: ${worst.found}, and ${worst.expected} is right`,
        ]),
  ].join("\n");
};

expect.extend({ toMatchReference });
