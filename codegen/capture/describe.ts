// An evaluated `attention({ ... })` to a checked Description. TypeScript has checked most of this already;
// but types can be cast away, and sizes and parameters are known only now.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import { identifierProblem, snakeCase } from "../base/text.ts";
import { type Expr, variables } from "../expr/expr.ts";
import type { AttentionDescription, TensorSpec } from "../spec/description.ts";
import type { Evaluator } from "./evaluate.ts";
import { maskOf, scaleOf, scoreOf, sinkOf } from "./formulas.ts";
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

const fieldNames = ["inputs", "outputs", "scale", "score", "mask", "sink", "schedule"] as const;

export const describe = (
  exportName: string,
  span: Span,
  { fields }: AttentionValue,
  facts: FileFacts,
  evaluator: Evaluator,
): AttentionDescription => {
  checkFields(fields, "attention", fieldNames);
  const inputs = inputSpecs(objectField(fields, "inputs"));
  const outputs = outputSpecs(
    objectField(fields, "outputs"),
    inputs[2] ?? fail(codes.noInput(span, "v")),
  );
  const tensors = inputs.slice(3);
  checkExtents([...inputs, ...outputs], (name) =>
    name === "q" || name === "k"
      ? "d of q"
      : tensors.some((t) => t.name === name)
        ? `d of ${name}`
        : "d of v",
  );
  checkHeads(inputs);
  const scale = scaleOf(fields.fields.get("scale"), headDim(inputs));
  const score = scoreOf(fields.fields.get("score"), tensors, evaluator);
  const mask = maskOf(fields.fields.get("mask"), tensors, evaluator);
  const sink = sinkOf(fields.fields.get("sink"), tensors, evaluator);
  const scalars = scalarsUsed(
    facts,
    [scale, score?.value, mask?.value, sink?.value].filter((e) => e !== undefined),
  );
  const name = kernelName(exportName, facts.declared, span);
  const dims = dimsOf([...inputs, ...outputs]);
  checkDistinct(name, span, dims, scalars, [...inputs, ...outputs]);
  return {
    kind: "attention",
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
    ...(sink && { sink }),
    schedule: scheduleOf(fields.fields.get("schedule")),
  };
};

export const checkFields = (
  { fields }: ObjectValue,
  of: string,
  known: readonly string[],
): void => {
  for (const [name, field] of fields)
    if (!known.includes(name)) fail(codes.unknownField(field.nameSpan, of, name, known));
};

/** Those of the file's scalars that some expression reads. */
export const scalarsUsed = (
  { declared }: FileFacts,
  expressions: readonly Expr[],
): readonly { readonly name: string; readonly type: "f32" | "i32"; readonly span: Span }[] => {
  const used = new Set(expressions.flatMap((e) => [...variables(e)]));
  return [...declared.scalars]
    .filter(([name]) => used.has(name))
    .map(([name, { type, span }]) => ({ name, type, span }));
};

export const objectField = ({ fields, span }: ObjectValue, name: string): ObjectValue => {
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
export const dimsOf = (tensors: readonly TensorSpec[]): readonly string[] => [
  ...new Set(
    tensors.flatMap((t) => t.axes.flatMap((a) => (typeof a.extent === "number" ? [] : a.extent))),
  ),
];

/** The export in snake_case, then each parameter that is set away from its default: `dense_d64`. */
export const kernelName = (exportName: string, { params }: Declared, span: Span): string => {
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
export const checkDistinct = (
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
