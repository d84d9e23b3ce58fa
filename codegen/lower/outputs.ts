// What a kernel returns once its keys are used up: normalised values and the log-sum-exp of each row.

import {
  type Expr,
  add,
  binary,
  f32,
  max,
  mul,
  select,
  sub,
  substitute,
  unary,
  variable,
} from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { AttentionDescription, OutputSpec } from "../spec/description.ts";
import type { Slice } from "../tile/statement-parts.ts";
import type { Statement } from "../tile/statement.ts";

const m = variable("f32", "m");
const l = variable("f32", "l");
const empty = binary("eq", l, f32(0));
const element = (tile: string): Expr => variable("f32", tile);

/**
 * Rows that saw no key have l = 0: o = 0 and lse = -inf, so that merging such a state changes nothing. `at`: the
 * coordinates of a row; `box`: where an output's tile belongs.
 */
export const finishRows = (
  d: AttentionDescription,
  at: ReadonlyMap<string, Expr>,
  box: (name: string) => Slice,
): readonly Statement[] => [
  ...sink(d, at),
  ...d.outputs.flatMap((output) => finish(d, output, box(output.name))),
];

/** The tiles that this needs of its own. */
export const finishTiles = (d: AttentionDescription): readonly string[] => [
  ...(d.outputs.some((o) => o.role.kind === "lse") ? ["lse_row"] : []),
  "inverse",
  ...(d.sink ? ["sink_row", "fall"] : []),
];

/** What 1 / l is multiplied by: how far the sink has raised m, which acc does not know. */
const raised = (d: AttentionDescription): Expr => (d.sink ? element("fall") : f32(1));

/**
 * A sink joins a row when all its keys have: once, however they were split. It raises m and l as one more key
 * would, and a row that saw no key is left with the sink alone: o = 0 and lse is its logit.
 */
const sink = (d: AttentionDescription, at: ReadonlyMap<string, Expr>): readonly Statement[] => {
  if (!d.sink) return [];
  const logit = substitute(d.sink.value, at);
  return [
    {
      kind: "map",
      to: "sink_row",
      value: simplify(mul(logit, f32(Math.fround(Math.LOG2E)))),
      note: `sink, log2 units: ${d.sink.source}`,
      span: d.sink.span,
    },
    { kind: "map", to: "fall", value: unary("exp2", sub(m, max(m, element("sink_row")))) },
    { kind: "map", to: "m", value: max(m, element("sink_row")) },
    {
      kind: "map",
      to: "l",
      value: add(mul(l, element("fall")), unary("exp2", sub(element("sink_row"), m))),
      note: "the sink is one more key",
    },
  ];
};

const finish = (d: AttentionDescription, output: OutputSpec, to: Slice): readonly Statement[] => {
  switch (output.role.kind) {
    case "values":
      return [
        {
          kind: "map",
          to: "inverse",
          value: select(empty, f32(0), binary("div", raised(d), l)),
          note: "a row that saw no key yields 0",
        },
        {
          kind: "map",
          to: "acc",
          value: mul(element("acc"), element("inverse")),
          note: "O = O / l",
        },
        { kind: "store", to, from: { tile: "acc" } },
      ];
    case "lse": {
      const unit = output.role.base === 2 ? 1 : Math.fround(Math.LN2);
      const log2Sum = add(m, unary("log2", l));
      return [
        {
          kind: "map",
          to: "lse_row",
          value: select(empty, f32(-Infinity), unit === 1 ? log2Sum : mul(log2Sum, f32(unit))),
          note: `log-sum-exp, base ${output.role.base}; -inf for a row that saw no key`,
        },
        { kind: "store", to, from: { tile: "lse_row" } },
      ];
    }
  }
};
