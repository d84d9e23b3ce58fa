// Random expressions as NumPy against the simulator, element by element: one program whose outputs are
// many maps of two inputs, over matrices, row vectors and lane vectors.

import { describe, expect, test } from "vitest";
import * as e from "../../../codegen/expr/expr.ts";
import { generator, randomTensors } from "../../../codegen/sim/random.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import type { Program, TensorDecl, TileDecl } from "../../../codegen/tile/program.ts";
import type { Statement } from "../../../codegen/tile/statement.ts";
import { runNumpy } from "../../support/numpy.ts";
import { needs } from "../../support/tools.ts";

const ROWS = 16;
const COLS = 32;
const COUNT = 60;

type Random = ReturnType<typeof generator>;

/** Expressions over tiles x (matrix) and r (rows), lane vector w, scalar c, coordinates and tensor t. */
class Expressions {
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.random.integer(list.length)]!;
  }

  float(depth: number): e.Expr {
    if (depth === 0)
      return this.pick([
        e.f32(this.random.normal()),
        ...["x", "r", "w", "c"].map((name) => e.variable("f32", name)),
      ]);
    const next = (): e.Expr => this.float(depth - 1);
    return this.pick([
      () => e.binary(this.pick(["add", "sub", "mul", "min", "max"] as const), next(), next()),
      () => e.binary(this.pick(["rem", "mod"] as const), next(), e.f32(0.75)),
      () =>
        e.unary(
          this.pick(["neg", "abs", "floor", "ceil", "round", "trunc", "sign"] as const),
          next(),
        ),
      // Where a zero has its sign from is not told apart.
      () => e.binary("div", next(), e.max(e.unary("abs", next()), e.f32(0.25))),
      () => e.unary("sqrt", e.unary("abs", next())),
      () => e.select(this.condition(depth - 1), next(), next()),
      () => e.convert("f32", this.integer(depth - 1)),
      () => e.load("f32", "t", [{ axis: "d", value: this.index(depth - 1) }]),
    ])();
  }

  integer(depth: number): e.Expr {
    if (depth === 0)
      return this.pick([
        e.i32(this.random.integer(9) - 4),
        ...["row", "col", "lane_col", "fixed_col", "N"].map((name) => e.variable("i32", name)),
      ]);
    const next = (): e.Expr => this.integer(depth - 1);
    const divisor = (): e.Expr => e.i32(this.pick([-7, -2, 3, 8]));
    return this.pick([
      () => e.binary(this.pick(["add", "sub", "min", "max"] as const), next(), next()),
      () => e.binary(this.pick(["div", "mod", "rem"] as const), next(), divisor()),
      () => e.mul(next(), divisor()),
      () => e.unary(this.pick(["neg", "abs", "sign", "floorPow2"] as const), next()),
      () => e.select(this.condition(depth - 1), next(), next()),
      () => e.convert("i32", this.float(depth - 1)),
      () => e.convert("i32", this.condition(depth - 1)),
    ])();
  }

  /** Inside t, or guarded so that what lies outside is not used. */
  index(depth: number): e.Expr {
    return e.binary("mod", this.integer(depth), e.i32(COLS));
  }

  condition(depth: number): e.Expr {
    if (depth === 0)
      return this.pick([e.bool(true), e.binary("lt", e.variable("i32", "col"), e.i32(9))]);
    const compare = this.pick(["lt", "le", "gt", "ge", "eq", "ne"] as const);
    const outside = e.add(e.variable("i32", "col"), e.i32(16));
    return this.pick([
      () => e.binary(compare, this.integer(depth - 1), this.integer(depth - 1)),
      () => e.binary(compare, this.float(depth - 1), this.float(depth - 1)),
      () =>
        e.binary(
          this.pick(["and", "or"] as const),
          this.condition(depth - 1),
          this.condition(depth - 1),
        ),
      () => e.unary("not", this.condition(depth - 1)),
      // The load is out of bounds where the select passes it over.
      () =>
        e.binary(
          "gt",
          e.select(
            e.binary("lt", outside, e.i32(COLS)),
            e.load("f32", "t", [{ axis: "d", value: outside }]),
            e.f32(0),
          ),
          e.f32(0),
        ),
    ])();
  }
}

const decl = (
  name: string,
  axes: readonly (readonly [TensorDecl["axes"][number]["axis"], number])[],
): TensorDecl => ({
  name,
  dtype: "f32",
  axes: axes.map(([axis, extent]) => ({ axis, extent: e.i32(extent) })),
});

const tile = (
  name: string,
  shape: readonly (string | number)[],
  layout: "accumulator" | "rows" | "lanes",
): TileDecl => ({
  name,
  dtype: "f32",
  shape,
  place: { kind: "registers", layout },
});

