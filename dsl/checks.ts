// What is wrong with the tensors of a kernel, as types: an object with one field for each wrong input or
// output, so that TypeScript reports a sentence at the line of that field.

import type { Output, Outputs } from "./out.ts";
import type { Problem } from "./problem.ts";
import type { Half, Inputs } from "./tensor.ts";

/** The axes that each role has, in any order as long as `d` is last. */
interface RoleAxes {
  q: "b" | "q" | "h" | "d";
  k: "b" | "kv" | "hkv" | "d";
  v: "b" | "kv" | "hkv" | "d";
  values: "b" | "q" | "h" | "d";
  lse: "b" | "q" | "h";
}

type AxisProblem<Name extends string, Wanted extends string, Found> = [Wanted] extends [Found]
  ? [Found] extends [Wanted]
    ? never
    : `${Name} cannot have the axis ${Exclude<Found, Wanted> & string}`
  : `${Name} lacks the axis ${Exclude<Wanted, Found>}`;

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

type DTypeOf<I extends Inputs, K, Otherwise> = K extends keyof I ? I[K]["dtype"] : Otherwise;

type InputProblem<I extends Inputs, K extends "q" | "k" | "v"> = K extends keyof I
  ? [I[K]["dtype"]] extends [Half]
    ? Same<I[K]["dtype"], DTypeOf<I, "q", Half>> extends true
      ? AxisProblem<K, RoleAxes[K], keyof I[K]["shape"]>
      : "q, k and v must have the same dtype"
    : `${K} must be f16 or bf16`
  : `the input ${K} is missing`;

type OutputProblem<I extends Inputs, O extends Output, Name> = O["role"] extends "values"
  ? Same<O["tensor"]["dtype"], DTypeOf<I, "v", O["tensor"]["dtype"]>> extends true
    ? AxisProblem<Name & string, RoleAxes["values"], keyof O["tensor"]["shape"]>
    : `${Name & string} must have the dtype of v`
  : AxisProblem<Name & string, RoleAxes["lse"], keyof O["tensor"]["shape"]>;

/** `unknown` if no field has a problem, so that it costs nothing to check against it. */
type Reported<Each> = [Each[keyof Each]] extends [never]
  ? unknown
  : { readonly [K in keyof Each as Each[K] extends never ? never : K]: Problem<Each[K] & string> };

export type InputProblems<I extends Inputs> = Reported<{
  readonly [K in "q" | "k" | "v"]: InputProblem<I, K>;
}>;

export type OutputProblems<I extends Inputs, O extends Outputs> = Reported<{
  readonly [K in keyof O]: OutputProblem<I, O[K], K>;
}>;
