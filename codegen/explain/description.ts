// A description as text, for `dump --stage description`: what was captured, in the author's terms.

import { printExpr } from "../expr/print.ts";
import type { Description, Extent, OutputSpec, TensorSpec } from "../spec/description.ts";

export const showDescription = (d: Description): string => {
  const lines = [
    `kernel ${d.name}: ${d.exportName} of ${d.file}:${d.span.line}`,
    ...(d.summary === undefined ? [] : [`summary ${JSON.stringify(d.summary)}`]),
    `dims ${d.dims.join(", ")}`,
    ...d.params.map((p) => `param ${p.name} = ${p.value}`),
    ...d.scalars.map((s) => `scalar ${s.name}: ${s.type}`),
    ...d.inputs.map((t) => `in  ${showTensor(t)}`),
    ...d.outputs.map((t) => `out ${showTensor(t)} ${showRole(t)}`),
    `scale = ${printExpr(d.scale)}`,
    ...(d.score ? [`score = ${printExpr(d.score.value)}    ; ${d.score.source}`] : []),
    ...(d.mask ? [`mask = ${printExpr(d.mask.value)}    ; ${d.mask.source}`] : []),
    ...(d.sink ? [`sink = ${printExpr(d.sink.value)}    ; ${d.sink.source}`] : []),
    ...Object.entries(d.schedule).map(([arch, s]) => `schedule ${arch}: ${JSON.stringify(s)}`),
  ];
  return `${lines.join("\n")}\n`;
};

const showTensor = (t: TensorSpec): string =>
  `${t.name}: ${t.dtype}[${t.axes.map((a) => `${a.axis}=${showExtent(a.extent)}`).join(", ")}]`;

export const showExtent = (extent: Extent): string =>
  typeof extent === "number" ? String(extent) : extent.join(" * ");

const showRole = (output: OutputSpec): string => {
  switch (output.role.kind) {
    case "values":
      return "values";
    case "lse":
      return `log-sum-exp, base ${output.role.base}`;
  }
};
