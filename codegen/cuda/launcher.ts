// The host part of an emitted file: the C ABI through which kernels are started. It checks every
// precondition, allocates nothing and waits for nothing.

import type { Kernel, Program, TensorDecl } from "../tile/program.ts";
import { type Arguments, type Field, argumentsOf, fieldOf, stridedAxes } from "./abi.ts";
import { type Check, checksOf } from "./checks.ts";
import { nonNegative, scalarType } from "./expression.ts";
import { rule } from "./helpers.ts";
import { type HostScope, hostScope, notEmpty } from "./host.ts";
import { kernelSymbol } from "./kernel.ts";
import { stringLiteral } from "./literal.ts";
import { type Parameters, elementType, parametersOf, shapeText, valueOf } from "./params.ts";
import type { Used } from "./scope.ts";
import { type Lines, braces, comment, withNote } from "./text.ts";
import { sharedBytes } from "./tiles.ts";

export const printLauncher = (program: Program, used: Used): string => {
  const args = argumentsOf(program);
  const host = hostScope(program, args, used);
  const checks = checksOf(program, args, host);
  return [
    rule("host: the C ABI"),
    "#ifndef __CUDACC_RTC__",
    "#include <atomic>",
    "#include <cuda_runtime.h>",
    "#include <stddef.h>",
    "#include <stdint.h>",
    "",
    ...printArguments(program, args),
    "",
    ...printError(program, checks),
    "",
    ...printWorkspace(program, args, host),
    "",
    ...printElsewhere,
    "",
    ...printPrepare(program, checks),
    "",
    ...printLaunch(program, args, checks, host),
    "#endif",
    "",
  ].join("\n");
};

const symbol = (program: Program, what: string): string =>
  `${program.name}_${program.arch}_${what}`;

const printArguments = (program: Program, args: Arguments): Lines => [
  "// What a launch takes; the same on every architecture. Strides count elements; the last axis of a tensor is dense.",
  ...braces(
    `struct ${args.struct}`,
    args.fields.map((f) => `${f.type} ${f.name};${fieldNote(program, f)}`),
    "};",
  ),
  `static_assert(sizeof(${args.struct}) == ${args.bytes}, "the manifest tells this layout");`,
];

const fieldNote = (program: Program, { role }: Field): string => {
  if (role.kind === "size") return `  // sizeof this struct`;
  if (role.kind !== "pointer") return "";
  const t = [...program.inputs, ...program.outputs].find((x) => x.name === role.tensor);
  return t ? `  // ${comment(`${t.dtype}${shapeText(t)}`)}` : "";
};

const printError = (program: Program, checks: readonly Check[]): Lines => [
  "// What a code that the launch returned means.",
  ...braces(`extern "C" const char* ${symbol(program, "error")}(int code)`, [
    ...braces("switch (code)", [
      `case 0: return "no error";`,
      ...checks.map((c) => `case ${c.code}: return ${stringLiteral(c.sentence)};`),
    ]),
    `return code > 0 ? cudaGetErrorString((cudaError_t)code) : "no such code";`,
  ]),
];

const elementBytes = (t: TensorDecl): number => (t.dtype === "f32" || t.dtype === "i32" ? 4 : 2);

/** Bytes of a tensor of the workspace, rounded up so that the next begins aligned. */
const workspaceText = (t: TensorDecl, host: HostScope): string => {
  const count = t.axes.map((a) => host.text(a.extent)).map((x) => `(${x})`);
  return `(${[...count, String(elementBytes(t))].join(" * ")} + 255) / 256 * 256`;
};

const dimLines = (program: Program, args: Arguments, host: HostScope): Lines =>
  program.dims.map((dim) => {
    const field = fieldOf(args, (r) => r.kind === "dim" && r.dim === dim);
    return `const i64 ${host.names.of(dim)} = a.${field.name};`;
  });

const printWorkspace = (program: Program, args: Arguments, host: HostScope): Lines => {
  const head = `extern "C" size_t ${symbol(program, "workspace")}(const ${args.struct}*${program.workspace.length === 0 ? "" : " args"})`;
  const sum = program.workspace.map((t) => workspaceText(t, host)).join(" + ");
  return [
    "// Bytes of scratch memory that a launch with these sizes needs.",
    ...(program.workspace.length === 0
      ? [`${head} { return 0; }`]
      : braces(head, [
          `const ${args.struct}& a = *args;`,
          ...dimLines(program, args, host),
          `return ${sum};`,
        ])),
  ];
};

const printElsewhere: Lines = [
  "// Whether a pointer is not to memory of that device.",
  ...braces("static bool elsewhere(const void* pointer, int device)", [
    "if (pointer == nullptr) return false;",
    "cudaPointerAttributes at;",
    "if (cudaPointerGetAttributes(&at, pointer) != cudaSuccess) return cudaGetLastError(), true;",
    "return at.type != cudaMemoryTypeManaged && (at.type != cudaMemoryTypeDevice || at.device != device);",
  ]),
];

const refusals = (checks: readonly Check[], stage: Check["stage"]): Lines =>
  checks
    .filter((c) => c.stage === stage && c.condition !== "")
    .map((c) => `if (${c.condition}) return ${c.code};`);

