// What a kernel returns once its keys are used up: normalised values and the log-sum-exp of each row.

import { type Expr, add, binary, f32, mul, select, unary, variable } from "../expr/expr.ts";
import type { Description, OutputSpec } from "../spec/description.ts";
import type { Slice } from "../tile/statement-parts.ts";
import type { Statement } from "../tile/statement.ts";

const l = variable("f32", "l");
const empty = binary("eq", l, f32(0));
const element = (tile: string): Expr => variable("f32", tile);

/**
 * Rows that saw no key have l = 0: o = 0 and lse = -inf, so that merging such a state changes nothing. `box`: where an
 * output's tile belongs.
 */
export const finishRows = (
  d: Description,
  box: (name: string) => Slice,
): readonly Statement[] => d.outputs.flatMap((output) => finish(output, box(output.name)));

const finish = (output: OutputSpec, to: Slice): readonly Statement[] => {
  switch (output.role.kind) {
    case "values":
      return [
        {
          kind: "map",
          to: "inverse",
          value: select(empty, f32(0), binary("div", f32(1), l)),
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
      const log2Sum = add(element("m"), unary("log2", l));
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
