// Names and what they stand for. Constants of a module are evaluated when they are first used, as order
// among modules demands; those of a function at once.

import type { Span } from "../base/span.ts";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Environment, Value } from "./value.ts";

type Binding =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "later"; readonly evaluate: () => Value }
  | { readonly kind: "busy" };

export class Scope implements Environment {
  private readonly bindings = new Map<string, Binding>();
  private readonly parent: Environment | undefined;

  constructor(parent?: Environment) {
    this.parent = parent;
  }

  define(name: string, value: Value): void {
    this.bindings.set(name, { kind: "value", value });
  }

  defineLater(name: string, evaluate: () => Value): void {
    this.bindings.set(name, { kind: "later", evaluate });
  }

  /** A new value for a name that is defined here, or in a scope around this one. */
  assign(name: string, value: Value): void {
    if (!this.bindings.has(name) && this.parent instanceof Scope) this.parent.assign(name, value);
    else this.define(name, value);
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
