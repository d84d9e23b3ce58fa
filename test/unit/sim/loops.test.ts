// The loops that are made of expressions against the evaluator that defines them, on random expressions.

import { type Accumulator, fragmentsOf, laneColumn } from "../../../codegen/arch/fragments.ts";
import { expect, test } from "vitest";
import { evaluate } from "../../../codegen/expr/evaluate.ts";
import {
  binary,
  type BinaryOp,
  bool,
  constant,
  convert,
  type Expr,
  f32,
  i32,
  load,
  type ScalarType,
  select,
  unary,
  type UnaryOp,
  variable,
} from "../../../codegen/expr/expr.ts";
import { printExpr } from "../../../codegen/expr/print.ts";
import { exp2 } from "../../../codegen/sim/exponential.ts";
import { compileLoop } from "../../../codegen/sim/loops.ts";
import { generator, type Generator } from "../../../codegen/sim/random.ts";
import type { Form } from "../../../codegen/sim/tiles.ts";

const ROWS = 3;
const COLS = { matrix: 10, rows: 1, lanes: 4 } as const;
const TABLE = 5;

const tiles: Readonly<Record<Form, readonly (readonly [string, ScalarType, Form])[]>> = {
  matrix: [
    ["s", "f32", "matrix"],
    ["m", "f32", "rows"],
    ["limit", "i32", "lanes"],
  ],
  rows: [
    ["m", "f32", "rows"],
    ["n", "i32", "rows"],
  ],
  lanes: [
    ["l", "f32", "lanes"],
    ["m", "f32", "rows"],
  ],
};
const coordinates: Readonly<Record<Form, readonly string[]>> = {
  matrix: ["row", "col", "lane_col", "fixed_col"],
  rows: ["row"],
  lanes: ["row", "lane_col"],
};
const floatUnary: readonly UnaryOp[] = [
  "neg",
  "abs",
  "exp",
  "log",
  "log2",
  "sqrt",
  "rsqrt",
  "tanh",
  "sin",
  "cos",
  "floor",
  "ceil",
  "round",
  "trunc",
  "sign",
];
const floatBinary: readonly BinaryOp[] = ["add", "sub", "mul", "div", "min", "max", "rem", "mod"];
const integerBinary: readonly BinaryOp[] = ["add", "sub", "mul", "div", "mod", "rem", "min", "max"];
const comparisons: readonly BinaryOp[] = ["lt", "le", "gt", "ge", "eq", "ne"];

/** A random expression of a type, over what a loop of this form sees. */
const random = (g: Generator, form: Form, type: ScalarType, depth: number): Expr => {
  const pick = <T>(items: readonly T[]): T => items[g.integer(items.length)]!;
  const sub = (t: ScalarType): Expr => random(g, form, t, depth - 1);
  if (depth === 0) {
    const named = tiles[form].filter(([, t]) => t === type).map(([name]) => name);
    const names = type === "f32" ? [...named, "scale"] : [...named, "shift", ...coordinates[form]];
    if (type === "bool")
      return g.integer(2) === 0 ? bool(g.integer(2) === 0) : variable("bool", "flag");
    if (g.integer(3) > 0) return variable(type, pick(names));
    return type === "f32" ? f32(Math.fround(g.normal())) : constant(type, g.integer(9) - 4);
  }
  if (g.integer(5) === 0) return select(sub("bool"), sub(type), sub(type));
  switch (type) {
    case "f32":
      return pick([
        () => unary(pick(floatUnary), sub("f32")),
        () => binary(pick(floatBinary), sub("f32"), sub("f32")),
        () => convert("f32", sub("i32")),
        () => load("f32", "table", [{ axis: "h", value: binary("mod", sub("i32"), i32(TABLE)) }]),
      ])();
    case "bool":
      return pick([
        () => binary(pick(comparisons), sub("f32"), sub("f32")),
        () => binary(pick(comparisons), sub("i32"), sub("i32")),
        () => binary(pick(["and", "or"]), sub("bool"), sub("bool")),
        () => unary("not", sub("bool")),
      ])();
    default:
      return pick([
        () => binary(pick(integerBinary), sub("i32"), sub("i32")),
        () => unary(pick(["neg", "abs", "sign"]), sub("i32")),
        () => convert("i32", sub("f32")),
      ])();
  }
};

/** The sign of a zero that min or max chooses is left open. */
const positiveZero = (x: number | string): number | string => (x === 0 ? 0 : x);

