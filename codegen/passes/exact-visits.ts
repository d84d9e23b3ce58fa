// Which visits of key tiles look for the maximum of their scores, where the others are weighed by the one so far: the
// masked ones, and the first of those that see their tiles whole. Knows nothing of how either is written.

import { add, i32, min } from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { Kernel, Role, Step } from "../tile/program.ts";
import type { Call, For, Statement } from "../tile/statement.ts";
import { mapStatements, statementsOf } from "../tile/walk.ts";
import { calls } from "./visits.ts";

/** Whether the visits of a step are known before they run, the first among them. */
export const inLoops = (kernel: Kernel, step: Step): boolean =>
  kernel.roles.every((role) =>
    statementsOf(role.body).every((s) => s.kind !== "visit" || !calls(s.body, step.name)),
  );

/** Masked visits look for their maxima, and so does the first after them. */
export const tellExact = (role: Role, steps: ReadonlySet<string>): readonly Statement[] => {
  const tell = (call: Call, isExact: boolean): Call => ({
    ...call,
    flags: [...call.flags, isExact],
  });
  const isLazy = (s: Statement): s is Call => s.kind === "call" && steps.has(s.step);
  return role.body.map((s) => {
    if (s.kind !== "if" || !statementsOf(s.then).some(isLazy)) return s;
    const then = splitFirstWhole(s.then, (x) => isLazy(x) && !x.flags.includes(true));
    return {
      ...s,
      then: then.flatMap(({ loop, isExact }) =>
        mapStatements([loop], (x) =>
          isLazy(x) ? [tell(x, isExact || x.flags.includes(true))] : [x],
        ),
      ),
    };
  });
};

interface Told {
  readonly loop: Statement;
  readonly isExact: boolean;
}

/** Of loops whose visits see their tiles whole, the first visit becomes a loop of its own. */
const splitFirstWhole = (
  loops: readonly Statement[],
  isWhole: (s: Statement) => boolean,
): readonly Told[] =>
  loops.flatMap((loop): readonly Told[] => {
    if (loop.kind !== "for" || !loop.body.every(isWhole)) return [{ loop, isExact: false }];
    const end = simplify(min(add(loop.from, i32(1)), loop.to));
    const one: For = { ...loop, to: end, note: "the first of them looks for its maximum" };
    return [
      { loop: one, isExact: true },
      { loop: { ...loop, from: simplify(add(loop.from, i32(1))) }, isExact: false },
    ];
  });
