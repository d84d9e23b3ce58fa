// Chooses tile sizes for a program on an architecture, from the architecture's measured table and the
// author's overrides. Decides; changes nothing.

import type { Arch, TileChoice } from "../arch/arch.ts";
import { codes } from "../base/codes.ts";
import { type Diagnostic, fail } from "../base/diagnostic.ts";
import { type Expr, children, variables } from "../expr/expr.ts";
import type { ScheduleOverride } from "../spec/description.ts";
import type { Program, TileDecl } from "../tile/program.ts";
import { statementsOf } from "../tile/walk.ts";
import { unlikeAttention } from "./overlaps.ts";
import {
  budgetsOf,
  checkRegisters,
  checkSizes,
  groupWarps,
  loadingWarps,
  rowsPerGroup,
} from "./plan-sizes.ts";
import type { Plan } from "./target.ts";

/** mma.m16n8k16 wants inner dimensions that are multiples of 16. */
export const padHeadDim = (dim: number): number => Math.ceil(dim / 16) * 16;

const headDims = (program: Program): readonly number[] =>
  program.kernels.flatMap((k) => k.tiles.map(constantColumns)).filter((n) => n > 0);

/** Of what products add up. */
const resultColumns = (program: Program): number =>
  Math.max(
    0,
    ...program.kernels.flatMap((k) =>
      k.tiles.filter((t) => t.dtype === "f32").map(constantColumns),
    ),
  );

const constantColumns = (tile: TileDecl): number => {
  const last = tile.shape[1];
  return typeof last === "number" ? padHeadDim(last) : 0;
};

/** What the loop needs registers for beside scores, probabilities and one limit a row. */
interface Burdens {
  /** A pass over the scores, or a mask of several comparisons; or both of them. */
  readonly busy: boolean;
  readonly both: boolean;
  /** Elements of tensors, one for each score. */
  readonly reads: boolean;
}

const burdensOf = (program: Program): Burdens => {
  const all = program.kernels.flatMap((k) => k.roles.flatMap((r) => statementsOf(r.body)));
  const loops = all.filter((s) => s.kind === "columns");
  const passes = loops.flatMap((s) => s.body.filter((inner) => inner.kind === "map"));
  const masks = loops.flatMap((s) => s.where ?? []);
  const compound = masks.some(isCompound);
  return {
    busy: passes.length > 0 || compound,
    both: passes.length > 0 && compound,
    reads: [...passes.map((s) => s.value), ...masks].some(readsElements),
  };
};

const readsElements = (e: Expr): boolean =>
  e.kind === "load" ? variables(e).has("col") : children(e).some(readsElements);

const narrow = (choice: TileChoice, { busy, both, reads }: Burdens): number | undefined =>
  (both || reads ? choice.narrowestKv : undefined) ?? (busy ? choice.narrowKv : undefined);

const isCompound = (e: Expr): boolean => e.kind === "binary" && (e.op === "and" || e.op === "or");

const choose = (arch: Arch, headDim: number): TileChoice =>
  arch.tiles.find((t) => headDim <= t.maxHeadDim) ??
  fail(codes.headDimTooLarge(undefined, arch.name, headDim, arch.tiles.at(-1)?.maxHeadDim ?? 0));

/** Where rows fix the warps, those of the rows that are asked for. */
const warpsFor = (arch: Arch, q: number | undefined): number | undefined =>
  arch.warpgroups && q !== undefined ? (q / rowsPerGroup) * groupWarps : undefined;

export const plan = (program: Program, arch: Arch, override: ScheduleOverride = {}): Plan => {
  const headDim = Math.max(...headDims(program));
  const choice = choose(arch, headDim);
  const missing = lacks(program, arch);
  if (missing) fail(missing);
  const warps = override.warps ?? warpsFor(arch, override.tile?.q) ?? choice.warps;
  const q = override.tile?.q ?? warps * choice.rowsPerWarp;
  const narrowed = narrow(choice, burdensOf(program));
  const kv = override.tile?.kv ?? narrowed ?? choice.kv;
  const stages = override.stages ?? choice.stages;
  checkSizes(arch, { q, kv, warps, stages });
  if (arch.warpgroups) checkRegisters(arch, { q, kv, warps, stages }, resultColumns(program));
  const overridden = Object.keys(override).length > 0;
  return {
    q,
    kv,
    warps,
    stages,
    queries: choice.queries,
    lazyMaximum: choice.lazyMaximum ?? false,
    ...(override.splitKv !== undefined && { splits: override.splitKv }),
    // As many as the register file holds at 255 registers a thread, with those that load.
    blocksPerSM: arch.warpgroups ? 1 : Math.max(1, Math.floor(8 / warps)),
    ...(arch.warpgroups && { budgets: budgetsOf(arch, warps) }),
    reasons: [
      `head dimension ${headDim}: the table of ${arch.name} has ${choice.warps} warps of ${choice.rowsPerWarp} rows and ${choice.kv} keys a tile up to ${choice.maxHeadDim}`,
      ...(narrowed === undefined
        ? []
        : [`${narrowed} keys a tile, since scores or mask need registers`]),
      ...(overridden ? ["overridden by the kernel's schedule"] : []),
      ...(arch.warpgroups
        ? [
            `${warps} warps compute, ${warps / 4} warpgroups in turns; one thread of ${loadingWarps} more loads`,
          ]
        : []),
      !arch.asyncCopies
        ? `one buffer each for k and v, filled through registers, since ${arch.name} has no asynchronous copies`
        : stages === 1 && !arch.warpgroups
          ? "one buffer each for k and v, guarded by block barriers"
          : `${stages} buffers each for k and v, guarded by mbarriers, so that warps may drift`,
    ],
  };
};

/**
 * What the program needs and the architecture has not. Tensors that are read element by element may be of any type;
 * tiles go through the matrix instruction.
 */
export const lacks = (program: Program, arch: Arch): Diagnostic | undefined => {
  const unlike = arch.warpgroups ? unlikeAttention(program) : undefined;
  if (unlike !== undefined)
    return codes.notForWarpgroups(undefined, arch.name, program.name, unlike);
  if (arch.bf16) return undefined;
  const tile = program.kernels.flatMap((k) => k.tiles).find((t) => t.dtype === "bf16");
  return tile && codes.noBf16(tile.span, arch.name, program.name);
};
