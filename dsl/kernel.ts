// A kernel whose tile loop the author writes. The body is read as source and never executed; tile.ts has what it
// is made of.

import type { At } from "./attention.ts";
import type { Extent } from "./dims.ts";
import type { Problem } from "./problem.ts";
import type { Schedule } from "./schedule.ts";
import type { DType, Inputs, Tensor, View } from "./tensor.ts";
import type { Rows } from "./tile.ts";

/** One instance of the body for each point and each tile of rows: `{ b: B, h: Hq, q: tile.rows(Sq) }`. */
export interface Grid {
  readonly b?: Extent;
  readonly h?: Extent;
  readonly q: Rows;
}

/** Inputs and outputs by name. Inputs are also read element by element: `bias({ h })`. */
export type Tensors<I, O> = { readonly [K in keyof I]: I[K] & View<I[K]> } & O;

/** Where an instance stands: a number for each point, `hkv = h / G`, and its rows. */
export type Place<G> = { readonly [A in keyof G]: G[A] extends Rows ? Rows : number } & Pick<
  At,
  "hkv"
>;

/** What a kernel may return; tiles leave as f16 or bf16, row vectors as f32. */
type Stored = Readonly<Record<string, Tensor>>;

type OutputProblems<O> = {
  readonly [K in keyof O]: O[K] extends Tensor<infer T, infer S>
    ? StoreProblem<T, "d" extends keyof S ? true : false, K & string>
    : unknown;
};

type StoreProblem<
  T extends DType,
  IsTile extends boolean,
  Name extends string,
> = IsTile extends true
  ? T extends "f16" | "bf16"
    ? unknown
    : Problem<`${Name} has the axis d, so it must be f16 or bf16`>
  : T extends "f32"
    ? unknown
    : Problem<`${Name} has one number a row, so it must be f32`>;

export interface Kernel<I extends Inputs, O extends Stored, G extends Grid> {
  readonly inputs: I;
  readonly outputs: O & OutputProblems<O>;
  readonly grid: G;
  /** Computes the rows of one instance. */
  readonly body: (tensors: Tensors<I, O>, place: Place<G>) => void;
  readonly schedule?: Schedule;
}

/**
 * A kernel written tile by tile, with tensors of any names. Export the result; the export's name becomes the
 * kernel's. `attention(...)` lowers to such a body.
 */
export const kernel = <const I extends Inputs, const O extends Stored, const G extends Grid>(
  spec: Kernel<I, O, G>,
): Kernel<I, O, G> => spec;