const outcome = (run: () => number): number | string => {
  try {
    return run();
  } catch (error) {
    return (error as Error).message;
  }
};

const layouts = Object.values(fragmentsOf).map((f) => f.accumulator);
/** The lane of the four whose columns those are. */
const laneOf = (layout: Accumulator, col: number): number =>
  [0, 1, 2, 3].find((lane) => laneColumn(layout, lane) === (col & layout.laneColumns))!;

test("30,000 elements of random expressions, to the last bit", () => {
  let elements = 0;
  for (let seed = 0; elements < 30_000; seed++) {
    const g = generator(seed);
    const form = (["matrix", "rows", "lanes"] as const)[g.integer(3)]!;
    const type = (["f32", "i32", "bool"] as const)[g.integer(3)]!;
    const value = random(g, form, type, 1 + g.integer(4));
    const forms = new Map(tiles[form].map(([name, , f]) => [name, f]));
    const data = new Map(
      tiles[form].map(([name, t, f]) => {
        const size = ROWS * COLS[f];
        return [
          name,
          t === "f32"
            ? Float32Array.from({ length: size }, () => 3 * g.normal())
            : Int32Array.from({ length: size }, () => g.integer(20) - 10),
        ];
      }),
    );
    const scalars: Readonly<Record<string, number>> = { scale: 0.5, shift: 7, flag: g.integer(2) };
    const table = Float32Array.from({ length: TABLE }, () => g.normal());
    const layout = layouts[g.integer(layouts.length)]!;
    const loop = compileLoop(value, form, layout, (name) => forms.get(name));
    const width = COLS[form];
    const at = (name: string, row: number, col: number): number => {
      switch (name) {
        case "row":
          return row;
        case "col":
          return col;
        case "lane_col":
          return form === "lanes" ? laneColumn(layout, col) : col & layout.laneColumns;
        case "fixed_col":
          return col & ~layout.laneColumns;
      }
      const tile = data.get(name);
      if (tile === undefined) return scalars[name]!;
      switch (forms.get(name)!) {
        case "matrix":
          return tile[row * width + col]!;
        case "rows":
          return tile[row]!;
        case "lanes":
          return tile[row * 4 + (form === "lanes" ? col : laneOf(layout, col))]!;
      }
    };
    for (let row = 0; row < ROWS; row++)
      for (let col = 0; col < width; col++, elements++) {
        const out =
          type === "f32" ? new Float32Array(ROWS * width) : new Float64Array(ROWS * width);
        const found = outcome(() => {
          loop.run(
            out as Float32Array,
            {
              tiles: loop.tiles.map((name) => data.get(name)!),
              scalars: loop.scalars.map((name) => scalars[name]!),
              load: (_, i) => table[i!]!,
            },
            { first: row, last: row + 1, cols: col + 1, width },
          );
          return out[row * width + col]!;
        });
        const variableAt = (c: number) => (name: string) => at(name, row, c);
        const loadAt = (_: string, [i]: readonly number[]): number => table[i!]!;
        const expected = (c: number): number | string =>
          outcome(() => evaluate(value, { variable: variableAt(c), load: loadAt }, "f32"));
        const earlier = Array.from({ length: col }, (_, c) => expected(c)).find(
          (x) => typeof x === "string",
        );
        const wanted = earlier ?? expected(col);
        if (!Object.is(positiveZero(found), positiveZero(wanted)))
          expect.fail(
            `seed ${seed}: ${printExpr(value)} at row ${row}, col ${col} of ${form}: ${found}, expected ${wanted}`,
          );
      }
  }
});

test("2^x to the last bit of f32, and as ex2.approx.ftz beyond the normal numbers", () => {
  const g = generator(1);
  let different = 0;
  let worst = 0;
  for (let i = 0; i < 100_000; i++) {
    const x = Math.fround((g.uniform() - 0.5) * 252);
    if (Math.fround(exp2(x)) !== Math.fround(2 ** x)) different++;
    worst = Math.max(worst, Math.abs(exp2(x) / 2 ** x - 1));
  }
  expect(different).toBe(0);
  expect(worst).toBeLessThan(2e-15);
  expect([exp2(0), exp2(-126), exp2(-126.01), exp2(-Infinity), exp2(128), exp2(NaN)]).toEqual([
    1,
    2 ** -126,
    0,
    0,
    Infinity,
    NaN,
  ]);
});
