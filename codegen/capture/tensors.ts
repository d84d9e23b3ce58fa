// Tensors of a kernel, checked: axes, extents, dtypes, and that query heads are whole groups.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { isSize } from "../base/size.ts";
import type { Span } from "../base/span.ts";
import {
  authorsAxes,
  type Axis,
  type DType,
  type Extent,
  type OutputRole,
  type OutputSpec,
  type TensorSpec,
} from "../spec/description.ts";
import { checkName } from "./natives.ts";
import { describeValue, type Field, type ObjectValue, type TensorValue } from "./value.ts";

const isAxis = (name: string): name is Axis => (authorsAxes as readonly string[]).includes(name);

export const showExtent = (extent: Extent): string =>
  typeof extent === "number" ? String(extent) : extent.join(" * ");

const sameExtent = (a: Extent, b: Extent): boolean =>
  typeof a === "number" || typeof b === "number"
    ? a === b
    : a.length === b.length && a.toSorted().join("*") === b.toSorted().join("*");

export interface Located {
  readonly span: Span;
}

export const tensorSpec = (name: string, tensor: TensorValue, span: Span): TensorSpec & Located => {
  const { fields } = tensor.shape;
  if (fields.size === 0)
    fail(codes.badField(span, name, "a tensor without axes", "a tensor with axes, or a scalar"));
  return {
    name,
    dtype: tensor.dtype,
    axes: [...fields].map(([axis, field]) =>
      isAxis(axis)
        ? { axis, extent: extentOf(axis, field) }
        : fail(codes.unknownAxis(field.nameSpan, axis, authorsAxes)),
    ),
    span,
  };
};

export const extentOf = (axis: string, { value, span }: Field): Extent => {
  if (typeof value === "object" && value.kind === "dim") return value.factors;
  if (typeof value === "number" && value >= 1 && isSize(value)) return value;
  return fail(codes.badExtent(span, axis, describeValue(value)));
};

const roleAxes: Readonly<Record<"q" | "k" | "v" | "values" | "lse", readonly Axis[]>> = {
  q: ["b", "q", "h", "d"],
  k: ["b", "kv", "hkv", "d"],
  v: ["b", "kv", "hkv", "d"],
  values: ["b", "q", "h", "d"],
  lse: ["b", "h", "q"],
};

const checkRole = (tensor: TensorSpec & Located, role: keyof typeof roleAxes): void => {
  const wanted = roleAxes[role];
  const found = tensor.axes.map((a) => a.axis);
  const fits = wanted.length === found.length && wanted.every((axis) => found.includes(axis));
  const last = !wanted.includes("d") || found.at(-1) === "d";
  if (!fits || !last)
    fail(codes.wrongAxes(tensor.span, tensor.name, found.join(", "), wanted.join(", ")));
};

const checkDType = (tensor: TensorSpec & Located, wanted: readonly DType[], why = ""): void => {
  if (!wanted.includes(tensor.dtype))
    fail(codes.tensorDType(tensor.span, tensor.name, tensor.dtype, wanted.join(" or ") + why));
};

const isMain = (name: string): name is "q" | "k" | "v" =>
  name === "q" || name === "k" || name === "v";

/** q, k and v first, then the others in the author's order. */
export const inputSpecs = (inputs: ObjectValue): readonly (TensorSpec & Located)[] => {
  const specs = [...inputs.fields].map(([name, field]) => {
    if (!isMain(name)) checkName("an input", name, field.nameSpan);
    const { value, span } = field;
    return typeof value === "object" && value.kind === "tensor"
      ? tensorSpec(name, value, span)
      : fail(codes.badField(span, `inputs.${name}`, describeValue(value), "a tensor"));
  });
  const main = (["q", "k", "v"] as const).map((name) => {
    const spec = specs.find((s) => s.name === name) ?? fail(codes.noInput(inputs.span, name));
    checkDType(spec, ["f16", "bf16"]);
    checkRole(spec, name);
    return spec;
  });
  const [q, ...rest] = main;
  if (q) for (const spec of rest) checkDType(spec, [q.dtype], ", the dtype of q");
  return [...main, ...specs.filter((s) => !isMain(s.name))];
};

export const outputSpecs = (
  outputs: ObjectValue,
  v: TensorSpec,
): readonly (OutputSpec & Located)[] => {
  const specs = [...outputs.fields].map(([name, { value, span, nameSpan }]) => {
    checkName("an output", name, nameSpan);
    if (typeof value !== "object" || value.kind !== "output")
      return fail(
        codes.badField(
          span,
          `outputs.${name}`,
          describeValue(value),
          "out.values(...) or out.logSumExp(...)",
        ),
      );
    const spec = { ...tensorSpec(name, value.tensor, span), role: value.role };
    checkDType(spec, value.role.kind === "values" ? [v.dtype] : ["f32"]);
    checkRole(spec, value.role.kind);
    return spec;
  });
  const count = (kind: OutputRole["kind"]): number =>
    specs.filter((s) => s.role.kind === kind).length;
  if (count("values") !== 1) fail(codes.wrongOutputs(outputs.span, "out.values", count("values")));
  if (count("lse") > 1) fail(codes.wrongOutputs(outputs.span, "out.logSumExp", count("lse")));
  return specs;
};

/** An axis has one extent in all tensors; d has one in those for which `widthOf` says the same. */
export const checkExtents = (
  tensors: readonly (TensorSpec & Located)[],
  widthOf: (tensor: string) => string,
): void => {
  const first = new Map<string, { readonly tensor: string; readonly extent: Extent }>();
  for (const tensor of tensors)
    for (const { axis, extent } of tensor.axes) {
      const key = axis === "d" ? widthOf(tensor.name) : axis;
      const known = first.get(key);
      if (known === undefined) first.set(key, { tensor: tensor.name, extent });
      else if (!sameExtent(known.extent, extent))
        fail(
          codes.extentsDiffer(
            tensor.span,
            axis,
            tensor.name,
            showExtent(extent),
            known.tensor,
            showExtent(known.extent),
          ),
        );
    }
};

export const checkHeads = (inputs: readonly (TensorSpec & Located)[]): void => {
  const [q, k, v] = inputs;
  if (!q || !k || !v) return;
  for (const tensor of [q, v]) {
    const d = extentAt(tensor, "d");
    if (typeof d !== "number" || d % 8 !== 0 || d < 16 || d > 256)
      fail(codes.badHeadDim(tensor.span, tensor.name, showExtent(d)));
  }
  const heads = extentAt(q, "h");
  const kvHeads = extentAt(k, "hkv");
  if (!isMultiple(heads, kvHeads))
    fail(codes.noGroup(q.span, showExtent(heads), showExtent(kvHeads)));
};

export const extentAt = (tensor: TensorSpec, axis: Axis): Extent =>
  tensor.axes.find((a) => a.axis === axis)?.extent ?? 1;

/** Whatever the sizes are at launch: by construction, not by luck. */
export const isMultiple = (heads: Extent, kvHeads: Extent): boolean => {
  if (kvHeads === 1) return true;
  if (typeof heads === "number") return typeof kvHeads === "number" && heads % kvHeads === 0;
  if (typeof kvHeads === "number") return false;
  const left = [...heads];
  return kvHeads.every((factor) => {
    const at = left.indexOf(factor);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
};
