// What all parts of the verifier share: the findings, and the names that are visible at a place.

import type { Arch } from "../arch/arch.ts";
import { codes } from "../base/codes.ts";
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import type { ScalarType } from "../expr/expr.ts";
import type { Program, TensorDecl, TileDecl } from "./program.ts";
import { reserved } from "./scope.ts";

/** Which ops and declarations a program may hold. */
export type Mode = "tile" | "between" | "scheduled";

/** What a name of an expression stands for. */
export type Binding =
  | { readonly kind: "scalar"; readonly type: ScalarType; readonly what: string }
  | { readonly kind: "flag" }
  | { readonly kind: "tile"; readonly tile: TileDecl }
  | { readonly kind: "tensor" };

export class Check {
  readonly found: Diagnostic[] = [];
  readonly program: Program;
  readonly mode: Mode;

  constructor(program: Program, arch: Arch | undefined) {
    this.program = program;
    this.mode = arch !== undefined ? "scheduled" : program.arch === undefined ? "tile" : "between";
  }

  /** For messages. */
  level(): string {
    return this.mode === "tile" ? "an unscheduled" : "a scheduled";
  }

  report(diagnostic: Diagnostic): void {
    this.found.push(diagnostic);
  }

  name(name: string, span: Span | undefined): void {
    if (!/^[A-Za-z_]\w*$/.test(name) || reserved.has(name))
      this.report(codes.unsafeName(span, name));
  }

  note(note: string | undefined, span: Span | undefined): void {
    if (
      note !== undefined &&
      (note === "" || note.trim() !== note || /[\n\r\u2028\u2029]/.test(note))
    )
      this.report(codes.badNote(span, note));
  }

  tensor(name: string): TensorDecl | undefined {
    const { inputs, outputs, workspace } = this.program;
    return [...inputs, ...outputs, ...workspace].find((t) => t.name === name);
  }

  readable(name: string): boolean {
    return [...this.program.inputs, ...this.program.workspace].some((t) => t.name === name);
  }

  writable(name: string): boolean {
    return [...this.program.outputs, ...this.program.workspace].some((t) => t.name === name);
  }
}

export const describe = (b: Binding): string => {
  switch (b.kind) {
    case "scalar":
      return b.what;
    case "flag":
      return "a flag";
    case "tile":
      return "a tile";
    case "tensor":
      return "a tensor";
  }
};

/** Names visible at a place; inner ones see outer ones, and may not repeat them. */
export class Visible {
  private readonly own = new Map<string, Binding>();
  private readonly outer: Visible | undefined;

  constructor(outer?: Visible) {
    this.outer = outer;
  }

  find(name: string): Binding | undefined {
    return this.own.get(name) ?? this.outer?.find(name);
  }

  names(): readonly string[] {
    return [...(this.outer?.names() ?? []), ...this.own.keys()];
  }

  declare(check: Check, name: string, binding: Binding, span: Span | undefined): void {
    check.name(name, span);
    const earlier = this.find(name);
    if (earlier !== undefined) check.report(codes.declaredTwice(span, name, describe(earlier)));
    this.bind(name, binding);
  }

  /** For names that were checked where they were declared. */
  bind(name: string, binding: Binding): void {
    this.own.set(name, binding);
  }
}
