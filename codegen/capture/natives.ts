// What tilewright/dsl means to the compiler. Masks, scores and most of math are read as source; this file
// stands in for the constructors, which know about launches and the command line.

import { basename } from "node:path";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import { identifierProblem } from "../base/text.ts";
import { variable } from "../expr/expr.ts";
import type { DType } from "../spec/description.ts";
import { coordinates as ofTiles } from "../spec/names.ts";
import type { CurrentBody } from "./body-builder.ts";
import type { Evaluator } from "./evaluate.ts";
import { dslMath } from "./math.ts";
import { tileNatives } from "./tile.ts";
import {
  type Argument,
  describeValue,
  type Field,
  type Native,
  symbolic,
  type TensorTypeValue,
  type Value,
} from "./value.ts";

/** What a file has declared so far; what `--set` gives it. */
export interface Declared {
  readonly set: Readonly<Record<string, string>>;
  readonly scalars: Map<string, { readonly type: "f32" | "i32"; readonly span: Span }>;
  readonly params: Map<string, { readonly value: number | DType; readonly isDefault: boolean }>;
}

const dtypes: readonly DType[] = ["f16", "bf16", "f32", "i32"];
const dtype = (name: DType): TensorTypeValue => ({ kind: "dtype", dtype: name });

/** Coordinates and names of the generated program, which nothing of the author's may take. */
const coordinates: ReadonlySet<string> = new Set("s b h hkv q kv qLen kvLen".split(" "));
/** Fields and arguments that every launch has. */
const launchNames: ReadonlySet<string> = new Set(
  "size workspace workspace_bytes stream out".split(" "),
);

/** Refuses a name that the author gives to something that appears in generated code. */
export const checkName = (what: string, name: string, span: Span): void => {
  const problem = identifierProblem(name);
  if (problem !== undefined) fail(codes.unusableName(span, what, name, problem));
  if (coordinates.has(name) && !(what === "an input" && name === "q"))
    fail(codes.nameTaken(span, what, name, "a coordinate of scores and masks"));
  if ((ofTiles as readonly string[]).includes(name))
    fail(codes.nameTaken(span, what, name, "a coordinate of tile programs"));
  if (launchNames.has(name)) fail(codes.nameTaken(span, what, name, "an argument of every launch"));
};

export const natives = (
  c: Evaluator,
  declared: Declared,
  bodies: CurrentBody,
): ReadonlyMap<string, ReadonlyMap<string, Value>> =>
  new Map<string, ReadonlyMap<string, Value>>([
    ["attention.ts", new Map([["attention", native("attention", specOf("attention"))]])],
    ["kernel.ts", new Map([["kernel", native("kernel", specOf("kernel"))]])],
    ["tile.ts", tileNatives(c, bodies)],
    ["dims.ts", new Map([["dims", native("dims", dims)]])],
    [
      "launch.ts",
      new Map([
        ["param", native("param", param(declared))],
        ["scalar", native("scalar", scalar(declared))],
      ]),
    ],
    ["tensor.ts", new Map(dtypes.map((name) => [name, dtype(name)]))],
    [
      "out.ts",
      new Map([
        ["values", native("out.values", values)],
        ["logSumExp", native("out.logSumExp", logSumExp)],
      ]),
    ],
    ["math.ts", dslMath(c)],
  ]);

export const nativesOf = (
  all: ReadonlyMap<string, ReadonlyMap<string, Value>>,
  path: string,
): ReadonlyMap<string, Value> => all.get(basename(path)) ?? new Map();

const native = (name: string, call: Native["call"]): Native => ({ kind: "native", name, call });

const text = (argument: Argument | undefined, of: string, span: Span): string =>
  typeof argument?.value === "string"
    ? argument.value
    : fail(
        codes.wrongArguments(
          argument?.span ?? span,
          of,
          describeValue(argument?.value),
          "a name in quotes",
        ),
      );

