// What is wrong with the tensors of a kernel, as types: an object with one field for each wrong input or
// output, so that TypeScript reports a sentence at the line of that field.

import type { Output } from "./out.ts";
import type { Problem } from "./problem.ts";
import type { Half, Tensor } from "./tensor.ts";

/** The axes that each role has, in any order as long as `d` is last. */
interface RoleAxes {
  q: "b" | "q" | "h" | "d";
  k: "b" | "kv" | "hkv" | "d";
  v: "b" | "kv" | "hkv" | "d";
  values: "b" | "q" | "h" | "d";
  lse: "b" | "q" | "h";
}

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

type AxisProblem<Name extends string, Wanted extends string, Found> = [
  Exclude<Wanted, Found>,
] extends [never]
  ? [Exclude<Found, Wanted>] extends [never]
    ? never
    : `${Name} cannot have the axis ${Exclude<Found, Wanted> & string}`
  : `${Name} lacks the axis ${Exclude<Wanted, Found>}`;

type DTypeOf<X> = X extends Tensor<infer T> ? T : never;
type AxesOf<X> = X extends { readonly shape: infer S } ? keyof S : never;

type InputProblem<I, K extends "q" | "k" | "v"> = K extends keyof I
  ? [DTypeOf<I[K]>] extends [Half]
    ? Same<DTypeOf<I[K]>, I extends { readonly q: Tensor<infer Q> } ? Q : Half> extends true
      ? AxisProblem<K, RoleAxes[K], AxesOf<I[K]>>
      : "q, k and v must have the same dtype"
    : `${K} must be f16 or bf16`
  : `the input ${K} is missing`;

type InputField<I, K extends "q" | "k" | "v"> = [InputProblem<I, K>] extends [never]
  ? unknown
  : { readonly [P in K]: Problem<InputProblem<I, K>> };

/** `unknown` if the inputs are right, so that it costs nothing to check against it. */
export type InputProblems<I> = InputField<I, "q"> & InputField<I, "k"> & InputField<I, "v">;

type OutputProblem<I, O, K> =
  O extends Output<infer R, infer T, infer S>
    ? R extends "values"
      ? Same<T, I extends { readonly v: Tensor<infer V> } ? V : T> extends true
        ? AxisProblem<K & string, RoleAxes[R], keyof S>
        : `${K & string} must have the dtype of v`
      : AxisProblem<K & string, RoleAxes[R], keyof S>
    : never;

type EachOutput<I, O> = { readonly [K in keyof O]: OutputProblem<I, O[K], K> };

export type OutputProblems<I, O> = [EachOutput<I, O>[keyof O]] extends [never]
  ? unknown
  : {
      readonly [K in keyof O as EachOutput<I, O>[K] extends never ? never : K]: Problem<
        EachOutput<I, O>[K] & string
      >;
    };
