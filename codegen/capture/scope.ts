// Names and what they stand for. Constants of a module are evaluated when they are first used, as order
// among modules demands; those of a function at once.

import type { Span } from "../base/span.ts";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Value } from "./value.ts";

type Binding =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "later"; readonly evaluate: () => Value }
  | { readonly kind: "busy" };

export class Scope {
  private readonly bindings = new Map<string, Binding>();
  private readonly parent: Scope | undefined;

  constructor(parent?: Scope) {
    this.parent = parent;
  }

  define(name: string, value: Value): void {
    this.bindings.set(name, { kind: "value", value });
  }

  defineLater(name: string, evaluate: () => Value): void {
    this.bindings.set(name, { kind: "later", evaluate });
  }

  has(name: string): boolean {
    return this.bindings.has(name) || (this.parent?.has(name) ?? false);
  }

  /** Names defined in this scope itself. */
  own(): readonly string[] {
    return [...this.bindings.keys()];
  }

  get(name: string, span: Span): Value {
    const binding = this.bindings.get(name);
    switch (binding?.kind) {
      case undefined:
        return this.parent
          ? this.parent.get(name, span)
          : fail(codes.unknownIdentifier(span, name));
      case "value":
        return binding.value;
      case "busy":
        return fail(codes.usedTooEarly(span, name));
      case "later": {
        this.bindings.set(name, { kind: "busy" });
        const value = binding.evaluate();
        this.define(name, value);
        return value;
      }
    }
  }
}
