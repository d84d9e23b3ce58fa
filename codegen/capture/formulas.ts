// Scale, score, mask and sink as expressions: the author's functions applied to coordinates.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import { commentText } from "../base/text.ts";
import { convert, type Expr, f32, i32, load, variable } from "../expr/expr.ts";
import type { Formula, TensorSpec } from "../spec/description.ts";
import { toExpr, toF32, toNumber } from "./convert.ts";
import type { Evaluator } from "./evaluate.ts";
import {
  type Argument,
  describeValue,
  type Field,
  type Native,
  type ObjectValue,
  symbolic,
  type Value,
} from "./value.ts";

const rowCoordinates = ["b", "h", "hkv", "q", "qLen", "kvLen"] as const;
const coordinates = ["b", "h", "hkv", "q", "kv", "qLen", "kvLen"] as const;

export const scaleOf = (field: Field | undefined, headDim: number): Expr => {
  if (field?.value === undefined) return f32(1 / Math.sqrt(headDim));
  const { value, span } = field;
  if (typeof value !== "number" && !(typeof value === "object" && value.kind === "symbolic"))
    return fail(codes.badField(span, "scale", describeValue(value), "a number or a scalar"));
  return toF32(value, span, "scale");
};

/** f32, from `(s, at, tensors)`. */
export const scoreOf = (
  field: Field | undefined,
  tensors: readonly TensorSpec[],
  evaluator: Evaluator,
): Formula | undefined => {
  if (field?.value === undefined) return undefined;
  const s: Argument = { value: symbolic(variable("f32", "s", field.span)), span: field.span };
  return formula(
    float("score", field, result("score", field, [s], coordinates, tensors, evaluator)),
    field,
  );
};

/** f32, from `(at, tensors)`, where `at` has no key. */
export const sinkOf = (
  field: Field | undefined,
  tensors: readonly TensorSpec[],
  evaluator: Evaluator,
): Formula | undefined => {
  if (field?.value === undefined) return undefined;
  return formula(
    float("sink", field, result("sink", field, [], rowCoordinates, tensors, evaluator)),
    field,
  );
};

const float = (what: string, field: Field, value: Expr): Expr =>
  value.type === "bool"
    ? fail(codes.wrongResult(field.span, what, "a truth value", "a number"))
    : convert("f32", value);

/** bool, from `(at, tensors)`; a mask that is always true is none. */
export const maskOf = (
  field: Field | undefined,
  tensors: readonly TensorSpec[],
  evaluator: Evaluator,
): Formula | undefined => {
  if (field?.value === undefined) return undefined;
  const value = result("mask", field, [], coordinates, tensors, evaluator);
  if (value.type !== "bool")
    return fail(codes.wrongResult(field.span, "mask", "a number", "a truth value"));
  return value.kind === "const" && value.value === 1 ? undefined : formula(value, field);
};

const maxSource = 200;

const formula = (value: Expr, field: Field): Formula => {
  const source = commentText(field.source.replace(/\s+/g, " "));
  return {
    value,
    span: field.span,
    source: source.length > maxSource ? commentText(`${source.slice(0, maxSource)}...`) : source,
  };
};

const result = (
  what: string,
  field: Field,
  first: readonly Argument[],
  coordinateNames: readonly string[],
  tensors: readonly TensorSpec[],
  evaluator: Evaluator,
): Expr => {
  const { value, span } = field;
  if (typeof value !== "object" || (value.kind !== "closure" && value.kind !== "native"))
    return fail(codes.badField(span, what, describeValue(value), "a function"));
  const at = object(
    coordinateNames.map((name) => [name, symbolic(variable("i32", name, span))]),
    span,
  );
  const views = object(
    tensors.map((tensor) => [tensor.name, view(tensor, evaluator)]),
    span,
  );
  const args = [...first, { value: at, span }, { value: views, span }];
  const returned = evaluator.callField(value, args, span);
  const isScalar =
    typeof returned !== "object" || returned.kind === "symbolic" || returned.kind === "quotient";
  if (!isScalar || returned === undefined || typeof returned === "string")
    return fail(codes.wrongResult(span, what, describeValue(returned), "a number or truth value"));
  return toExpr(returned, span, what);
};

export const object = (
  entries: readonly (readonly [string, Value])[],
  span: Span,
): ObjectValue => ({
  kind: "object",
  fields: new Map(
    entries.map(([name, value]) => [name, { value, nameSpan: span, span, source: name }]),
  ),
  span,
});

/** `bias({ h, q })`: one element, its indices in any order but of exactly the tensor's axes. */
export const view = (tensor: TensorSpec, evaluator: Evaluator): Native => ({
  kind: "native",
  name: tensor.name,
  call: ([index], span) => {
    const names = tensor.axes.map((a) => a.axis);
    const wanted = `give one index for each of its axes: ${tensor.name}({ ${names.join(", ")} })`;
    if (typeof index?.value !== "object" || index.value.kind !== "object")
      return fail(codes.wrongIndex(span, tensor.name, describeValue(index?.value), wanted));
    const { fields } = index.value;
    const extra = [...fields.keys()].filter((name) => !(names as readonly string[]).includes(name));
    if (extra.length > 0 || fields.size !== names.length)
      return fail(
        codes.wrongIndex(span, tensor.name, `{${[...fields.keys()].join(", ")}}`, wanted),
      );
    const type = tensor.dtype === "i32" ? "i32" : "f32";
    return evaluator.symbolic(
      load(
        type,
        tensor.name,
        tensor.axes.map(({ axis }) => ({ axis, value: indexOf(tensor.name, fields.get(axis)) })),
        span,
      ),
    );
  },
});

const indexOf = (tensor: string, field: Field | undefined): Expr => {
  if (!field) return i32(0);
  const expr = toNumber(field.value, field.span, `an index of ${tensor}`);
  if (expr.type === "i32") return expr;
  const remedy =
    "indices are whole numbers: use math.int(x) for an index that was computed as a float";
  return fail(codes.wrongIndex(field.span, tensor, "a float", remedy));
};
