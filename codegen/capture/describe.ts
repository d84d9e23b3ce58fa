// An evaluated `attention({ ... })` to a checked Description. TypeScript has checked most of this already;
// but types can be cast away, and sizes and parameters are known only now.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import { identifierProblem, snakeCase } from "../base/text.ts";
import { variables } from "../expr/expr.ts";
import type { Description, TensorSpec } from "../spec/description.ts";
import type { Evaluator } from "./evaluate.ts";
import { maskOf, scaleOf, scoreOf } from "./formulas.ts";
import type { Declared } from "./natives.ts";
import { scheduleOf } from "./overrides.ts";
import { checkExtents, checkHeads, inputSpecs, outputSpecs } from "./tensors.ts";
import { type AttentionValue, describeValue, type ObjectValue } from "./value.ts";

/** What all kernels of a file share. */
export interface FileFacts {
  readonly file: string;
  readonly summary?: string;
  readonly declared: Declared;
}

const fieldNames = ["inputs", "outputs", "scale", "score", "mask", "schedule"] as const;

export const describe = (
  exportName: string,
  span: Span,
  { fields }: AttentionValue,
  facts: FileFacts,
  evaluator: Evaluator,
): Description => {
  for (const [name, field] of fields.fields)
    if (!(fieldNames as readonly string[]).includes(name))
      fail(codes.unknownField(field.nameSpan, "attention", name, fieldNames));
  const inputs = inputSpecs(objectField(fields, "inputs"));
  const outputs = outputSpecs(
    objectField(fields, "outputs"),
    inputs[2] ?? fail(codes.noInput(span, "v")),
  );
  checkExtents(inputs, outputs);
  checkHeads(inputs);
  const tensors = inputs.slice(3);
  const scale = scaleOf(fields.fields.get("scale"), headDim(inputs));
  const score = scoreOf(fields.fields.get("score"), tensors, evaluator);
  const mask = maskOf(fields.fields.get("mask"), tensors, evaluator);
  const used = new Set(
    [scale, score?.value, mask?.value].flatMap((e) => (e ? [...variables(e)] : [])),
  );
  const scalars = [...facts.declared.scalars]
    .filter(([name]) => used.has(name))
    .map(([name, { type, span: at }]) => ({ name, type, span: at }));
  const name = kernelName(exportName, facts.declared, span);
  const dims = dimsOf([...inputs, ...outputs]);
  checkDistinct(name, span, dims, scalars, [...inputs, ...outputs]);
  return {
    name,
    exportName,
    file: facts.file,
    span,
    ...(facts.summary !== undefined && { summary: facts.summary }),
    dims,
    scalars: scalars.map((s) => ({ name: s.name, type: s.type })),
    params: [...facts.declared.params].map(([param, { value }]) => ({ name: param, value })),
    inputs,
    outputs,
    scale,
    ...(score && { score }),
    ...(mask && { mask }),
    schedule: scheduleOf(fields.fields.get("schedule")),
  };
};

const objectField = ({ fields, span }: ObjectValue, name: string): ObjectValue => {
  const field = fields.get(name);
  const value = field?.value;
  return typeof value === "object" && value.kind === "object"
    ? value
    : fail(codes.badField(field?.span ?? span, name, describeValue(value), "an object of tensors"));
};

const headDim = ([q]: readonly TensorSpec[]): number => {
  const d = q?.axes.find((a) => a.axis === "d")?.extent;
  return typeof d === "number" ? d : Number.NaN;
};

/** In order of first use. */
const dimsOf = (tensors: readonly TensorSpec[]): readonly string[] => [
  ...new Set(
    tensors.flatMap((t) => t.axes.flatMap((a) => (typeof a.extent === "number" ? [] : a.extent))),
  ),
];

/** The export in snake_case, then each parameter that is set away from its default: `dense_d64`. */
const kernelName = (exportName: string, { params }: Declared, span: Span): string => {
  const suffixes = [...params]
    .filter(([, { isDefault }]) => !isDefault)
    .map(([param, { value }]) => `_${snakeCase(param)}${valueSuffix(value)}`);
  const name = snakeCase(exportName) + suffixes.join("");
  const problem = identifierProblem(exportName) ?? identifierProblem(name);
  return problem === undefined ? name : fail(codes.unusableName(span, "a kernel", name, problem));
};

const valueSuffix = (value: number | string): string =>
  typeof value === "string"
    ? `_${value}`
    : String(value).replace("-", "m").replace(".", "p").replace(/\+/, "");

/** One name, one thing. Names of tensors and scalars differ by more than case. */
const checkDistinct = (
  kernel: string,
  span: Span,
  dims: readonly string[],
  scalars: readonly { readonly name: string; readonly span: Span }[],
  tensors: readonly TensorSpec[],
): void => {
  const taken = new Map<string, string>([
    [kernel, "the kernel"],
    ...dims.map((dim) => [dim, "a size"] as const),
  ]);
  for (const { name, span: at, what } of [
    ...scalars.map((s) => ({ ...s, what: "a scalar" })),
    ...tensors.map((t) => ({ name: t.name, span: t.span ?? span, what: "a tensor" })),
  ]) {
    const other = taken.get(name) ?? taken.get(name.toLowerCase());
    if (other !== undefined) fail(codes.nameTaken(at, what, name, other));
    taken.set(name, what).set(name.toLowerCase(), what);
  }
};
