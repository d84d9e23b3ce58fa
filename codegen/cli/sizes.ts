// Sizes and launch scalars of a run: what the user gave, and defaults by the axis on which a size first
// stands. Knows no kernel.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { isSize } from "../base/size.ts";
import { variables } from "../expr/expr.ts";
import type { Axis } from "../spec/description.ts";
import type { Program } from "../tile/program.ts";

export type Values = Readonly<Record<string, number>>;

export interface LaunchValues {
  readonly sizes: Values;
  readonly scalars: Values;
}

export type AxisDefaults = Readonly<Record<Axis, number>>;

/** No multiples of anything, so that every tail is met. */
export const smallSizes: AxisDefaults = {
  b: 1,
  q: 70,
  kv: 200,
  h: 2,
  hkv: 2,
  d: 64,
  page: 4,
  slot: 16,
  rank: 4,
  seq: 3,
  distance: 9,
  split: 2,
  word: 3,
};

const scalarDefaults = { f32: 0.125, i32: 16, i64: 16, bool: 1 } as const;

/** Throws DiagnosticError A6008 for a name that the kernel does not have, or a size that is none. */
export const launchValues = (
  program: Program,
  given: Values,
  defaults: AxisDefaults,
): LaunchValues => {
  const scalarNames = program.scalars.map((s) => s.name);
  const wrong = (problem: string): never => fail(codes.sizes(undefined, problem, program.dims));
  for (const [name, value] of Object.entries(given)) {
    if (scalarNames.includes(name)) continue;
    if (!program.dims.includes(name)) wrong(`${program.name} has no size named ${name}`);
    if (!isSize(value)) wrong(`${name} is ${value}`);
  }
  return {
    sizes: Object.fromEntries(
      program.dims.map((dim) => [dim, given[dim] ?? defaults[axisOf(program, dim)]]),
    ),
    scalars: Object.fromEntries(
      program.scalars.map((s) => [s.name, given[s.name] ?? scalarDefaults[s.type]]),
    ),
  };
};

const axisOf = (program: Program, dim: string): Axis =>
  [...program.inputs, ...program.outputs]
    .flatMap((t) => t.axes)
    .find((a) => variables(a.extent).has(dim))?.axis ?? "b";
