// What a statement asks of the banks of shared memory.

import type { Arch } from "../../arch/arch.ts";
import type { Kernel, TileDecl } from "../../tile/program.ts";
import { sizeOf } from "../../tile/size.ts";
import type { Statement } from "../../tile/statement.ts";
import type { Traffic } from "./banks.ts";
import { factsOf, warpsOf } from "./machine.ts";
import { runLanes } from "./statements.ts";

/**
 * One execution by the whole block; undefined: the statement does not touch shared memory. What the matrix unit and the
 * copy engine do there is no lane's, and asks nothing: panels lie in the swizzle that is made for them (PTX ISA 9.7.15).
 */
export const statementTraffic = (kernel: Kernel, arch: Arch, s: Statement): Traffic | undefined => {
  const zeros = (tile: TileDecl): Float32Array => {
    const { rows, cols } = sizeOf(kernel, tile);
    return new Float32Array(rows * cols);
  };
  const warps = warpsOf(kernel, { ...factsOf(arch), multiply: (_, c) => c }, s);
  const touches = warps.map((warp) => runLanes(warp, kernel, s, zeros) !== undefined);
  return touches.includes(true) ? warps[0]?.memory.traffic : undefined;
};