/** Facts of the device and attributes of the kernels, looked at once for each device. */
const printPrepare = (program: Program, checks: readonly Check[]): Lines => [
  "// Readies the kernels on a device: 0, or the code that the launch returns.",
  ...braces("static int prepare(int device)", [
    "static std::atomic<bool> ready[64];",
    "if (device < 64 && ready[device]) return 0;",
    "int major, minor, shared;",
    ...[
      "major, cudaDevAttrComputeCapabilityMajor",
      "minor, cudaDevAttrComputeCapabilityMinor",
      "shared, cudaDevAttrMaxSharedMemoryPerBlockOptin",
    ].map((query) => `if (cudaError_t e = cudaDeviceGetAttribute(&${query}, device)) return e;`),
    "const int capability = major * 10 + minor;",
    ...refusals(checks, "architecture"),
    ...program.kernels.map((k) => {
      const attribute = "cudaFuncAttributeMaxDynamicSharedMemorySize";
      return `if (cudaError_t e = cudaFuncSetAttribute(${qualified(program, k)}, ${attribute}, ${sharedBytes(k)})) return e;`;
    }),
    "if (device < 64) ready[device] = true;",
    "return 0;",
  ]),
];

const qualified = (program: Program, kernel: Kernel): string =>
  `${program.kernels.length === 1 ? "" : `${kernel.name}::`}${kernelSymbol(program, kernel)}`;

const printLaunch = (
  program: Program,
  args: Arguments,
  checks: readonly Check[],
  host: HostScope,
): Lines => {
  const code = checks.find((c) => c.stage === "grid")?.code ?? 0;
  return [
    "// 0: started, or nothing to do. Below 0: refused, see the function above. Above 0: a cudaError_t.",
    ...braces(
      `extern "C" int ${symbol(program, "launch")}(const ${args.struct}* args, void* stream)`,
      [
        ...refusals(checks, "size"),
        `const ${args.struct}& a = *args;`,
        ...refusals(checks, "extents").slice(0, program.dims.length),
        ...dimLines(program, args, host),
        ...refusals(checks, "extents").slice(program.dims.length),
        "// Without an element in any output there is nothing to do.",
        `if (${nothingToDo(program, host)}) return 0;`,
        ...refusals(checks, "tensors"),
        "int device;",
        "if (cudaError_t e = cudaGetDevice(&device)) return e;",
        ...refusals(checks, "device"),
        "if (int code = prepare(device)) return code;",
        ...program.kernels.flatMap((kernel) => [
          "",
          ...printStart(program, kernel, args, host, code),
        ]),
        "return 0;",
      ],
    ),
  ];
};

const nothingToDo = (program: Program, host: HostScope): string => {
  const empty = program.outputs.map((t) => {
    const extents = notEmpty(t, host).map((condition) => condition.replace(/ > 0$/, " == 0"));
    return extents.length === 0 ? "false" : [...extents].sort().join(" || ");
  });
  const distinct = [...new Set(empty)];
  return distinct.length === 1
    ? (distinct[0] ?? "true")
    : distinct.map((e) => `(${e})`).join(" && ");
};

const printStart = (
  program: Program,
  kernel: Kernel,
  args: Arguments,
  outer: HostScope,
  tooMany: number,
): Lines => {
  const parameters = parametersOf(program, kernel);
  const scope = outer.scope.inner();
  const lets = kernel.host.flatMap((h): Lines => {
    const name = outer.names.of(h.name);
    const value = outer.textIn(scope, h.value);
    scope.name(h.name, name, nonNegative(h.value, scope));
    return [
      ...withNote([`const ${h.type === "f32" ? "float" : "i64"} ${name} = ${value};`], h.note),
      ...(h.type === "i32" ? [`if (${name} > INT32_MAX) return ${tooMany};`] : []),
    ];
  });
  const count = kernel.grid.kind === "blocks" ? outer.textIn(scope, kernel.grid.count) : "0";
  const prefix = program.kernels.length === 1 ? "" : `${kernel.name}::`;
  const body = [
    ...lets,
    `const i64 blocks = ${count};`,
    `if (blocks > INT32_MAX) return ${tooMany};`,
    `${prefix}Params params;`,
    ...fillTensors(program, parameters, args),
    ...program.dims.map((d) => `params.${valueOf(parameters, d)} = (int)${outer.names.of(d)};`),
    ...program.scalars.map(
      (s) => `params.${valueOf(parameters, s.name)} = ${scope.variable(s.name)};`,
    ),
    ...kernel.host.map(
      (h) =>
        `params.${valueOf(parameters, h.name)} = (${scalarType(h.type)})${outer.names.of(h.name)};`,
    ),
    "void* arguments[] = {&params};",
    `if (cudaError_t e = cudaLaunchKernel((const void*)${qualified(program, kernel)}, dim3((unsigned)blocks), dim3(${prefix}THREADS), arguments, ${sharedBytes(kernel)}, (cudaStream_t)stream)) return e;`,
  ];
  return program.kernels.length === 1 ? body : braces("", body);
};

const fillTensors = (program: Program, parameters: Parameters, args: Arguments): Lines =>
  [...program.inputs, ...program.outputs].flatMap((t) => {
    const members = parameters.tensors.get(t.name);
    if (!members) return [];
    const constant = members.output ? "" : "const ";
    const pointer = fieldOf(args, (r) => r.kind === "pointer" && r.tensor === t.name).name;
    const strides = stridedAxes(t).map(({ axis }, i) => {
      const field = fieldOf(
        args,
        (r) => r.kind === "stride" && r.tensor === t.name && r.axis === axis,
      ).name;
      return ` params.${members.strides[i]} = a.${field};`;
    });
    return [
      `params.${members.pointer} = (${constant}${elementType(t.dtype)}*)a.${pointer};${strides.join("")}`,
    ];
  });
