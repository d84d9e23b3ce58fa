// Does a tile program make sense? Asked after lowering, after every pass, and of `.tile` files. What
// depends on values of a run (bounds, missing waits, races) is the simulator's to find.
//
// Names. Every name is a C identifier and is declared once, before its use: dims, scalars, tensors, host
//   values, tiles, lets, loop variables, parameters and flags share one space, in which nothing is hidden;
//   axes, mbarriers, steps and roles have a space each. A step sees the kernel's names and the lets that stand
//   in its callers' roles, at the top level and above the first call.
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
// mbarriers. In textual order, `init_barriers` in some role and then a block barrier precede their first use.
// Finished programs (architecture facts given). Shared tiles: 16-bit, at multiples of 16 bytes, stages >= 1,
//   swizzle 1, 2, 4 or 8 dividing cols / 8, by row bits 0, 1, 2, 4 or 8; mbarriers at multiples of 8, overlapping nothing; all within the block's
//   limit. Rows divide among the warps in sixteens; columns are multiples of 8, of operands, pairs and inner sizes of
//   16, of accumulators as the matrix instruction has it.
// Not checked: that tiles are written before they are read, and that each copy is waited for.

import type { Arch } from "../arch/arch.ts";
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Program } from "./program.ts";
import { Check } from "./verify-check.ts";
import { checkKernel, checkProgram } from "./verify-declarations.ts";
import { checkBodies } from "./verify-bodies.ts";
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
    if (arch !== undefined) checkMemory(check, kernel, arch);
  }
  return check.found;
};
