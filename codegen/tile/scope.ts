// Names and their types, as expressions of a tile program see them. Knows no statements.

import type { ScalarType } from "../expr/expr.ts";
import type { DType } from "../spec/description.ts";

/** What the parser of expressions asks: a name's type, and how a tensor is indexed. */
export interface Scope {
  variable(name: string): ScalarType | undefined;
  tensor(
    name: string,
  ): { readonly dtype: DType; readonly axes: readonly { readonly axis: string }[] } | undefined;
  /** For messages: what could have been meant. */
  names(): readonly string[];
}

/** What a program's host values know of the device: how many multiprocessors it has. */
export const multiprocessors = "multiprocessors";

/** What the author's functions read beside dims and scalars: coordinates, and the score so far. */
export const formulaVariables: Readonly<Record<string, ScalarType>> = {
  ...{ b: "i32", h: "i32", hkv: "i32", q: "i32", kv: "i32", qLen: "i32", kvLen: "i32" },
  s: "f32",
};
export const formulaScope = (outer: Scope): Scope => {
  const names = new Names(outer);
  for (const [name, type] of Object.entries(formulaVariables)) names.declare(name, type);
  return names;
};

/** Literals of expressions: no name may equal them. */
export const reserved: ReadonlySet<string> = new Set(["true", "false", "inf", "nan"]);

/** The type of a tile's or tensor's element in an expression. */
export const elementType = (dtype: DType): ScalarType => (dtype === "i32" ? "i32" : "f32");

/** A scope with what is declared so far, inside another. */
export class Names implements Scope {
  private readonly declared = new Map<string, ScalarType>();
  private readonly outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.outer = outer;
  }

  declare(name: string, type: ScalarType): void {
    this.declared.set(name, type);
  }

  variable(name: string): ScalarType | undefined {
    return this.declared.get(name) ?? this.outer?.variable(name);
  }

  tensor(name: string): ReturnType<Scope["tensor"]> {
    return this.outer?.tensor(name);
  }

  names(): readonly string[] {
    return [...this.declared.keys(), ...(this.outer?.names() ?? [])];
  }
}