const specOf =
  (kind: "attention" | "kernel"): Native["call"] =>
  ([spec], span) =>
    typeof spec?.value === "object" && spec.value.kind === "object"
      ? { kind, fields: spec.value, span }
      : fail(codes.wrongArguments(span, kind, describeValue(spec?.value), "one object"));

const dims: Native["call"] = (args, span) => {
  const fields = new Map<string, Field>();
  for (const argument of args) {
    const name = text(argument, "dims", span);
    checkName("a size", name, argument.span);
    if (fields.has(name)) fail(codes.declaredAgain(argument.span, "size", name));
    const value: Value = { kind: "dim", factors: [name] };
    fields.set(name, { value, nameSpan: argument.span, span: argument.span, source: name });
  }
  return { kind: "object", fields, span };
};

const scalar =
  ({ scalars }: Declared): Native["call"] =>
  ([first, type], span) => {
    const name = text(first, "scalar", span);
    checkName("a scalar", name, first?.span ?? span);
    if (scalars.has(name)) fail(codes.declaredAgain(span, "scalar", name));
    const of =
      typeof type?.value === "object" && type.value.kind === "dtype" ? type.value.dtype : "";
    if (of !== "f32" && of !== "i32")
      return fail(codes.wrongArguments(span, "scalar", describeValue(type?.value), "f32 or i32"));
    scalars.set(name, { type: of, span });
    return symbolic(variable(of, name, span));
  };

const param =
  ({ params, set }: Declared): Native["call"] =>
  ([first, fallback], span) => {
    const name = text(first, "param", span);
    const problem = identifierProblem(name);
    if (problem !== undefined) fail(codes.unusableName(first?.span, "a parameter", name, problem));
    if (params.has(name)) fail(codes.declaredAgain(span, "parameter", name));
    const given = Object.hasOwn(set, name) ? set[name] : undefined;
    const value = fallback?.value;
    if (typeof value === "number") {
      const chosen = given === undefined ? value : parseNumber(name, given, span);
      params.set(name, { value: chosen, isDefault: chosen === value });
      return chosen;
    }
    if (typeof value === "object" && value.kind === "dtype") {
      const chosen = given === undefined ? value.dtype : parseHalf(name, given, span);
      params.set(name, { value: chosen, isDefault: chosen === value.dtype });
      return dtype(chosen);
    }
    return fail(codes.wrongArguments(span, "param", describeValue(value), "a number or a dtype"));
  };

const parseNumber = (name: string, given: string, span: Span): number => {
  const isNumber =
    /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(given) && Number.isFinite(Number(given));
  return isNumber ? Number(given) : fail(codes.badParam(span, name, given, "a number"));
};

const parseHalf = (name: string, given: string, span: Span): DType =>
  given === "f16" || given === "bf16"
    ? given
    : fail(codes.badParam(span, name, given, "f16 or bf16"));

const values: Native["call"] = ([tensor], span) => {
  if (typeof tensor?.value !== "object" || tensor.value.kind !== "tensor")
    return fail(codes.wrongArguments(span, "out.values", describeValue(tensor?.value), "a tensor"));
  return { kind: "output", role: { kind: "values" }, tensor: tensor.value, span };
};

const logSumExp: Native["call"] = ([tensor, options], span) => {
  if (typeof tensor?.value !== "object" || tensor.value.kind !== "tensor")
    return fail(
      codes.wrongArguments(span, "out.logSumExp", describeValue(tensor?.value), "a tensor"),
    );
  const base =
    typeof options?.value === "object" && options.value.kind === "object"
      ? options.value.fields.get("base")?.value
      : undefined;
  if (options !== undefined && base !== 2)
    return fail(codes.wrongArguments(span, "out.logSumExp", "other options", "{ base: 2 }"));
  return {
    kind: "output",
    role: { kind: "lse", base: base === 2 ? 2 : "e" },
    tensor: tensor.value,
    span,
  };
};
