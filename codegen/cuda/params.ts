// The struct that a kernel takes: tensors with their strides, sizes, scalars, and what the launcher has
// computed from them. Says what each member is called and how the struct is printed.

import { unreachable } from "../base/diagnostic.ts";
import { printExpr } from "../expr/print.ts";
import type { DType } from "../spec/description.ts";
import type { Kernel, Program, TensorDecl } from "../tile/program.ts";
import { strideName, stridedAxes } from "./abi.ts";
import { type Boxes, boxesOf } from "./boxes.ts";
import { scalarType } from "./expression.ts";
import { Identifiers } from "./names.ts";
import { comment } from "./text.ts";

export interface TensorMembers {
  readonly decl: TensorDecl;
  readonly pointer: string;
  readonly strides: readonly string[];
  readonly output: boolean;
}

export interface Parameters {
  /** Dims, scalars and host values by their names in the program. */
  readonly values: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, TensorMembers>;
  /** What describes the boxes that bulk copies read, by tensor. */
  readonly boxes: ReadonlyMap<string, BoxMember>;
}

export interface BoxMember {
  readonly member: string;
  readonly boxes: Boxes;
}

export const elementType = (dtype: DType): string =>
  ({ f16: "f16", bf16: "bf16", f32: "float", i32: "int" })[dtype];

export const tensorsOf = (program: Program): readonly TensorDecl[] => [
  ...program.inputs,
  ...program.outputs,
  ...program.workspace,
];

/** What the launcher computes for a kernel. */
export const hostOf = (program: Program, kernel: Kernel): Kernel["host"] => [
  ...program.host,
  ...kernel.host,
];

export const parametersOf = (program: Program, kernel: Kernel): Parameters => {
  const names = new Identifiers("members");
  const tensors = tensorsOf(program).map((decl) => ({ decl, pointer: names.fresh(decl.name) }));
  const values = [
    ...program.dims,
    ...program.scalars.map((s) => s.name),
    ...hostOf(program, kernel).map((h) => h.name),
  ];
  return {
    values: new Map(values.map((name) => [name, names.fresh(name)])),
    tensors: new Map(
      tensors.map(({ decl, pointer }) => [
        decl.name,
        {
          decl,
          pointer,
          strides: stridedAxes(decl).map((a) => names.fresh(strideName(decl.name, a.axis))),
          output: !program.inputs.includes(decl),
        },
      ]),
    ),
    boxes: new Map(
      boxesOf(program, kernel).map((boxes) => [
        boxes.tensor.name,
        { member: names.fresh(`${boxes.tensor.name}_boxes`), boxes },
      ]),
    ),
  };
};

/** The axes of a tensor with their extents, slowest first: [b = B, q = Sq, h = G * Hkv, d = 128]. */
export const shapeText = (t: TensorDecl): string =>
  `[${t.axes.map((a) => `${a.axis} = ${printExpr(a.extent)}`).join(", ")}]`;

export const valueOf = (parameters: Parameters, name: string): string =>
  parameters.values.get(name) ?? unreachable(`no parameter ${name}`);

export const printParams = (program: Program, kernel: Kernel, parameters: Parameters): string => {
  const tensors = [...parameters.tensors.values()].flatMap((t) => [
    `${t.output ? "" : "const "}${elementType(t.decl.dtype)}* ${t.pointer};  // ${comment(shapeText(t.decl))}`,
    ...(t.strides.length > 0 ? [`i64 ${t.strides.join(", ")};`] : []),
  ]);
  const name = (n: string): string => valueOf(parameters, n);
  return [
    "// Strides count elements; the last axis of a tensor is dense.",
    "struct Params {",
    ...[...parameters.boxes.values()].map(
      ({ member, boxes }) =>
        `  TensorMap ${member};  // boxes of ${boxes.rows} x 64 of ${boxes.order.map((a) => comment(a.axis)).join(", ")}`,
    ),
    ...tensors.map((line) => `  ${line}`),
    ...(program.dims.length > 0 ? [`  int ${program.dims.map(name).join(", ")};`] : []),
    ...program.scalars.map((s) => `  ${scalarType(s.type)} ${name(s.name)};`),
    ...hostOf(program, kernel).map(
      (h) => `  ${scalarType(h.type)} ${name(h.name)};${h.note ? `  // ${comment(h.note)}` : ""}`,
    ),
    "};",
  ].join("\n");
};