/** out[i] = the i-th expression, over [rows, cols]. */
const program = (values: readonly e.Expr[]): Program => {
  const rows = { kind: "tile", axis: "q", origin: e.i32(0) } as const;
  const all = { kind: "all" } as const;
  const body: readonly Statement[] = [
    { kind: "load", to: "x", from: { tensor: "xs", index: [rows, all] } },
    { kind: "load", to: "r", from: { tensor: "rs", index: [rows] } },
    {
      kind: "map",
      to: "w",
      value: e.mul(e.variable("f32", "r"), e.convert("f32", e.variable("i32", "lane_col"))),
    },
    ...values.flatMap((value, i): Statement[] => [
      { kind: "map", to: "y", value },
      {
        kind: "store",
        to: { tensor: "out", index: [{ kind: "point", at: e.i32(i) }, rows, all] },
        from: { tile: "y" },
      },
    ]),
  ];
  return {
    name: "expressions",
    source: "test",
    dims: ["N"],
    scalars: [{ name: "c", type: "f32" }],
    inputs: [
      decl("xs", [
        ["q", ROWS],
        ["d", COLS],
      ]),
      decl("rs", [["q", ROWS]]),
      decl("t", [["d", COLS]]),
    ],
    outputs: [
      decl("out", [
        ["h", values.length],
        ["q", ROWS],
        ["d", COLS],
      ]),
    ],
    formulas: [],
    host: [],
    workspace: [],
    kernels: [
      {
        name: "expressions",
        host: [],
        grid: { kind: "space", points: [], rows: { axis: "q", origin: "q0" } },
        axes: [{ name: "q", extent: e.i32(ROWS) }],
        tiles: [
          tile("x", ["q", COLS], "accumulator"),
          tile("y", ["q", COLS], "accumulator"),
          tile("r", ["q"], "rows"),
          tile("w", ["q"], "lanes"),
        ],
        barriers: [],
        steps: [],
        start: [],
        roles: [{ name: "all", body }],
      },
    ],
  };
};

describe.runIf(needs("numpy"))("NumPy computes what the simulator does", () => {
  test.each([1, 2, 3, 4, 5, 6])(
    "seed %i: expressions of exact operations, bit by bit",
    async (seed) => {
      const expressions = new Expressions(generator(seed));
      const values = Array.from({ length: COUNT }, () => expressions.float(1 + (seed % 4)));
      const sizes = { N: 5 };
      const options = { scalars: { c: 0.3 }, python: seed };
      const p = program(values);
      const shapes = p.inputs.map((t) => ({
        name: t.name,
        dtype: t.dtype,
        axes: t.axes.map((a) => a.axis),
        shape: t.axes.map((a) => (a.extent.kind === "const" ? a.extent.value : 0)),
      }));
      const inputs = randomTensors(shapes, seed);
      const { out: expected } = await simulateProgram(p, {
        sizes,
        inputs,
        scalars: options.scalars,
      });
      const { out: found } = runNumpy(p, sizes, inputs, options);
      const size = ROWS * COLS;
      const [x, y] = [found!.values(), expected!.values()];
      for (let i = 0; i < y.length; i++)
        if (x[i] !== y[i] && !(Number.isNaN(x[i]) && Number.isNaN(y[i])))
          throw new Error(
            `[${i % size}]: ${x[i]} is not ${y[i]}: ${JSON.stringify(values[Math.floor(i / size)])}`,
          );
      expect(y.some((v) => v !== 0)).toBe(true);
    },
  );

  test("approximate functions lie within a few roundings", async () => {
    const x = e.variable("f32", "x");
    const ops = ["exp", "exp2", "tanh", "sin", "cos", "tanhApprox"] as const;
    const positive = ["log", "log2", "rsqrt", "sqrt"] as const;
    const square = e.add(e.mul(x, x), e.f32(0.1));
    const values = [
      ...ops.map((op) => e.unary(op, x)),
      ...positive.map((op) => e.unary(op, square)),
      e.binary("pow", square, x),
    ];
    const p = program(values);
    const inputs = randomTensors(
      [
        { name: "xs", dtype: "f32", shape: [ROWS, COLS], axes: ["q", "d"] },
        { name: "rs", dtype: "f32", shape: [ROWS], axes: ["q"] },
        { name: "t", dtype: "f32", shape: [COLS], axes: ["d"] },
      ],
      3,
    );
    const scalars = { c: 1 };
    const { out: expected } = await simulateProgram(p, { sizes: { N: 1 }, inputs, scalars });
    const { out: found } = runNumpy(p, { N: 1 }, inputs, { scalars });
    const [a, b] = [found!.values(), expected!.values()];
    for (let i = 0; i < b.length; i++)
      expect(
        Math.abs(a[i]! - b[i]!),
        `${JSON.stringify(values[Math.floor(i / (ROWS * COLS))])}`,
      ).toBeLessThanOrEqual(4 * 2 ** -23 * Math.max(Math.abs(b[i]!), 2 ** -3));
  });
});
