// A small program with room for one mistake, and what the simulator says of it.

import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { from, type NdArray } from "../../../codegen/sim/ndarray.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";

const ROWS = 32;
export const SIZES = { N: ROWS };

export interface Parts {
  readonly tiles?: string;
  readonly more?: string;
  readonly body: string;
  readonly roles?: string;
  readonly blocks?: number;
}

/** y := something of x, both f32[32, 16], by two warps. Without tiles of its own, the body begins on line 16. */
export const program = ({ tiles = "", more = "", body, roles, blocks = 1 }: Parts): string => `
program fault @sm_80 from "fault.tile"
dims N
in x: f16[q=N, d=16]
in index: i32[q=N]
out y: f16[q=N, d=16]
kernel fault {
  grid blocks ${blocks}
  axis q = N by ${ROWS}
  launch warps 2, blocks_per_sm 1
  shared xs: f16[q, 16] at 0 swizzle 2
  registers r: f16[q, 16] as operand
${tiles}
${more}
${roles ?? `role all {\n${body}\n}`}
}
`;

export const inputs: Record<string, NdArray> = {
  x: from(
    "f16",
    Array.from({ length: ROWS * 16 }, (_, i) => i % 7),
    [ROWS, 16],
    ["q", "d"],
  ),
  index: from(
    "i32",
    Array.from({ length: ROWS }, (_, i) => i),
    [ROWS],
    ["q"],
  ),
};

export const run = (parts: Parts, sizes: { N: number } = SIZES) =>
  simulateProgram(parseProgram(program(parts), "fault.tile"), { sizes, inputs });

export const faultOf = async (parts: Parts): Promise<string> => {
  try {
    await run(parts);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    const [{ code, message, span }] = error.diagnostics as [(typeof error.diagnostics)[number]];
    return `${code} line ${span?.line}: ${message}`;
  }
  return "no fault";
};

export const copyIn = "copy xs <- x[0 : q, :] guard true\ncommit\nwait 0\nbarrier";
export const copyOut = "get r <- xs\nstore y[0 : q, :] <- r";
