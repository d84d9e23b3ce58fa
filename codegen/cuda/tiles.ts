// How a kernel's tiles are declared: register tiles as variables, shared tiles and mbarriers as addresses.
// Sizes appear here by name (TILE_Q: rows of a block, WARP_Q: of a warp, THREAD_Q: of a thread).

import type { Arch, Mma } from "../arch/arch.ts";
import { hasUsualRowBits, usualRowBits } from "../arch/fragments.ts";
import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, Layout, Place, TileDecl } from "../tile/program.ts";
import { sizeOf } from "../tile/size.ts";
import { elementType } from "./params.ts";

export interface TileInfo {
  readonly decl: TileDecl;
  readonly rows: number;
  /** Absent: a row vector. */
  readonly columns: number | undefined;
}

export const tileInfo = (kernel: Kernel, decl: TileDecl): TileInfo => {
  const { rows, cols } = sizeOf(kernel, decl);
  return { decl, rows, columns: decl.shape.length === 1 ? undefined : cols };
};

export const warpsOf = (kernel: Kernel): number =>
  kernel.launch?.warps ?? unreachable(`kernel ${kernel.name} is not scheduled`);

const columnsOf = (decl: TileDecl): string => {
  const extent = decl.shape[1] ?? unreachable(`${decl.name} has no columns`);
  return typeof extent === "number" ? String(extent) : axisConstant("TILE", extent);
};

/** The axis that gives a tile its rows; only such can be dealt out to warps. */
export const rowAxis = (decl: TileDecl): string => {
  const [axis] = decl.shape;
  return typeof axis === "string" ? axis : unreachable(`the rows of ${decl.name} are no axis`);
};

/** TILE_Q: a block's part of axis q; WARP_Q: a warp's; THREAD_Q: how many of its rows a thread meets. */
export const axisConstant = (part: "TILE" | "WARP" | "THREAD", axis: string): string =>
  `${part}_${axis.toUpperCase()}`;

export const layoutOf = (decl: TileDecl): Layout =>
  decl.place.kind === "registers"
    ? decl.place.layout
    : unreachable(`tile ${decl.name} is not in registers`);

/** The C++ declaration of a register tile called `name`. */
export const declareRegisters = (decl: TileDecl, name: string): string => {
  const warp = axisConstant("WARP", rowAxis(decl));
  switch (layoutOf(decl)) {
    case "accumulator":
      return `Accumulator<${warp}, ${columnsOf(decl)}> ${name};`;
    case "operand":
      return `Operand<${elementType(decl.dtype)}, ${warp}, ${columnsOf(decl)}> ${name};`;
    case "pairs":
      return `Pairs<${elementType(decl.dtype)}, ${warp}, ${columnsOf(decl)}> ${name};`;
    case "chunks":
      return `Chunks<${elementType(decl.dtype)}, ${axisConstant("TILE", rowAxis(decl))}, ${columnsOf(decl)}, THREADS> ${name};`;
    case "rows":
    case "lanes":
      return `${elementType(decl.dtype)} ${name}[${axisConstant("THREAD", rowAxis(decl))}];`;
  }
};

/** The C++ declaration of a shared tile at its offset from `shared`. */
export const declareShared = (
  kernel: Kernel,
  decl: TileDecl,
  name: string,
  { mma }: Arch,
): string => {
  if (decl.place.kind !== "shared") return unreachable(`tile ${decl.name} is not in shared memory`);
  const { offset, swizzle, panel } = decl.place;
  const { columns = 0 } = tileInfo(kernel, decl);
  if (offset % (16 * swizzle) !== 0 || (panel ?? columns) % (8 * swizzle) !== 0)
    unreachable(`swizzle ${swizzle} of ${decl.name} at ${offset}`);
  const rows = axisConstant("TILE", rowAxis(decl));
  if (panel !== undefined)
    return `const Panels<${elementType(decl.dtype)}, ${rows}, ${columnsOf(decl)}> ${name}{${address(offset)}};`;
  const type = `Shared<${elementType(decl.dtype)}, ${rows}, ${[columnsOf(decl), ...swizzleParameters(decl.place, mma)].join(", ")}>`;
  return `const ${type} ${name}{${address(offset)}};`;
};

/** How many chunks take part; or, where row bits differ from tile to tile, these bits. */
const swizzleParameters = (
  { swizzle, rowBits = usualRowBits }: Extract<Place, { kind: "shared" }>,
  mma: Mma,
): readonly number[] =>
  hasUsualRowBits(mma) ? [swizzle] : rowBits.slice(rowBits.length - Math.log2(swizzle));

export const address = (offset: number): string => (offset === 0 ? "shared" : `shared + ${offset}`);
