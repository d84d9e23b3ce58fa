// What the names of a program are called in the emitted file, and what has been used of it so far. One
// scope for each kernel and one for the host; an inner scope adds names or calls them otherwise.

import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, Program } from "../tile/program.ts";
import type { ExpressionScope } from "./expression.ts";
import type { HelperName } from "./helpers.ts";
import { hostOf, type Parameters, type TensorMembers } from "./params.ts";
import { nonNegative } from "./sign.ts";
import type { Used } from "./used.ts";

export class Scope implements ExpressionScope {
  readonly parameters: Parameters;
  readonly used: Used;
  private readonly texts: Map<string, string>;
  private readonly positive: Set<string>;

  constructor(
    parameters: Parameters,
    used: Used,
    texts: Iterable<readonly [string, string]>,
    nonNegative: Iterable<string>,
  ) {
    this.parameters = parameters;
    this.used = used;
    this.texts = new Map(texts);
    this.positive = new Set(nonNegative);
  }

  /** A scope that sees this one's names. */
  inner(texts: Iterable<readonly [string, string]> = []): Scope {
    return new Scope(this.parameters, this.used, [...this.texts, ...texts], this.positive);
  }

  /** From here on `name` is written as `text`. */
  name(name: string, text: string, nonNegative = false): void {
    this.texts.set(name, text);
    if (nonNegative) this.positive.add(name);
  }

  variable(name: string): string {
    return this.texts.get(name) ?? unreachable(`no name for ${name}`);
  }

  nonNegative(name: string): boolean {
    return this.positive.has(name);
  }

  members(tensor: string): TensorMembers {
    return this.parameters.tensors.get(tensor) ?? unreachable(`no tensor ${tensor}`);
  }

  tensor(name: string): ReturnType<ExpressionScope["tensor"]> {
    const { decl, pointer, strides } = this.members(name);
    return { decl, pointer: `params.${pointer}`, strides: strides.map((s) => `params.${s}`) };
  }

  named(value: number): string | undefined {
    const x = Math.fround(value);
    const name = this.used.constants.get(x);
    if (name !== undefined) this.used.constantsUsed.add(x);
    return name;
  }

  helper(name: HelperName): string {
    this.used.helpers.add(name);
    return name;
  }
}

/** Coordinates are never negative, and the launcher refuses sizes that are. */
const coordinates = ["block", "row", "col", "lane_col", "fixed_col"];

/** The scope of a kernel's device code before anything is declared in it. */
export const deviceScope = (
  program: Program,
  kernel: Kernel,
  parameters: Parameters,
  used: Used,
): Scope => {
  const texts = [...parameters.values].map(([name, member]) => [name, `params.${member}`] as const);
  const scope = new Scope(parameters, used, texts, [...coordinates, ...program.dims]);
  for (const h of hostOf(program, kernel))
    scope.name(h.name, scope.variable(h.name), nonNegative(h.value, scope));
  return scope;
};
