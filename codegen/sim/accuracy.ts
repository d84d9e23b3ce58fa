// The accuracy rule: how far an output may lie from the reference. Knows no tile program; it is the
// same for the simulator and for a GPU.
//
//   values  largest error <= 2 E + u  and  RMSE <= 1.1 R + u / sqrt(n), where E and R are the baseline's
//           largest error and RMSE, u is one unit in the last place of the largest value, and n is the
//           number of elements. The term u / sqrt(n) is what one element that rounds to its other
//           neighbour can add (triangle inequality): it matters where elements are few, or where the
//           baseline is exact (one key), and vanishes as they grow many.
//   stored  what a body stores: as values where the baseline rounds more than f32 does, and for f32 largest error
//           <= 1e-5 (1 + max |x|) over the output's finite elements x, since sums in f32 round on their way.
//   lse     largest error <= 1e-5 (1 + max |s|), in the unit of the output's base.
//
// Scores that an approximate function may put off by d weigh between e^-d and e^d times as much, above and below the
// fraction: values gain (e^2d - 1) max |v| on both bounds, lse gains d.
//
// Elements where the baseline is no finite number (NaN attended, no key seen, overflow of the dtype) have
// no error, they must be equal to it; elsewhere a result that is not finite is infinitely wrong.

import { unreachable } from "../base/diagnostic.ts";
import type { Description, OutputRole, TensorSpec } from "../spec/description.ts";
import type { NdArray } from "./ndarray.ts";
import type { Reference } from "./reference.ts";
import { largestFinite, ulp } from "./round.ts";

export interface Accuracy {
  readonly name: string;
  readonly shape: readonly number[];
  readonly maxAbsError: number;
  readonly rmse: number;
  /** What maxAbsError may be. */
  readonly bound: number;
  readonly pass: boolean;
}

/** An accuracy and what a failure message says beyond it. */
export interface Judgement {
  readonly accuracy: Accuracy;
  readonly rmseBound: number;
  /** Where the largest error is; absent for an empty array. */
  readonly worst?: {
    readonly index: Readonly<Record<string, number>>;
    readonly found: number;
    readonly expected: number;
  };
}

interface Errors {
  readonly largest: number;
  readonly rmse: number;
  /** Position of the largest error in C order; -1 if there are no elements. */
  readonly worst: number;
}

type Values = ArrayLike<number>;

const errorsOf = (found: Values, expected: Values, baseline: Values): Errors => {
  let largest = 0;
  let squares = 0;
  let worst = found.length > 0 ? 0 : -1;
  for (let i = 0; i < found.length; i++) {
    const x = found[i]!;
    const settled = !Number.isFinite(baseline[i]!);
    const error = settled
      ? sameNumber(x, baseline[i]!)
        ? 0
        : Infinity
      : Math.abs(x - expected[i]!);
    const finite = Number.isNaN(error) ? Infinity : error;
    squares += finite * finite;
    if (finite > largest) {
      largest = finite;
      worst = i;
    }
  }
  return { largest, rmse: found.length === 0 ? 0 : Math.sqrt(squares / found.length), worst };
};

const sameNumber = (x: number, y: number): boolean =>
  x === y || (Number.isNaN(x) && Number.isNaN(y));

interface Bounds {
  readonly largest: number;
  readonly rmse: number;
}

/** An output of a description. */
type Output = TensorSpec & { readonly role?: OutputRole };

const boundsOf = (spec: Output, reference: Reference): Bounds => {
  const { role, dtype, name } = spec;
  const expected = reference.outputs[name]!.values();
  if (role === undefined && dtype === "f32")
    return { largest: 1e-5 * (1 + largestFinite(expected)), rmse: Infinity };
  switch (role?.kind) {
    case undefined:
    case "values": {
      if (dtype === "i32") return unreachable("values are floats");
      const baseline = reference.baseline[name]!.values();
      const errors = errorsOf(baseline, expected, baseline);
      const unit = ulp(dtype, largestFinite(baseline));
      const off = Math.expm1(2 * reference.slack) * reference.maxValue;
      return {
        largest: 2 * errors.largest + unit + off,
        rmse: 1.1 * errors.rmse + unit / Math.sqrt(Math.max(1, expected.length)) + off,
      };
    }
    case "lse": {
      const unit = role.base === 2 ? 1 / Math.LN2 : 1;
      const { maxScore, slack } = reference;
      return { largest: 1e-5 * (1 + maxScore * unit) + slack * unit, rmse: Infinity };
    }
  }
};

const judgements = new WeakMap<NdArray, Judgement>();

/** How an array that `judge` has seen compares with its reference. */
export const judgementOf = (result: NdArray): Judgement | undefined => judgements.get(result);

/** Compares each output with the reference, and remembers the judgement with the array. */
export const judge = (
  description: Pick<Description, "outputs">,
  reference: Reference,
  results: Readonly<Record<string, NdArray>>,
): readonly Judgement[] =>
  description.outputs.map((spec) => {
    const result = results[spec.name] ?? unreachable("no result", spec.name);
    const judgement = judgeOutput(spec, reference, result);
    judgements.set(result, judgement);
    return judgement;
  });

const judgeOutput = (spec: Output, reference: Reference, result: NdArray): Judgement => {
  const expected = reference.outputs[spec.name]!;
  if (String(result.shape) !== String(expected.shape))
    return unreachable(`shape of ${spec.name}`, result.shape);
  const bounds = boundsOf(spec, reference);
  const values = result.values();
  const exact = expected.values();
  const errors = errorsOf(values, exact, reference.baseline[spec.name]!.values());
  return {
    accuracy: {
      name: spec.name,
      shape: expected.shape,
      maxAbsError: errors.largest,
      rmse: errors.rmse,
      bound: bounds.largest,
      pass: errors.largest <= bounds.largest && errors.rmse <= bounds.rmse,
    },
    rmseBound: bounds.rmse,
    ...(errors.worst >= 0 && {
      worst: {
        index: indexAt(errors.worst, expected),
        found: values[errors.worst]!,
        expected: exact[errors.worst]!,
      },
    }),
  };
};

/** Position in C order to an index by axis name. */
const indexAt = (position: number, { shape, axes }: NdArray): Readonly<Record<string, number>> => {
  let rest = position;
  const index = shape.map((_, i) => {
    const below = shape.slice(i + 1).reduce((n, x) => n * x, 1);
    const at = Math.floor(rest / below);
    rest -= at * below;
    return [axes?.[i] ?? String(i), at] as const;
  });
  return Object.fromEntries(index);
};
