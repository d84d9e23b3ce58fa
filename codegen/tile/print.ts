// Tile programs as text (`.tile`), one statement a line; parse.ts reads it back to the same program.
// Spans are left out unless asked for: a parsed statement's span is its line in the text.
//
//   program NAME [@ARCH] from "FILE" [summary "TEXT"]
//   dims NAMES     scalars NAME: TYPE, ...     host NAME: TYPE = EXPR     in | out | workspace NAME: DTYPE[AXIS=EXTENT, ...] [values | lse e | lse 2]
//   scale | score | mask = EXPR [source "TEXT"] [@FILE:LINE:COLUMN+LENGTH]
//   kernel NAME { host lets, grid, axes, launch, tiles, mbarriers, steps, start, roles }
//
// Expressions are those of expr/print.ts, statements those of the op table. `; text` at the end of a statement
// or tile is its note; a line that begins with `;` is a comment, which is not kept.

import { printExpr } from "../expr/print.ts";
import {
  indent,
  type Line,
  printBody,
  printLine,
  type PrintOptions,
  printSpan,
  render,
} from "./print-statement.ts";
import type {
  BarrierDecl,
  FormulaDecl,
  Grid,
  Kernel,
  Place,
  Program,
  Role,
  Step,
  TensorDecl,
  TileAxis,
  TileDecl,
} from "./program.ts";
import type { Let } from "./statement.ts";

export const printProgram = (p: Program, options: PrintOptions = {}): string =>
  [
    `program ${p.name}${p.arch === undefined ? "" : ` @${p.arch}`} from ${quote(p.source)}`,
    ...(p.summary === undefined ? [] : [`summary ${quote(p.summary)}`]),
    ...(p.dims.length === 0 ? [] : [`dims ${p.dims.join(", ")}`]),
    ...(p.scalars.length === 0 ? [] : [`scalars ${p.scalars.map(typed).join(", ")}`]),
    ...p.host.map((h) => render(printHost(h, options))),
    ...p.inputs.map((t) => `in ${printTensor(t)}`),
    ...p.outputs.map((t) => `out ${printTensor(t)}${printRole(t.role)}`),
    ...p.workspace.map((t) => `workspace ${printTensor(t)}`),
    ...p.formulas.map(printFormula),
    ...p.kernels.flatMap((kernel) => ["", ...printKernel(kernel, options).map(render)]),
    "",
  ].join("\n");

const quote = (text: string): string => JSON.stringify(text);
const typed = ({ name, type }: { readonly name: string; readonly type: string }): string =>
  `${name}: ${type}`;
const block = (head: string, lines: readonly Line[]): readonly Line[] => [
  { text: `${head} {` },
  ...indent(lines),
  { text: "}" },
];
const empty: Line = { text: "" };

const printTensor = (t: TensorDecl): string =>
  `${t.name}: ${t.dtype}[${t.axes.map((a) => `${a.axis}=${printExpr(a.extent)}`).join(", ")}]`;

const printRole = (role: Program["outputs"][number]["role"]): string => {
  switch (role?.kind) {
    case undefined:
      return "";
    case "values":
      return " values";
    case "lse":
      return ` lse ${role.base}`;
  }
};

const printFormula = (f: FormulaDecl): string =>
  `${f.name} = ${printExpr(f.value)}` +
  (f.source === undefined ? "" : ` source ${quote(f.source)}`) +
  (f.span === undefined ? "" : ` ${printSpan(f.span)}`);

const printKernel = (kernel: Kernel, options: PrintOptions): readonly Line[] =>
  block(`kernel ${kernel.name}`, [
    ...kernel.host.map((h) => printHost(h, options)),
    { text: printGrid(kernel.grid) },
    ...kernel.axes.map((axis) => ({ text: printAxis(axis) })),
    ...(kernel.launch === undefined ? [] : [{ text: printLaunch(kernel.launch) }]),
    ...kernel.tiles.map(printTile),
    ...kernel.barriers.map(printBarrier),
    ...kernel.steps.flatMap((step) => [empty, ...printStep(step, kernel, options)]),
    ...(kernel.start.length === 0
      ? []
      : [empty, ...block("start", printBody(kernel.start, kernel, options))]),
    ...kernel.roles.flatMap((role) => [empty, ...printWarps(role, kernel, options)]),
  ]);

const printHost = (h: Let, options: PrintOptions): Line =>
  printLine(`host ${typed(h)} = ${printExpr(h.value)}`, h, options);

const printLaunch = ({ warps, blocksPerSM }: NonNullable<Kernel["launch"]>): string =>
  `launch warps ${warps}, blocks_per_sm ${blocksPerSM}`;

const printGrid = (grid: Grid): string => {
  switch (grid.kind) {
    case "blocks":
      return `grid blocks ${printExpr(grid.count)}`;
    case "space": {
      const points = grid.points.map((p) => `${p.name} < ${printExpr(p.extent)}, `).join("");
      const { rows, columns } = grid;
      const across = columns ? `, columns ${columns.axis} from ${columns.origin}` : "";
      return `grid space ${points}rows ${rows.axis} from ${rows.origin}${across}`;
    }
  }
};

const printAxis = (axis: TileAxis): string =>
  `axis ${axis.name} = ${printExpr(axis.extent)}${axis.size === undefined ? "" : ` by ${axis.size}`}`;

const printTile = (tile: TileDecl): Line => {
  const type = `${tile.name}: ${tile.dtype}[${tile.shape.join(", ")}]`;
  return printLine(`${tile.place.kind} ${type}${printPlace(tile.place)}`, tile);
};

const printPlace = (place: Place): string => {
  switch (place.kind) {
    case "value":
      return "";
    case "registers":
      return ` as ${place.layout}`;
    case "shared": {
      const stages = place.stages === 1 ? "" : ` stages ${place.stages}`;
      const rowBits = place.rowBits === undefined ? "" : ` by ${place.rowBits.join(" ")}`;
      const panel = place.panel === undefined ? "" : ` panel ${place.panel}`;
      return `${stages} at ${place.offset} swizzle ${place.swizzle}${rowBits}${panel}`;
    }
  }
};

const printBarrier = (b: BarrierDecl): Line =>
  printLine(`mbarrier ${b.name} stages ${b.stages} at ${b.offset} counts ${b.counts}`, b);

const printStep = (step: Step, kernel: Kernel, options: PrintOptions): readonly Line[] => {
  const parameters = [...step.params.map(typed), ...step.flags.map((flag) => `${flag}: flag`)];
  return block(`step ${step.name}(${parameters.join(", ")})`, [
    ...step.tiles.map(printTile),
    ...printBody(step.body, kernel, options),
  ]);
};

const printWarps = (role: Role, kernel: Kernel, options: PrintOptions): readonly Line[] => {
  const warps = role.warps === undefined ? "" : ` warps ${role.warps}`;
  const registers = role.registers === undefined ? "" : ` registers ${role.registers}`;
  const head = `role ${role.name}${warps}${registers}${role.single === true ? " single" : ""}`;
  return block(head, printBody(role.body, kernel, options));
};
