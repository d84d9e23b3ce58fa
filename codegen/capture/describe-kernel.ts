// An evaluated `kernel({ ... })` to a checked description: its tensors, its grid, and its body walked once with
// tiles in the place of numbers.

import { ts } from "ts-morph";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import { type Expr, variable } from "../expr/expr.ts";
import type { BodyStatement } from "../spec/body.ts";
import type { Extent, KernelDescription, TensorSpec } from "../spec/description.ts";
import { BodyBuilder, type CurrentBody } from "./body-builder.ts";
import { BodyWalker } from "./body-statements.ts";
import {
  checkDistinct,
  checkFields,
  dimsOf,
  type FileFacts,
  kernelName,
  objectField,
  scalarsUsed,
} from "./describe.ts";
import type { Evaluator } from "./evaluate.ts";
import { bind } from "./expressions.ts";
import { object, view } from "./formulas.ts";
import { checkName } from "./natives.ts";
import { scheduleOf } from "./overrides.ts";
import { Scope } from "./scope.ts";
import {
  checkExtents,
  extentAt,
  extentOf,
  isMultiple,
  type Located,
  showExtent,
  tensorSpec,
} from "./tensors.ts";
import {
  describeValue,
  type KernelValue,
  type ObjectValue,
  symbolic,
  type Value,
} from "./value.ts";

const fieldNames = ["inputs", "outputs", "grid", "body", "schedule"] as const;

export const describeKernel = (
  exportName: string,
  span: Span,
  { fields }: KernelValue,
  facts: FileFacts,
  evaluator: Evaluator,
  bodies: CurrentBody,
): KernelDescription => {
  checkFields(fields, "kernel", fieldNames);
  const inputs = tensorsOf(objectField(fields, "inputs"), "an input");
  const outputs = tensorsOf(objectField(fields, "outputs"), "an output");
  outputs.forEach(checkStored);
  const grid = gridOf(objectField(fields, "grid"));
  const kvHeads = inputs.find((t) => t.axes.some((a) => a.axis === "hkv"));
  const heads = grid.points.find((p) => p.axis === "h");
  const grouped = kvHeads && heads ? extentAt(kvHeads, "hkv") : undefined;
  if (grouped !== undefined && heads && !isMultiple(heads.extent, grouped))
    fail(codes.noGroup(grid.span, showExtent(heads.extent), showExtent(grouped)));
  const points = [...grid.points.map((p) => p.axis), ...(grouped === undefined ? [] : ["hkv"])];
  const body = new BodyBuilder(points);
  walk(fields, inputs, outputs, body, evaluator, bodies);
  const walked = body.columns.map(walkedTensor);
  checkExtents([...inputs, ...outputs, gridTensor(grid), ...walked], (name) => `d of ${name}`);
  const columns = body.columns[0]?.extent;
  const statements = body.finished();
  const name = kernelName(exportName, facts.declared, span);
  const scalars = scalarsUsed(facts, expressionsOf(statements));
  const dims = dimsOf([...inputs, ...outputs]);
  checkDistinct(name, span, dims, scalars, [...inputs, ...outputs]);
  return {
    kind: "kernel",
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
    schedule: scheduleOf(fields.fields.get("schedule")),
    grid: { points: grid.points, rows: grid.rows },
    ...(columns !== undefined && { columns }),
    ...(grouped !== undefined && { kvHeads: grouped }),
    body: statements,
    names: body.names,
  };
};

const tensorsOf = (
  { fields }: ObjectValue,
  what: "an input" | "an output",
): readonly (TensorSpec & Located)[] =>
  [...fields].map(([name, { value, span, nameSpan }]) => {
    checkName(what, name, nameSpan);
    return typeof value === "object" && value.kind === "tensor"
      ? tensorSpec(name, value, span)
      : fail(codes.badField(span, name, describeValue(value), "a tensor"));
  });

