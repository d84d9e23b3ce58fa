// Does a tile program make sense? Asked after lowering, after every pass, and of `.tile` files. What
// depends on values of a run (bounds, missing waits, races) is the simulator's to find.
//
// Names. Every name is a C identifier and is declared once, before its use: dims, scalars, host values, tensors,
//   tiles, lets, loop variables, parameters and flags share one space, in which nothing is hidden;
//   axes, mbarriers, steps and roles have a space each. Roles see the lets of the start. A step sees the kernel's
//   names, the start's lets and those that stand in its callers' roles, at the top level and above the first call.
// Expressions. Operators get operands of the types they take; a variable has its declared type. Conditions and
//   guards are bool, indices i32 or i64, stages and parities i32. `row`, `col`, `lane_col`, `fixed_col`
//   and tile elements appear per element only, as the target's layout allows; `block` in grids of blocks.
//   Flags appear in conditions of `if` and in guards, and there with nothing but flags, `!`, `&&`, `||`.
//   A load names a tensor that kernels may read, with one index for each axis.
// Shapes and dtypes. Each op's tiles agree in shape (ops listed in verify-tile-op.ts). Products take 16-bit
//   inputs of one dtype and sum in f32; softmax state and reductions are f32; copies keep the dtype.
// Places. Scheduled products read operand registers or shared memory (b: shared; pv also pairs) and write accumulators;
//   maps and fills write registers that warps own; reductions go tile -> rows or lanes, lanes -> rows; copies go to shared memory,
//   fetches to chunks and deposits from there to shared memory, `get` from there to operand registers, `put` back; stores leave from shared memory, accumulators or rows.
// Boxes. One index for each axis of the tensor; tiles and whole axes match the tile's shape in order; a tile
//   may be wider than a whole axis. Copies and stores of shared tiles run along whole last axes of 8 n elements.
// Levels. Without an architecture: ops of level tile, values, one instance per point of a space. With one:
//   ops of level scheduled, no value left, a grid of blocks, sized axes, a launch. Between passes: both.
// Control. Inside if_any nothing waits for, or is counted by, other warps. Calls give every argument and flag;
//   steps call only steps declared above them. `absent` stands inside `columns`.
// mbarriers. In textual order, `init_barriers` in the start or some role and then a block barrier precede their first
//   use. Bulk copies name barriers that count bytes, arrivals those that count threads or warps.
// Roles. The start holds scalars, `init_barriers` and `barrier`; a role of one thread scalars, bulk copies and mbarriers.
//   Bulk copies stand there alone; block barriers not in roles that have others beside them.
// Warpgroups. Only where the architecture has them: one thread's roles, register budgets (whole warpgroups, 24 to 240 in
//   eights, no more in all than the block is launched with), bulk copies, issued products and what goes with them.
// Issued products. 64 rows of each warpgroup, at most 256 columns, shared operands in panels. Accumulator and register
//   operand are not named before an await_products that covers the product, as far as no condition of a run decides.
// Finished programs (architecture facts given). Shared tiles: 16-bit, at multiples of 16 bytes, stages >= 1,
//   swizzle 1, 2, 4 or 8 dividing cols / 8, by row bits 0, 1, 2, 4 or 8; panels of 64 columns, swizzle 8, at multiples of
//   1024; mbarriers at multiples of 8, overlapping nothing; all within the block's limit. Rows divide among the warps
//   in sixteens; columns are multiples of 8, of operands, pairs and inner sizes of 16, of accumulators as the matrix
//   instruction has it. Operands of pv, and what maps and fills write for them, are pairs where the matrix
//   instruction has other lanes for A than for C, else operands.
// Not checked: that tiles are written before they are read, and that each copy is waited for.

import type { Arch } from "../arch/arch.ts";
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Program } from "./program.ts";
import { Check } from "./verify-check.ts";
import { checkKernel, checkProgram } from "./verify-declarations.ts";
import { checkBodies } from "./verify-bodies.ts";
import { checkInFlight } from "./verify-in-flight.ts";
import { checkMemory } from "./verify-memory.ts";
import { checkReadiness } from "./verify-readiness.ts";

/**
 * Every rule above that the program breaks, in program order; empty: it is sound. With facts of its
 * architecture it must be finished; without, a program with an architecture may stand between passes.
 */
export const verify = (program: Program, arch?: Arch): readonly Diagnostic[] => {
  const check = new Check(program, arch);
  const names = checkProgram(check);
  for (const kernel of program.kernels) {
    checkBodies(check, kernel, checkKernel(check, kernel, names));
    checkReadiness(check, kernel);
    checkInFlight(check, kernel);
    if (arch !== undefined) checkMemory(check, kernel, arch);
  }
  return check.found;
};
