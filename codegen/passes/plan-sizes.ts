// Sizes that an author may ask for, and what follows from them: which the architecture can serve, and how a block that
// specialises its warps shares out its registers. Decides no size.

import type { Arch } from "../arch/arch.ts";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Budgets } from "./target.ts";

/** A warpgroup is 4 warps, and its products have 64 rows (wgmma, PTX 9.7.15). */
export const groupWarps = 4;
export const rowsPerGroup = 64;

/** One thread loads; a register budget is given to whole warpgroups. */
export const loadingWarps = groupWarps;

interface Sizes {
  readonly q: number;
  readonly kv: number;
  readonly warps: number;
  readonly stages: number;
}

export const checkSizes = (arch: Arch, sizes: Sizes): void => {
  const { kv, stages } = sizes;
  const bad = (what: string, rule: string): never =>
    fail(codes.badTile(undefined, arch.name, what, rule));
  if (arch.warpgroups) checkGroups(sizes, bad);
  else checkWarps(sizes, bad);
  if (!Number.isInteger(kv) || kv < 16 || kv % 16 !== 0 || kv > 256)
    bad(`tile.kv: ${kv}`, "a multiple of 16 from 16 to 256");
  if (stages !== 1 && !arch.asyncCopies)
    bad(`stages: ${stages}`, "1 stage, since it has no asynchronous copies");
  if (!Number.isInteger(stages) || stages < 1 || stages > 8)
    bad(`stages: ${stages}`, "1 to 8 stages");
};

type Bad = (what: string, rule: string) => never;

const checkWarps = ({ q, warps }: Sizes, bad: Bad): void => {
  if (!Number.isInteger(warps) || warps < 1 || warps > 16) bad(`warps: ${warps}`, "1 to 16 warps");
  if (q !== warps * 16 && q !== warps * 32)
    bad(
      `tile.q: ${q}`,
      `16 or 32 rows for each of the ${warps} warps: ${warps * 16} or ${warps * 32}`,
    );
};

/** More than three warpgroups would have too few registers each. */
const checkGroups = ({ q, warps }: Sizes, bad: Bad): void => {
  const groups = q / rowsPerGroup;
  if (![1, 2, 3].includes(groups))
    bad(`tile.q: ${q}`, "64 rows for each of 1 to 3 warpgroups that compute: 64, 128 or 192");
  if (warps !== groups * groupWarps)
    bad(
      `warps: ${warps} with tile.q: ${q}`,
      `4 warps that compute for each 64 rows: ${groups * groupWarps}`,
    );
};

/** Of a thread, in eights (setmaxnreg, PTX 9.7); the thread that loads needs few. */
const fewest = 24;
const most = 240;
const eights = (registers: number): number => Math.floor(registers / 8) * 8;

const launchedWith = (arch: Arch, warps: number): number =>
  eights(Math.min(arch.registersPerSM / ((warps + loadingWarps) * 32), arch.maxRegistersPerThread));

/** ptxas (C7602): what it wants for a product beside its result, out of the registers that the block is launched with. */
const besideResult = 30;

/**
 * A product runs on while the next tile's scores are computed: its result, `columns` wide, its 16-bit weights and those
 * scores are in registers together. What else a loop needs the compiler finds out: `build --check`.
 */
export const checkRegisters = (arch: Arch, { q, kv, warps }: Sizes, columns: number): void => {
  const { compute } = budgetsOf(arch, warps);
  const launched = launchedWith(arch, warps);
  const [result, scores, weights] = [columns / 2, kv / 2, kv / 4];
  const widest = Math.min(((compute - result) * 4) / 3, (launched - besideResult) * 2);
  if (kv <= widest && result + besideResult <= launched) return;
  const fits = result + besideResult <= launched ? Math.floor(widest / 16) * 16 : 0;
  fail(
    codes.registersDoNotFit(
      undefined,
      arch.name,
      `${result} for the result, ${scores} for scores, ${weights} for weights`,
      `${compute}, of ${launched} at the launch`,
      fits >= 16
        ? `with tile.q ${q} the largest tile.kv that fits is ${fits}`
        : `tile.q ${q} leaves no room for a result of ${columns} columns; the largest that does is ${largestRows(arch, columns)}`,
    ),
  );
};

const largestRows = (arch: Arch, columns: number): number =>
  [3, 2, 1].find((n) => columns / 2 + besideResult <= launchedWith(arch, n * groupWarps))! *
  rowsPerGroup;

/**
 * The registers that the block is launched with, given out anew: those who load keep what those who compute cannot
 * take in whole eights.
 */
export const budgetsOf = (arch: Arch, warps: number): Budgets => {
  const launched = launchedWith(arch, warps);
  const pool = launched * (warps + loadingWarps);
  const compute = Math.min(eights((pool - fewest * loadingWarps) / warps), most);
  const load = Math.min(eights((pool - compute * warps) / loadingWarps), most);
  return { compute, load };
};
