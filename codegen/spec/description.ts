// L0': what a kernel file asks for, checked and with roles resolved. Capture builds it, lowering
// reads it. It holds no TypeScript nodes and no schedule decisions.

import type { Span } from "../base/span.ts";
import type { Expr, ScalarType } from "../expr/expr.ts";
import type { BodyStatement } from "./body.ts";
import type { DType, Formula } from "./formula.ts";

export type { DType, Formula };

/** What an author's axis may range over. */
export const authorsAxes = [
  ...(["b", "q", "kv", "h", "hkv", "d"] as const),
  ...(["page", "slot", "rank", "seq", "distance", "word"] as const),
] as const;
/** Those of tensors, and the parts of keys, which programs add. */
export const axes = [...authorsAxes, "split"] as const;
export type Axis = (typeof axes)[number];

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

/** What an author may override, per architecture. Absent: chosen by the plan. */
export interface ScheduleOverride {
  readonly tile?: { readonly q?: number; readonly kv?: number };
  readonly warps?: number;
  readonly stages?: number;
  /** Parts that the keys of a row tile are shared out to. */
  readonly splitKv?: number | "auto";
}

export type Description = AttentionDescription | KernelDescription;

/** What every kernel has. */
interface Described {
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
  readonly inputs: readonly TensorSpec[];
  /** Without a role: what the body stores. */
  readonly outputs: readonly (TensorSpec & { readonly role?: OutputRole })[];
  /** Keys are architecture names (`sm_80`); the key "*" holds for all. */
  readonly schedule: Readonly<Record<string, ScheduleOverride>>;
}

/** `attention({ ... })`. */
export interface AttentionDescription extends Described {
  readonly kind: "attention";
  /** q, k and v first, then the tensors that score, mask and sink read. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly OutputSpec[];
  /** f32; a constant or a scalar variable. */
  readonly scale: Expr;
  readonly score?: Formula;
  readonly mask?: Formula;
  /** f32: a logit of each row that joins the softmax's denominator and has no value. */
  readonly sink?: Formula;
}

/** `kernel({ ... })`. */
export interface KernelDescription extends Described {
  readonly kind: "kernel";
  /** One instance of the body for each of the points, outermost first, and for each tile of rows along `q`. */
  readonly grid: {
    readonly points: readonly { readonly axis: "b" | "h"; readonly extent: Extent }[];
    readonly rows: Extent;
  };
  /** Keys that each loop walks; absent: no loop does. */
  readonly columns?: Extent;
  /** Key and value heads, for `hkv` = h / (query heads / these); absent: the body has no hkv. */
  readonly kvHeads?: Extent;
  readonly body: readonly BodyStatement[];
  /** What the author calls tiles first, by id. */
  readonly names: ReadonlyMap<string, string>;
}

/** An extent's value once sizes are bound. */
export const extentOf = (extent: Extent, sizes: Readonly<Record<string, number>>): number =>
  typeof extent === "number"
    ? extent
    : extent.reduce((product, name) => product * (sizes[name] ?? Number.NaN), 1);
