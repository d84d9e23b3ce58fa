// What a launch refuses, in order, and what it says: the launcher prints the conditions, `_error` and the
// manifest the sentences. Sentences speak of tensors and axes, as the caller knows them.

import { largestSize } from "../base/size.ts";
import type { Expr } from "../expr/expr.ts";
import type { Kernel, Program, TensorDecl } from "../tile/program.ts";
import { statementsOf } from "../tile/walk.ts";
import { type Arguments, fieldOf, stridedAxes } from "./abi.ts";
import { printExpression } from "./expression.ts";
import { boxesOf } from "./boxes.ts";
import { type HostScope, notEmpty } from "./host.ts";
import { elementType, tensorsOf } from "./params.ts";
import { sharedBytes } from "../tile/size.ts";

export interface Check {
  /** Negative; what the launch returns. */
  readonly code: number;
  /** C++ that is true where the launch is refused. */
  readonly condition: string;
  readonly sentence: string;
  /** Where in the launch it is asked. */
  readonly stage: "size" | "extents" | "tensors" | "device" | "architecture" | "grid" | "boxes";
}

type Draft = Omit<Check, "code">;

export const checksOf = (program: Program, args: Arguments, host: HostScope): readonly Check[] => {
  const whole = movedWhole(program.kernels);
  return [
    ...sizeChecks(args),
    ...dimChecks(program, args),
    ...extentChecks(program, host),
    ...tensorsOf(program)
      .filter((t) => !program.workspace.includes(t))
      .flatMap((t) => tensorChecks(program, t, whole.has(t.name), args, host)),
    ...workspaceChecks(program),
    ...deviceChecks(program),
    ...gridChecks(program),
    ...boxChecks(program),
  ].map((check, i) => ({ code: -1 - i, ...check }));
};

const sizeChecks = (args: Arguments): readonly Draft[] => [
  {
    stage: "size",
    condition: `args == nullptr || args->size != sizeof(${args.struct})`,
    sentence: `args->size is not sizeof(${args.struct}): the caller was built against another version of this kernel`,
  },
];

const dimChecks = (program: Program, args: Arguments): readonly Draft[] =>
  program.dims.map((dim) => {
    const { name } = fieldOf(args, (r) => r.kind === "dim" && r.dim === dim);
    return {
      stage: "extents",
      condition: `a.${name} < 0 || a.${name} > ${largestSize}`,
      sentence: `${dim} must lie between 0 and ${largestSize}`,
    };
  });

/** Extents that are products of sizes, each once. */
const extentChecks = (program: Program, host: HostScope): readonly Draft[] => {
  const seen = new Set<string>();
  return tensorsOf(program).flatMap((t) =>
    t.axes.flatMap(({ axis, extent }): readonly Draft[] => {
      const text = host.text(extent);
      if (extent.kind === "const" || extent.kind === "var" || seen.has(text)) return [];
      seen.add(text);
      return [
        {
          stage: "extents",
          condition: `${text} > ${largestSize}`,
          sentence: `axis ${axis} of ${t.name} (${plain(extent)}) must be at most ${largestSize}`,
        },
      ];
    }),
  );
};

const plain = (e: Expr): string =>
  printExpression(e, {
    variable: (name) => name,
    nonNegative: () => true,
    named: () => undefined,
    helper: (name) => name,
    tensor: () => ({ decl: { name: "", dtype: "f32", axes: [] }, pointer: "", strides: [] }),
  });

/** Tensors that move 16 bytes at a time. */
const movedWhole = (kernels: readonly Kernel[]): ReadonlySet<string> =>
  new Set(
    kernels.flatMap((kernel) =>
      [...kernel.steps, ...kernel.roles].flatMap((part) =>
        statementsOf(part.body).flatMap((s) => {
          if (s.kind === "copy" || s.kind === "fetch" || s.kind === "bulk_copy")
            return [s.from.tensor];
          const from = s.kind === "store" && kernel.tiles.find((t) => t.name === s.from.tile);
          return from && from.shape.length === 2 && s.kind === "store" ? [s.to.tensor] : [];
        }),
      ),
    ),
  );

