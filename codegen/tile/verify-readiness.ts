// mbarriers are readied by one thread: every other must pass a block barrier before it uses them.
// Read in textual order, the start before the roles; what happens inside a body is not counted on after it.

import { codes } from "../base/codes.ts";
import type { Kernel } from "./program.ts";
import type { Statement } from "./statement.ts";
import type { Check } from "./verify-check.ts";
import { barriersOf, bodyOf, statementsOf } from "./walk.ts";

type State = "raw" | "initialised" | "ready";

export const checkReadiness = (check: Check, kernel: Kernel): void => {
  const started = new Readiness(check, kernel).body(kernel, kernel.start, "raw");
  const initialises = kernel.roles.map(({ body }) =>
    statementsOf(body).some((s) => s.kind === "init_barriers"),
  );
  for (const [i, { body }] of kernel.roles.entries()) {
    const byAnother = initialises.some((does, other) => does && other !== i);
    const before = started === "raw" && byAnother ? "initialised" : started;
    new Readiness(check, kernel).body(kernel, body, before);
  }
};

class Readiness {
  private readonly check: Check;
  /** mbarriers that no finding names yet. */
  private readonly unreported: Set<string>;

  constructor(check: Check, kernel: Kernel) {
    this.check = check;
    this.unreported = new Set(kernel.barriers.map((b) => b.name));
  }

  /** The state after the body, of its own statements. */
  body(kernel: Kernel, body: readonly Statement[], before: State): State {
    let state = before;
    for (const s of body) {
      this.uses(s, state);
      if (s.kind === "init_barriers") state = "initialised";
      if (s.kind === "barrier" && state === "initialised") state = "ready";
      this.body(kernel, bodyOf(s) ?? [], state);
      if (s.kind === "call") this.called(kernel, s.step, state);
    }
    return state;
  }

  /** Steps call only steps above them, so this ends. */
  private called(kernel: Kernel, name: string, state: State): void {
    const at = kernel.steps.findIndex((step) => step.name === name);
    const above = { ...kernel, steps: kernel.steps.slice(0, Math.max(at, 0)) };
    this.body(above, kernel.steps[at]?.body ?? [], state);
  }

  private uses(s: Statement, state: State): void {
    if (state === "ready") return;
    const missing = state === "raw" ? "init_barriers" : "a barrier follows init_barriers";
    for (const { barrier } of barriersOf(s))
      if (this.unreported.delete(barrier))
        this.check.report(codes.notReady(s.span, barrier, missing));
  }
}
