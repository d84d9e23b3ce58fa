// The C struct that a launch takes: which fields, in which order, at which offsets. The same on every
// architecture; the launcher prints it and the manifest describes it. Knows nothing of kernels.

import { unreachable } from "../base/diagnostic.ts";
import type { ScalarType } from "../expr/expr.ts";
import type { Program, TensorDecl } from "../tile/program.ts";
import { Identifiers, pascal } from "./names.ts";

export type FieldRole =
  | { readonly kind: "size" | "workspace" | "workspace_bytes" }
  | { readonly kind: "dim"; readonly dim: string }
  | { readonly kind: "pointer"; readonly tensor: string; readonly output: boolean }
  | { readonly kind: "stride"; readonly tensor: string; readonly axis: string }
  | { readonly kind: "scalar"; readonly scalar: string };

export interface Field {
  readonly name: string;
  readonly type: "uint64_t" | "int64_t" | "float" | "int32_t" | "const void*" | "void*";
  /** Bytes from the start of the struct. */
  readonly offset: number;
  readonly role: FieldRole;
}

export interface Arguments {
  readonly struct: string;
  readonly fields: readonly Field[];
  readonly bytes: number;
}

const bytesOf = (type: Field["type"]): number => (type === "float" || type === "int32_t" ? 4 : 8);
const align = (offset: number, to: number): number => Math.ceil(offset / to) * to;

const scalarField = (type: ScalarType): Field["type"] =>
  (({ f32: "float", i32: "int32_t", bool: "int32_t", i64: "int64_t" }) as const)[type];

/** Strides of every axis but the last, whose elements are neighbours. */
export const strideName = (tensor: string, axis: string): string => `${tensor}_stride_${axis}`;
export const stridedAxes = (t: TensorDecl): TensorDecl["axes"] => t.axes.slice(0, -1);

export const argumentsOf = (program: Program): Arguments => {
  const names = new Identifiers("members");
  const fields: Field[] = [];
  let end = 0;
  const add = (name: string, type: Field["type"], role: FieldRole): void => {
    const offset = align(end, bytesOf(type));
    fields.push({ name: names.fresh(name), type, offset, role });
    end = offset + bytesOf(type);
  };
  const tensor = (t: TensorDecl, output: boolean): void => {
    add(t.name, output ? "void*" : "const void*", { kind: "pointer", tensor: t.name, output });
    for (const { axis } of stridedAxes(t))
      add(strideName(t.name, axis), "int64_t", { kind: "stride", tensor: t.name, axis });
  };
  add("size", "uint64_t", { kind: "size" });
  for (const dim of program.dims) add(dim, "int64_t", { kind: "dim", dim });
  for (const t of program.inputs) tensor(t, false);
  for (const t of program.outputs) tensor(t, true);
  for (const s of program.scalars)
    add(s.name, scalarField(s.type), { kind: "scalar", scalar: s.name });
  add("workspace", "void*", { kind: "workspace" });
  add("workspace_bytes", "uint64_t", { kind: "workspace_bytes" });
  return { struct: `${pascal(program.name)}Args`, fields, bytes: end };
};

/** The field that plays a role; there is one of each. */
export const fieldOf = (a: Arguments, matches: (role: FieldRole) => boolean): Field =>
  a.fields.find((f) => matches(f.role)) ?? unreachable(`a field of ${a.struct}`);