const tensorChecks = (
  program: Program,
  t: TensorDecl,
  whole: boolean,
  args: Arguments,
  host: HostScope,
): readonly Draft[] => {
  const element = { f16: 2, bf16: 2, float: 4, int: 4 }[elementType(t.dtype)] ?? 4;
  const bytes = whole ? 16 : element;
  const pointer = `a.${fieldOf(args, (r) => r.kind === "pointer" && r.tensor === t.name).name}`;
  const strides = stridedAxes(t).map(({ axis, extent }) => {
    const { name } = fieldOf(
      args,
      (r) => r.kind === "stride" && r.tensor === t.name && r.axis === axis,
    );
    const many = extent.kind === "const" && extent.value > 1 ? "" : `${host.text(extent)} > 1 && `;
    return `${many}a.${name} % ${16 / element} != 0`;
  });
  return [
    {
      stage: "tensors",
      condition: [`${pointer} == nullptr`, ...notEmpty(t, host)].join(" && "),
      sentence: `${t.name} is a null pointer`,
    },
    {
      stage: "tensors",
      condition: `(uintptr_t)${pointer} % ${bytes} != 0`,
      sentence: `${t.name} must begin at a multiple of ${bytes} bytes`,
    },
    ...(whole && strides.length > 0
      ? [
          {
            stage: "tensors" as const,
            condition: strides
              .map((s) => (s.includes("&&") && strides.length > 1 ? `(${s})` : s))
              .join(" || "),
            sentence: `the strides of ${t.name} along ${stridedAxes(t)
              .map((x) => x.axis)
              .join(", ")} must be multiples of ${16 / element} elements`,
          },
        ]
      : []),
    // One tensor stands for all, as the comment above the launch says.
    ...(t === program.inputs[0]
      ? [
          {
            stage: "device" as const,
            condition: `elsewhere(${pointer}, device)`,
            sentence: `${t.name} is not in the memory of the current device`,
          },
        ]
      : []),
  ];
};

const workspaceChecks = (program: Program): readonly Draft[] =>
  program.workspace.length === 0
    ? []
    : [
        {
          stage: "tensors",
          condition: `a.workspace == nullptr || a.workspace_bytes < ${program.name}_${program.arch}_workspace(args)`,
          sentence: `the workspace is smaller than ${program.name}_${program.arch}_workspace(args) bytes`,
        },
      ];

const deviceChecks = (program: Program): readonly Draft[] => {
  const [, level = "", specific = ""] = /^sm_(\d+)(a?)$/.exec(program.arch ?? "") ?? [];
  const bytes = Math.max(...program.kernels.map(sharedBytes));
  return [
    {
      stage: "architecture",
      ...(specific === ""
        ? {
            condition: `capability < ${level}`,
            sentence: `the current device is older than ${program.arch}`,
          }
        : {
            condition: `capability != ${level}`,
            sentence: `the current device has not the instructions of ${program.arch}, which no other architecture has`,
          }),
    },
    {
      stage: "architecture",
      condition: `shared < ${bytes}`,
      sentence: `the current device offers a block less than the ${bytes} bytes of shared memory that this kernel for ${program.arch} takes`,
    },
  ];
};

const gridChecks = (program: Program): readonly Draft[] => [
  {
    stage: "grid",
    condition: "",
    sentence: `the sizes ask for more than 2147483647 blocks (${program.dims.join(", ")})`,
  },
];

/** The driver looks at them itself. */
const boxChecks = (program: Program): readonly Draft[] => {
  const names = [
    ...new Set(program.kernels.flatMap((k) => boxesOf(program, k)).map((b) => b.tensor.name)),
  ];
  return names.length === 0
    ? []
    : [
        {
          stage: "boxes",
          condition: "",
          sentence: `bulk copies cannot read ${names.join(", ")}: strides must be positive multiples of 16 bytes below 2^40, and a driver for CUDA 12 installed`,
        },
      ];
};
