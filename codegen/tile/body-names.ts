// The names that statements see while a parsed program is built, and the steps that they call.

import type { Scope } from "./scope.ts";
import { Names } from "./scope.ts";

export interface StepNames {
  readonly flags: readonly string[];
  /** Where it is called from: a step sees what its callers' role has declared at the top level. */
  readonly callers: BodyNames[];
}

export class BodyNames extends Names {
  readonly steps: Map<string, StepNames>;
  /** The top level of the role. */
  readonly role: BodyNames;

  constructor(outer: Scope, steps: Map<string, StepNames>, role?: BodyNames) {
    super(outer);
    this.steps = steps;
    this.role = role ?? this;
  }

  /** For a body within this one. */
  inner(): BodyNames {
    return new BodyNames(this, this.steps, this.role);
  }
}
