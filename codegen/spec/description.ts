// L0': what a kernel file asks for, checked and with roles resolved. Capture builds it, lowering
// reads it. It holds no TypeScript nodes and no schedule decisions.

import type { Span } from "../base/span.ts";
import type { Expr, ScalarType } from "../expr/expr.ts";

export type DType = "f16" | "bf16" | "f32" | "i32";
export type Axis = "b" | "q" | "kv" | "h" | "hkv" | "d" | "page" | "slot" | "rank" | "seq" | "word";

/** A constant, or a product of sizes known at launch (`["G", "Hkv"]`). */
export type Extent = number | readonly string[];

export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  /** In memory order, slowest first. */
  readonly axes: readonly { readonly axis: Axis; readonly extent: Extent }[];
  readonly span?: Span;
}

export type OutputRole =
  { readonly kind: "values" } | { readonly kind: "lse"; readonly base: "e" | 2 };

export interface OutputSpec extends TensorSpec {
  readonly role: OutputRole;
}

/**
 * A captured score or mask function. Variables: the element `s` (f32, scores only), coordinates
 * `b h hkv q kv qLen kvLen` (i32), launch scalars by name; loads read the other inputs.
 */
export interface Formula {
  readonly value: Expr;
  readonly span: Span;
  /** The author's source text on one line, for comments; sanitised by whoever prints it. */
  readonly source: string;
}

/** What an author may override, per architecture. Absent: chosen by the plan. */
export interface ScheduleOverride {
  readonly tile?: { readonly q?: number; readonly kv?: number };
  readonly warps?: number;
  readonly stages?: number;
}

export interface Description {
  /** The export in snake_case, with parameters set away from their defaults appended. */
  readonly name: string;
  readonly exportName: string;
  /** Kernel file, relative to the project root, forward slashes. */
  readonly file: string;
  readonly span: Span;
  /** First comment of the kernel file, plain text; used in headers. */
  readonly summary?: string;
  /** Sizes known at launch, in order of first use. */
  readonly dims: readonly string[];
  /** Numbers known at launch. */
  readonly scalars: readonly { readonly name: string; readonly type: ScalarType }[];
  readonly params: readonly { readonly name: string; readonly value: number | string }[];
  /** q, k and v first, then the tensors that score and mask read. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly OutputSpec[];
  /** f32; a constant or a scalar variable. */
  readonly scale: Expr;
  readonly score?: Formula;
  readonly mask?: Formula;
  /** Keys are architecture names (`sm_80`); the key "*" holds for all. */
  readonly schedule: Readonly<Record<string, ScheduleOverride>>;
}

/** An extent's value once sizes are bound. */
export const extentOf = (extent: Extent, sizes: Readonly<Record<string, number>>): number =>
  typeof extent === "number"
    ? extent
    : extent.reduce((product, name) => product * (sizes[name] ?? Number.NaN), 1);
