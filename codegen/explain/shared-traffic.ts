// How often a whole run asks the banks of shared memory, statement by statement, and how much of that conflicts cost.

import type { Arch } from "../arch/arch.ts";
import { showSpan, type Span } from "../base/span.ts";
import type { Executions } from "../cost/executions.ts";
import { addTraffic, noTraffic, type Traffic, timesTraffic } from "../sim/fragments/banks.ts";
import { statementTraffic } from "../sim/fragments/traffic.ts";
import { textOf } from "../sim/site.ts";
import type { Program } from "../tile/program.ts";
import { visits } from "../tile/walk.ts";

export interface SharedTraffic extends Traffic {
  /** The statement as a `.tile` file has it. */
  readonly op: string;
  readonly span?: Span;
}

/** Of each statement that touches shared memory, in program order; `executions` of them over all blocks. */
export const sharedTraffic = (
  program: Program,
  arch: Arch,
  executions: Executions,
): readonly SharedTraffic[] =>
  [...visits(program)].flatMap(({ kernel, statement }) => {
    const once = statementTraffic(kernel, arch, statement);
    if (once === undefined) return [];
    const { span } = statement;
    return [
      {
        op: textOf({ statement, kernel }),
        ...(span && { span }),
        ...timesTraffic(once, executions.get(statement) ?? 0),
      },
    ];
  });

/** What conflicts cost: transactions above the ideal, as a part of it. */
export const conflictsOf = ({ transactions, ideal }: Traffic): number =>
  ideal === 0 ? 0 : transactions / ideal - 1;

/** In one line, with the statement that loses most where there are conflicts. */
export const showSharedTraffic = (all: readonly SharedTraffic[]): string => {
  const total = all.reduce(addTraffic, noTraffic);
  const lost = ({ transactions, ideal }: Traffic): number => transactions - ideal;
  if (total.transactions === 0) return "shared memory: no lane asks its banks";
  const line = `shared memory: ${total.transactions} transactions, ${percent(total)} more by bank conflicts`;
  const [worst] = all.toSorted((a, b) => lost(b) - lost(a));
  if (worst === undefined || lost(worst) === 0) return line;
  const place = worst.span === undefined ? "" : ` at ${showSpan(worst.span)}`;
  return `${line}, worst: \`${worst.op}\`${place}, ${percent(worst)}`;
};

const percent = (t: Traffic): string => `${(100 * conflictsOf(t)).toFixed(1)} %`;
