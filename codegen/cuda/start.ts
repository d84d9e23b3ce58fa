// How the launcher starts one kernel: what it computes from the sizes, the parameters filled in, the launch.

import type { Kernel, Program, TensorDecl } from "../tile/program.ts";
import { type Arguments, fieldOf, stridedAxes } from "./abi.ts";
import { scalarType } from "./expression.ts";
import type { HostScope } from "./host.ts";
import { kernelSymbol } from "./kernel.ts";
import { type Parameters, elementType, hostOf, parametersOf, valueOf } from "./params.ts";
import type { Scope } from "./scope.ts";
import { nonNegative } from "./sign.ts";
import { type Lines, braces, withNote } from "./text.ts";
import { sharedBytes } from "../tile/size.ts";

/** Kernels of a program that has several live in a namespace each. */
const prefix = (program: Program, kernel: Kernel): string =>
  program.kernels.length === 1 ? "" : `${kernel.name}::`;

export const qualified = (program: Program, kernel: Kernel): string =>
  `${prefix(program, kernel)}${kernelSymbol(program, kernel)}`;

/** `tooMany`: the code that refuses a grid too large; `unfit`: tensors that no bulk copy can read. */
export const printStart = (
  program: Program,
  kernel: Kernel,
  args: Arguments,
  host: HostScope,
  tooMany: number,
  unfit: number,
): Lines => {
  const parameters = parametersOf(program, kernel);
  const scope = host.scope.inner();
  const values = hostValues(kernel.host, host, scope, tooMany);
  const count = kernel.grid.kind === "blocks" ? host.textIn(scope, kernel.grid.count) : "0";
  const member = (name: string): string => `params.${valueOf(parameters, name)}`;
  const launch = [
    `(const void*)${qualified(program, kernel)}`,
    "dim3((unsigned)blocks)",
    `dim3(${prefix(program, kernel)}THREADS)`,
    "arguments",
    String(sharedBytes(kernel)),
    "(cudaStream_t)stream",
  ];
  const body = [
    ...values,
    `const i64 blocks = ${count};`,
    `if (blocks > INT32_MAX) return ${tooMany};`,
    `${prefix(program, kernel)}Params params;`,
    ...fillTensors(program, parameters, args),
    ...fillWorkspace(program, parameters, host),
    ...fillBoxes(parameters, args, host, unfit),
    ...assignments(program.dims.map((d) => `${member(d)} = (int)${host.names.of(d)}`)),
    ...program.scalars.map((s) => `${member(s.name)} = ${scope.variable(s.name)};`),
    ...assignments(
      hostOf(program, kernel).map(
        (h) => `${member(h.name)} = (${scalarType(h.type)})${host.names.of(h.name)}`,
      ),
    ),
    "void* arguments[] = {&params};",
    `if (cudaError_t e = cudaLaunchKernel(${launch.join(", ")})) return e;`,
  ];
  return program.kernels.length === 1 ? body : braces("", body);
};

const assignments = (all: readonly string[]): Lines =>
  all.length === 0 ? [] : [`${all.join(", ")};`];

/** Values that the launcher computes; from here on `scope` knows them. `tooMany`: the code that refuses a value too large. */
export const hostValues = (
  values: Kernel["host"],
  host: HostScope,
  scope: Scope,
  tooMany: number | undefined,
): Lines =>
  values.flatMap((h): Lines => {
    const name = host.names.of(h.name);
    const type = h.type === "f32" ? "float" : "i64";
    const value = host.textIn(scope, h.value);
    scope.name(h.name, name, nonNegative(h.value, scope));
    return [
      ...withNote([`const ${type} ${name} = ${value};`], h.note),
      ...(h.type === "i32" && tooMany !== undefined
        ? [`if (${name} > INT32_MAX) return ${tooMany};`]
        : []),
    ];
  });

const fillTensors = (program: Program, parameters: Parameters, args: Arguments): Lines =>
  [...program.inputs, ...program.outputs].flatMap((t) => {
    const members = parameters.tensors.get(t.name);
    if (!members) return [];
    const type = `${members.output ? "" : "const "}${elementType(t.dtype)}*`;
    const pointer = fieldOf(args, (r) => r.kind === "pointer" && r.tensor === t.name).name;
    const strides = stridedAxes(t).map(({ axis }, i) => {
      const matches = (tensor: string, a: string): boolean => tensor === t.name && a === axis;
      const field = fieldOf(args, (r) => r.kind === "stride" && matches(r.tensor, r.axis));
      return `params.${members.strides[i]} = a.${field.name}`;
    });
    return [`params.${members.pointer} = (${type})a.${pointer};`, ...assignments(strides)];
  });

const elementBytes = (t: TensorDecl): number => (t.dtype === "f32" || t.dtype === "i32" ? 4 : 2);
const product = (factors: readonly string[]): string => factors.map((f) => `(${f})`).join(" * ");

/** Bytes that these tensors take one after another, each from a multiple of 256. */
export const workspaceBytes = (tensors: readonly TensorDecl[], host: HostScope): string =>
  tensors
    .map((t) => [...t.axes.map((a) => host.text(a.extent)), String(elementBytes(t))])
    .map((factors) => `(${product(factors)} + 255) / 256 * 256`)
    .join(" + ");

/** Tensors of the workspace are dense. */
const fillWorkspace = (program: Program, parameters: Parameters, host: HostScope): Lines =>
  program.workspace.flatMap((t, i) => {
    const members = parameters.tensors.get(t.name);
    if (!members) return [];
    const before = program.workspace.slice(0, i);
    const at = before.length === 0 ? "" : ` + ${workspaceBytes(before, host)}`;
    const strides = members.strides.map((stride, axis) => {
      const inner = t.axes.slice(axis + 1).map((a) => host.text(a.extent));
      return `params.${stride} = ${product(inner)}`;
    });
    const pointer = `(${elementType(t.dtype)}*)((char*)a.workspace${at})`;
    return [`params.${members.pointer} = ${pointer};`, ...assignments(strides)];
  });

/** Columns, rows, then the other axes: extents, and strides in bytes of all but the columns. */
const fillBoxes = (
  parameters: Parameters,
  args: Arguments,
  host: HostScope,
  unfit: number,
): Lines =>
  [...parameters.boxes.values()].flatMap(({ member, boxes: { tensor, rows, order } }) => {
    const pointer = fieldOf(args, (r) => r.kind === "pointer" && r.tensor === tensor.name).name;
    const strides = order.slice(1).map(({ axis }) => {
      const matches = (t: string, a: string): boolean => t === tensor.name && a === axis;
      return `a.${fieldOf(args, (r) => r.kind === "stride" && matches(r.tensor, r.axis)).name}`;
    });
    const type = tensor.dtype === "f16" ? "FLOAT16" : "BFLOAT16";
    return braces("", [
      `const i64 extents[] = {${order.map(({ extent }) => host.text(extent)).join(", ")}};`,
      `const i64 strides[] = {${strides.join(", ")}};`,
      `const auto type = CU_TENSOR_MAP_DATA_TYPE_${type};`,
      `if (!describe(params.${member}, a.${pointer}, type, extents, strides, ${rows})) return ${unfit};`,
    ]);
  });
