// The host part of an emitted file: the C ABI through which kernels are started. It checks every
// precondition, allocates nothing and waits for nothing.

import { variables } from "../expr/expr.ts";
import type { Program } from "../tile/program.ts";
import { multiprocessors } from "../tile/scope.ts";
import { type Arguments, type Field, argumentsOf, fieldOf } from "./abi.ts";
import { boxesOf } from "./boxes.ts";
import { type Check, checksOf } from "./checks.ts";
import { rule } from "./helpers.ts";
import { type HostScope, hostScope, notEmpty } from "./host.ts";
import { stringLiteral } from "./literal.ts";
import { shapeText } from "./params.ts";
import type { Used } from "./used.ts";
import { hostValues, printStart, qualified, workspaceBytes } from "./start.ts";
import { type Lines, braces, comment } from "./text.ts";
import { sharedBytes } from "../tile/size.ts";

export const printLauncher = (program: Program, used: Used): string => {
  const args = argumentsOf(program);
  const host = hostScope(program, args, used);
  const checks = checksOf(program, args, host);
  const bulk = program.kernels.some((kernel) => boxesOf(program, kernel).length > 0);
  return [
    rule("host: the C ABI"),
    "#ifndef __CUDACC_RTC__",
    "#include <atomic>",
    ...(bulk ? ["#include <cuda.h>"] : []),
    "#include <cuda_runtime.h>",
    "#include <stddef.h>",
    "#include <stdint.h>",
    "",
    ...printArguments(program, args),
    "",
    ...printError(program, checks),
    "",
    ...(asksDevice(program) ? [...printMultiprocessors, ""] : []),
    ...printWorkspace(program, args, host),
    "",
    ...printElsewhere,
    "",
    ...printPrepare(program, checks),
    "",
    ...(bulk ? [...printDescribe, ""] : []),
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

/** Sizes, and what follows from them for all kernels. */
const dimLines = (
  program: Program,
  dims: readonly string[],
  args: Arguments,
  host: HostScope,
): Lines => [
  ...(dims.length === 0
    ? []
    : [
        `const i64 ${dims
          .map((dim) => {
            const field = fieldOf(args, (r) => r.kind === "dim" && r.dim === dim);
            return `${host.names.of(dim)} = a.${field.name}`;
          })
          .join(", ")};`,
      ]),
  ...hostValues(program.host, host, host.scope, undefined),
];

/** Whether the number of blocks depends on the device. */
const asksDevice = (program: Program): boolean =>
  program.host.some((h) => variables(h.value).has(multiprocessors));

const printMultiprocessors: Lines = [
  "// Of the current device, looked at once for each.",
  ...braces("static i64 multiprocessors()", [
    "static std::atomic<int> known[64];",
    "int device, count;",
    "if (cudaGetDevice(&device) != cudaSuccess) return 1;  // the launch will say so",
    "if (device < 64 && known[device] > 0) return known[device];",
    "if (cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device) != cudaSuccess) return 1;",
    "if (device < 64) known[device] = count;",
    "return count;",
  ]),
];

const printWorkspace = (program: Program, args: Arguments, host: HostScope): Lines => {
  const read = [
    ...program.workspace.flatMap((t) => t.axes.map((a) => a.extent)),
    ...program.host.map((s) => s.value),
  ];
  const used = new Set(read.flatMap((e) => [...variables(e)]));
  const head = `extern "C" size_t ${symbol(program, "workspace")}(const ${args.struct}*${program.workspace.length === 0 ? "" : " args"})`;
  return [
    "// Bytes of scratch memory that a launch with these sizes needs.",
    ...(program.workspace.length === 0
      ? [`${head} { return 0; }`]
      : braces(head, [
          `const ${args.struct}& a = *args;`,
          ...dimLines(
            program,
            program.dims.filter((dim) => used.has(dim)),
            args,
            host,
          ),
          `return ${workspaceBytes(program.workspace, host)};`,
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

const printDescribe: Lines = [
  "// Fills in what bulk copies read of a tensor: its extents, columns first, strides of the others in elements, and boxes",
  "// of `rows` x 64. The driver's function is asked of the runtime, so that nothing links the driver. Whether it went well.",
  "template <int kRank>",
  ...braces(
    "static bool describe(TensorMap& map, const void* tensor, CUtensorMapDataType type, const i64 (&extents)[kRank],\n" +
      "                     const i64 (&strides)[kRank - 1], int rows)",
    [
      "static std::atomic<void*> encode;",
      "if (encode == nullptr) {",
      "  void* found = nullptr;",
      "  cudaDriverEntryPointQueryResult result;",
      '  const char* name = "cuTensorMapEncodeTiled";',
      "#if CUDART_VERSION >= 12050",
      "  const cudaError_t e = cudaGetDriverEntryPointByVersion(name, &found, 12000, cudaEnableDefault, &result);",
      "#else",
      "  const cudaError_t e = cudaGetDriverEntryPoint(name, &found, cudaEnableDefault, &result);",
      "#endif",
      "  if (e != cudaSuccess || found == nullptr) return cudaGetLastError(), false;",
      "  encode = found;",
      "}",
      "cuuint64_t sizes[kRank], bytes[kRank - 1];",
      "cuuint32_t box[kRank], steps[kRank];",
      "for (int i = 0; i < kRank; i++) {",
      "  sizes[i] = extents[i] > 0 ? extents[i] : 1;",
      "  if (i > 0) bytes[i - 1] = extents[i] > 1 ? strides[i - 1] * 2 : 16;  // of one element: any",
      "  box[i] = i == 0 ? 64 : i == 1 ? rows : 1;",
      "  steps[i] = 1;",
      "}",
      "return ((decltype(&cuTensorMapEncodeTiled))(void*)encode)(",
      "    (CUtensorMap*)&map, type, kRank, (void*)tensor, sizes, bytes, box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE,",
      "    CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;",
    ],
  ),
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

const printLaunch = (
  program: Program,
  args: Arguments,
  checks: readonly Check[],
  host: HostScope,
): Lines => {
  const code = checks.find((c) => c.stage === "grid")?.code ?? 0;
  const unfit = checks.find((c) => c.stage === "boxes")?.code ?? 0;
  return [
    "// 0: started, or nothing to do. Below 0: refused, see the function above. Above 0: a cudaError_t.",
    ...printChecked(program),
    ...braces(
      `extern "C" int ${symbol(program, "launch")}(const ${args.struct}* args, void* stream)`,
      [
        ...refusals(checks, "size"),
        `const ${args.struct}& a = *args;`,
        ...refusals(checks, "extents").slice(0, program.dims.length),
        ...dimLines(program, program.dims, args, host),
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
          ...printStart(program, kernel, args, host, code, unfit),
        ]),
        "return 0;",
      ],
    ),
  ];
};

const printChecked = (program: Program): Lines => [
  `// Checked: sizes, null pointers, alignment, strides, the architecture, and that ${program.inputs[0]?.name} is on the current device.`,
  "// The caller's part: that the other tensors are there too (to ask the runtime about each would take longer than all",
  "// these checks; the Python package knows it from torch), and that memory reaches as far as sizes and strides say.",
];

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
