// The comment that opens an emitted file: which formula it computes, who computes what, and what it takes of
// shared memory and threads.

import type { Program, Kernel } from "../tile/program.ts";
import { showSpan } from "../base/span.ts";
import { printExpr } from "../expr/print.ts";
import { shapeText } from "./params.ts";
import { computingRole } from "./roles.ts";
import { comment } from "./text.ts";
import { warpsOf } from "./tiles.ts";
import { sharedBytes, stageBytes } from "../tile/size.ts";

export const printHeader = (program: Program): string => {
  const head = `${program.name}, ${program.arch}. Generated from ${comment(program.source)}; do not edit.`;
  const paragraphs = [
    [head],
    ...(program.summary === undefined ? [] : [program.summary.split("\n").map((l) => comment(l))]),
    formulas(program),
    ...program.kernels.map((kernel) => kernelLines(program, kernel)),
  ];
  return paragraphs
    .map((lines) => lines.map((line) => `// ${line}`.trimEnd() + "\n").join(""))
    .join("//\n");
};

const outputLine = (program: Program, output: Program["outputs"][number]): string => {
  const shape = `${output.name}${comment(shapeText(output))}`;
  const v = program.inputs[2]?.name ?? "v";
  const sink = program.formulas.some((f) => f.name === "sink");
  switch (output.role?.kind) {
    case "values":
      return `${shape} = softmax(s${sink ? ", sink" : ""}) ${v}, with 0 in a row that sees no key`;
    case "lse":
      return sink
        ? `${shape} = log sum exp(s, sink), base ${output.role.base}`
        : `${shape} = log sum exp(s), base ${output.role.base}, with -inf in a row that sees no key`;
    case undefined:
      return shape;
  }
};

const formulas = (program: Program): readonly string[] => [
  ...program.outputs.map((o) => `  ${outputLine(program, o)}`),
  ...program.formulas.map((f) => {
    const where = f.span ? `   (${comment(showSpan(f.span))})` : "";
    return `  ${f.name}: ${comment(f.source ?? printExpr(f.value))}${where}`;
  }),
];

/** Who owns which rows; where warps specialise, who else there is. */
const whoComputes = (kernel: Kernel, axis: string, rows: number, walk: string): string => {
  const [all, role] = [warpsOf(kernel), computingRole(kernel)];
  const computing = role.warps ?? all;
  const others = kernel.roles.filter((r) => r !== role);
  const across = kernel.steps.length > 0 ? [] : kernel.axes.slice(1);
  const columns = across.map((a) => ` and ${a.size} columns of ${comment(a.name)}`).join("");
  const owns = `${rows} rows of ${comment(axis)}${columns}, a warp ${rows / computing} of them`;
  if (others.length === 0)
    return `A block of ${all} ${all === 1 ? "warp" : "warps"} owns ${owns}${walk ? `, and walks ${walk}` : ""}.`;
  const rest = others.map(
    (r) => `${r.single ? "one thread of " : ""}${r.warps} more: ${comment(r.name)}`,
  );
  return `${computing} warps of a block own ${owns}${walk ? `, and walk ${walk}` : ""}; ${rest.join(", ")}.`;
};

const kernelLines = (program: Program, kernel: Kernel): readonly string[] => {
  const [rows, ...columns] = kernel.axes;
  const warps = warpsOf(kernel);
  const walk =
    kernel.steps.length === 0
      ? ""
      : columns.map((a) => `${comment(a.name)} in tiles of ${a.size}`).join(", ");
  const shared = kernel.tiles.flatMap((t) => {
    if (t.place.kind !== "shared") return [];
    const { stages, offset } = t.place;
    const size = `${comment(t.name)} ${stages > 1 ? `${stages} x ` : ""}${stageBytes(kernel, t)}`;
    const below = kernel.tiles.find(
      (o) =>
        o !== t &&
        o.place.kind === "shared" &&
        kernel.tiles.indexOf(o) < kernel.tiles.indexOf(t) &&
        o.place.offset === offset,
    );
    return [below ? `${size} (where ${comment(below.name)} was)` : size];
  });
  const name = program.kernels.length === 1 ? "" : `${kernel.name}: `;
  return [
    ...(rows?.size === undefined
      ? []
      : [`${name}${whoComputes(kernel, rows.name, rows.size, walk)}`]),
    `Shared memory: ${sharedBytes(kernel)} bytes${shared.length > 0 ? `: ${shared.join(", ")}` : ""}.`,
    `Threads: ${warps * 32} a block, ${kernel.launch?.blocksPerSM ?? 1} blocks an SM.`,
  ];
};
