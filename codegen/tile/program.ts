// L2 and L2': tile programs. One grammar for both: lowering writes an unscheduled program, the
// passes place its tiles, make copies asynchronous and add barriers until every statement of the
// CUDA stands here. sim/ defines what each statement means; this file knows no architecture.
// Statements, and the coordinates that their expressions see, stand in statement.ts.

import type { ArchName } from "../arch/arch.ts";
import type { RowBits } from "../arch/fragments.ts";
import type { Span } from "../base/span.ts";
import type { Expr, ScalarType } from "../expr/expr.ts";
import type { Axis, DType, OutputRole } from "../spec/description.ts";
import type { Let, Statement } from "./statement.ts";

export interface Program {
  readonly name: string;
  /** Absent while unscheduled. */
  readonly arch?: ArchName;
  /** Kernel file, for comments; or the `.tile` file itself. */
  readonly source: string;
  readonly summary?: string;
  readonly dims: readonly string[];
  readonly scalars: readonly { readonly name: string; readonly type: ScalarType }[];
  readonly inputs: readonly TensorDecl[];
  readonly outputs: readonly (TensorDecl & { readonly role?: OutputRole })[];
  /** Values that the launcher computes from dims and the device, in order; workspace and kernels read them. */
  readonly host: readonly Let[];
  /** The author's functions and scale, for comments and for the reference; `map`s hold what runs. */
  readonly formulas: readonly FormulaDecl[];
  /** Global scratch memory shared by the kernels, in order. */
  readonly workspace: readonly TensorDecl[];
  readonly kernels: readonly Kernel[];
}

export interface TensorDecl {
  readonly name: string;
  readonly dtype: DType;
  readonly axes: readonly { readonly axis: Axis; readonly extent: Expr }[];
  readonly span?: Span;
}

export interface FormulaDecl {
  readonly name: "scale" | "score" | "mask" | "sink";
  readonly value: Expr;
  readonly span?: Span;
  readonly source?: string;
}

export interface Kernel {
  readonly name: string;
  /** Values that the launcher computes from dims, in order; kernels read them. */
  readonly host: readonly Let[];
  readonly grid: Grid;
  readonly axes: readonly TileAxis[];
  /** Scheduled only. */
  readonly launch?: { readonly warps: number; readonly blocksPerSM: number };
  readonly tiles: readonly TileDecl[];
  readonly barriers: readonly BarrierDecl[];
  readonly steps: readonly Step[];
  /** What all threads of the block run before they go to their roles; roles and steps see its lets. */
  readonly start: readonly Statement[];
  /** Warps run their role's body; the first role has the first warps. One role `all` where warps do not specialise. */
  readonly roles: readonly Role[];
  readonly span?: Span;
}

export type Grid =
  /**
   * Unscheduled: one instance per point and per tile of rows, and of columns where these are shared out too; binds the
   * names, and each `origin` to the first row or column.
   */
  | {
      readonly kind: "space";
      readonly points: readonly { readonly name: string; readonly extent: Expr }[];
      readonly rows: Tiled;
      readonly columns?: Tiled;
    }
  /** Scheduled: `count` blocks; the body derives its coordinates from `block`. */
  | { readonly kind: "blocks"; readonly count: Expr };

/** An axis whose tiles the grid shares out, and where the instance's own begins. */
export interface Tiled {
  readonly axis: string;
  readonly origin: string;
}

/** An axis that is cut into tiles. Until a plan gives the size, a tile spans the whole extent. */
export interface TileAxis {
  readonly name: string;
  readonly extent: Expr;
  readonly size?: number;
  readonly span?: Span;
}

export interface Role {
  readonly name: string;
  /** Absent: all warps of the block. */
  readonly warps?: number;
  /** Register budget per thread (setmaxnreg; whole warpgroups of 4 warps). */
  readonly registers?: number;
  /** One thread runs the body; the other threads of its warps have nothing to do. */
  readonly single?: true;
  readonly body: readonly Statement[];
  readonly span?: Span;
}

/**
 * A piece of body that several places call; flags are compile-time booleans. It sees the kernel's names and the
 * lets that stand in the roles that call it, at the top level and above the first call.
 */
export interface Step {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly type: ScalarType }[];
  readonly flags: readonly string[];
  /** Register tiles that live for one call. */
  readonly tiles: readonly TileDecl[];
  readonly body: readonly Statement[];
  readonly span?: Span;
}

/**
 * How a register tile is spread over the lanes of the warps; a warp owns `rows / warps` whole rows. Which rows and
 * columns a lane holds depends on the architecture's matrix instruction (arch/fragments.ts).
 *   accumulator  C of the matrix instruction
 *   operand      A of the matrix instruction, 16-bit
 *   pairs        16-bit elements in the lanes that have them in an accumulator; pv shuffles them to where A wants them
 *   rows         a row vector; each of the four lanes that share a row holds its value
 *   lanes        a row vector with one value per row and lane that shares it, [rows, 4] in the simulator
 *   chunks       16-bit elements on their way to shared memory, 16 bytes in a row at a time, dealt to all threads of the
 *                role in turn; no warp owns rows
 */
export type Layout = "accumulator" | "operand" | "pairs" | "rows" | "lanes" | "chunks";

export type Place =
  /** Unscheduled: a value with no home yet. */
  | { readonly kind: "value" }
  | { readonly kind: "registers"; readonly layout: Layout }
  /**
   * `stages` tiles of rows x cols in row-major order from byte `offset`, a row `cols * 2` bytes. The 16-byte
   * chunk c of row r lies at chunk c ^ f(r), where f < swizzle, which is 1, 2, 4 or 8. Bit i of f is that bit of r
   * whose value the i-th entry of `rowBits` is, of which a swizzle below 8 takes the last log2(swizzle); without
   * rowBits 1, 2, 4, which makes f(r) = (r / (8 / swizzle)) % swizzle. Tiles whose bytes overlap alias: writing
   * one destroys the other. With `panel`, columns 0 .. panel - 1 of all rows come first, then the next `panel` columns,
   * each panel row-major and swizzled by itself, as bulk copies and wgmma take them; the last panel may be wider
   * than what is left of the columns.
   */
  | {
      readonly kind: "shared";
      readonly stages: number;
      readonly offset: number;
      readonly swizzle: number;
      readonly rowBits?: RowBits;
      readonly panel?: number;
    };

/** Columns that a row takes up in memory: whole panels. */
export const columnsInMemory = (place: Place, cols: number): number => {
  const panel = (place.kind === "shared" && place.panel) || 1;
  return Math.ceil(cols / panel) * panel;
};

export interface TileDecl {
  readonly name: string;
  readonly dtype: DType;
  /** An axis of the kernel by name, or a constant. One entry: a row vector. */
  readonly shape: readonly (string | number)[];
  readonly place: Place;
  /** One line: what it holds. */
  readonly note?: string;
  readonly span?: Span;
}

/**
 * mbarriers in shared memory after the tiles. A phase completes after one arrival of each thread, or each warp, of
 * the roles that arrive there; or, `bytes`, when a bulk copy that names the barrier has landed.
 */
export interface BarrierDecl {
  readonly name: string;
  readonly counts: "threads" | "warps" | "bytes";
  readonly stages: number;
  readonly offset: number;
  readonly note?: string;
  readonly span?: Span;
}
