// The statements of a scheduled program lane by lane: whether they do what the interpreter says, and what they ask of
// the banks of shared memory.

import { archs } from "../../../codegen/arch/archs.ts";
import type { Arch } from "../../../codegen/arch/arch.ts";
import type { Traffic } from "../../../codegen/sim/fragments/banks.ts";
import { type Facts, factsOf } from "../../../codegen/sim/fragments/machine.ts";
import { type Fault, prove } from "../../../codegen/sim/fragments/prove.ts";
import { statementTraffic } from "../../../codegen/sim/fragments/traffic.ts";
import type { Program } from "../../../codegen/tile/program.ts";
import { visits } from "../../../codegen/tile/walk.ts";

export interface Finding {
  readonly line: number;
  readonly kind: string;
  readonly traffic: Traffic;
  readonly fault: Fault | undefined;
}

/** Every statement that touches shared memory. `plant` makes facts wrong. */
export const byLanes = (program: Program, plant: (right: Facts) => Facts = (f) => f): Finding[] => {
  const arch: Arch = archs[program.arch ?? "sm_80"];
  return [...visits(program)].flatMap(({ kernel, statement: s }) => {
    const traffic = statementTraffic(kernel, arch, s);
    if (traffic === undefined) return [];
    const fault = prove(kernel, arch, s, plant(factsOf(arch)));
    return [{ line: s.span?.line ?? 0, kind: s.kind, traffic, fault }];
  });
};

/** As a `.tile` file has it after `; lanes: `. */
export const showTraffic = ({ transactions, ideal }: Traffic): string =>
  transactions === ideal ? `${ideal}` : `${transactions}, ${ideal} without conflicts`;

export const showFault = ({ tile, warp, lane, row, column, found, expected }: Fault): string =>
  `warp ${warp}${lane === undefined ? "" : `, lane ${lane}`}: ${found} and not ${expected} in row ${row}, column ${column} of ${tile}`;