/** Tiles leave through 16-bit pieces; numbers of rows as they are. */
const checkStored = ({ name, dtype, axes, span }: TensorSpec & Located): void => {
  const isTile = axes.some((a) => a.axis === "d");
  const fits = isTile ? dtype === "f16" || dtype === "bf16" : dtype === "f32";
  if (!fits)
    fail(codes.tensorDType(span, name, dtype, isTile ? "f16 or bf16" : "f32, since it has no d"));
  const wrong = axes.some((a) => a.axis === "kv" || a.axis === "hkv");
  const last = !isTile || axes.at(-1)?.axis === "d";
  if (wrong || !last || !axes.some((a) => a.axis === "q"))
    fail(codes.wrongAxes(span, name, axes.map((a) => a.axis).join(", "), "q, and of b, h and d"));
};

interface Grid extends Located {
  readonly points: KernelDescription["grid"]["points"];
  readonly rows: Extent;
}

const gridOf = ({ fields, span }: ObjectValue): Grid => {
  const rows = fields.get("q");
  if (typeof rows?.value !== "object" || rows.value.kind !== "rows")
    return fail(
      codes.badField(rows?.span ?? span, "grid.q", describeValue(rows?.value), "tile.rows(...)"),
    );
  const extra = [...fields].find(([name]) => !["b", "h", "q"].includes(name));
  if (extra) fail(codes.unknownField(extra[1].nameSpan, "grid", extra[0], ["b", "h", "q"]));
  const points = (["b", "h"] as const).flatMap((axis) => {
    const field = fields.get(axis);
    return field ? [{ axis, extent: extentOf(axis, field) }] : [];
  });
  if (points.length === 0) fail(codes.badField(span, "grid", "rows alone", "b or h, and q"));
  const { value } = rows;
  return { points, rows: extentOf("q", { ...rows, value: value.extent }), span };
};

/** The grid and the loops as tensors, whose axes must have the extents of all others. */
const gridTensor = ({ points, rows, span }: Grid): TensorSpec & Located => ({
  name: "the grid",
  dtype: "i32",
  axes: [...points, { axis: "q", extent: rows }],
  span,
});
const walkedTensor = (keys: {
  readonly extent: Extent;
  readonly span: Span;
}): TensorSpec & Located => ({
  name: "tile.columns",
  dtype: "i32",
  axes: [{ axis: "kv", extent: keys.extent }],
  span: keys.span,
});

const walk = (
  fields: ObjectValue,
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
  builder: BodyBuilder,
  evaluator: Evaluator,
  bodies: CurrentBody,
): void => {
  const field = fields.fields.get("body");
  const value = field?.value;
  if (
    typeof value !== "object" ||
    value.kind !== "closure" ||
    !value.node.body ||
    !ts.isBlock(value.node.body)
  )
    return fail(
      codes.badField(
        field?.span ?? fields.span,
        "body",
        describeValue(value),
        "body(tensors, place) { ... }",
      ),
    );
  const { node } = value;
  const span = field?.span ?? fields.span;
  const place: readonly (readonly [string, Value])[] = builder.points.map((name) => [
    name,
    symbolic(variable("i32", name, span)),
  ]);
  const args: readonly Value[] = [
    object(
      [
        ...inputs.map((t): [string, Value] => [
          t.name,
          { kind: "view", tensor: t, read: view(t, evaluator) },
        ]),
        ...outputs.map((t): [string, Value] => [t.name, { kind: "view", tensor: t }]),
      ],
      span,
    ),
    object([...place, ["q", { kind: "rows", extent: undefined, span }]], span),
  ];
  const scope = new Scope(value.scope);
  bodies.current = builder;
  try {
    node.parameters.forEach((p, i) => bind(p.name, args[i], scope, evaluator));
    new BodyWalker(builder, evaluator).block(value.node.body.statements, scope);
  } finally {
    bodies.current = undefined;
  }
};

const expressionsOf = (body: readonly BodyStatement[]): readonly Expr[] =>
  body.flatMap((s): readonly Expr[] => {
    switch (s.kind) {
      case "map":
        return [s.value];
      case "columns":
        return [...(s.mask ? [s.mask.value] : []), ...expressionsOf(s.body)];
      case "load":
        return s.from.index.filter((i) => typeof i === "object");
      case "store":
        return s.to.index.filter((i) => typeof i === "object");
      default:
        return [];
    }
  });
