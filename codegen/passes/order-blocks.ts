// Turns the grid's space of heads and row tiles into a line of blocks. Before: a `space` grid that
// binds its points and the first row. After: `count` blocks whose body derives them from `block`.
//
// Heads are taken in sections whose k and v share L2; inside a section all heads do one row tile
// before the next, last rows first: under a causal mask those have the most keys, so the last wave
// of blocks is short (longest processing time first, Graham 1969). Where a head has one row tile, or the tiles share no
// keys, blocks come in the order of the points.

import { unreachable } from "../base/diagnostic.ts";
import {
  type Expr,
  add,
  ceilDiv,
  constant,
  convert,
  floorDiv,
  i32,
  max,
  min,
  mul,
  sub,
  unary,
  variable,
} from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { Grid, Kernel, Program, TensorDecl } from "../tile/program.ts";
import type { Let, Statement } from "../tile/statement.ts";
import { editKernels } from "./edit.ts";
import type { Pass } from "./target.ts";

const v = (name: string): Expr => variable("i32", name);
const wide = (e: Expr): Expr => convert("i64", e);
const i64 = (n: number): Expr => constant("i64", n);
const product = (factors: readonly Expr[]): Expr =>
  factors.length === 0 ? i32(1) : factors.reduce((a, b) => mul(a, b));
const assign = (name: string, value: Expr, note?: string): Let => ({
  kind: "let",
  name,
  type: "i32",
  value: simplify(value),
  ...(note && { note }),
});

/** Bytes of a tensor of 16-bit elements. */
const bytes = (t: TensorDecl): Expr => mul(product(t.axes.map((a) => wide(a.extent))), i64(2));

/** In the order of their loads, each once. */
const loopTensors = (program: Program, body: readonly Statement[]): readonly TensorDecl[] => {
  const loops = body.filter((s) => s.kind === "columns").flatMap((s) => s.body);
  const names = new Set(loops.flatMap((s) => (s.kind === "load" ? [s.from.tensor] : [])));
  return [...names].flatMap((name) => program.inputs.filter((t) => t.name === name));
};

const orderKernel = (program: Program, kernel: Kernel, l2Section: number): Kernel => {
  const { grid } = kernel;
  if (grid.kind === "blocks") return kernel;
  const rows = kernel.axes.find((a) => a.name === grid.rows.axis);
  const size = rows?.size ?? 1;
  const oneTile = rows?.extent.kind === "const" && rows.extent.value <= size;
  if (grid.columns !== undefined || oneTile) return inOrder(kernel, grid);
  const heads = product(grid.points.map((p) => p.extent));
  const shared = kernel.roles.flatMap((r) => loopTensors(program, r.body)).map(bytes);
  const perHead = max(floorDiv(shared.reduce(add, i64(0)), wide(max(v("heads"), i32(1)))), i64(1));
  const section = unary("floorPow2", min(floorDiv(i64(l2Section), perHead), wide(v("heads"))));
  return {
    ...kernel,
    host: [
      ...kernel.host,
      assign("row_tiles", ceilDiv(rows?.extent ?? i32(1), i32(size)), "tiles of rows in each head"),
      assign("heads", heads, "heads of all batch entries"),
      assign("section", convert("i32", section), "heads whose k and v fit in L2 together"),
    ],
    grid: { kind: "blocks", count: mul(wide(v("row_tiles")), wide(v("heads"))) },
    roles: kernel.roles.map((role) => ({
      ...role,
      body: [...placeBlock(grid.points, grid.rows.origin, size), ...role.body],
    })),
  };
};

/** No row tiles that share keys: the points in their order, then rows, then columns, the last ones fastest. */
const inOrder = (kernel: Kernel, grid: Extract<Grid, { kind: "space" }>): Kernel => {
  const tiled = [
    { ...grid.rows, name: "turn", note: "first row" },
    ...(grid.columns ? [{ ...grid.columns, name: "column_tile", note: "first column" }] : []),
  ].map((t) => {
    const { extent, size = 1 } = kernel.axes.find((a) => a.name === t.axis) ?? unreachable(t.axis);
    return { ...t, size, extent: simplify(ceilDiv(extent, i32(size))) };
  });
  const points = [...grid.points, ...tiled].filter(({ extent }) => !isOne(extent));
  const origins = tiled.map(({ origin, name, size, extent, note }) =>
    assign(origin, isOne(extent) ? i32(0) : mul(v(name), i32(size)), note),
  );
  const ones = grid.points.filter(({ extent }) => isOne(extent));
  return {
    ...kernel,
    grid: { kind: "blocks", count: simplify(product(points.map((p) => wide(p.extent)))) },
    roles: kernel.roles.map((role) => ({
      ...role,
      body: [
        ...ones.map(({ name }) => assign(name, i32(0))),
        ...pointsOf(points, "block"),
        ...origins,
        ...role.body,
      ],
    })),
  };
};

const isOne = (e: Expr): boolean => e.kind === "const" && e.value === 1;

const placeBlock = (
  points: readonly { readonly name: string; readonly extent: Expr }[],
  origin: string,
  size: number,
): readonly Statement[] => [
  assign(
    "section_start",
    mul(floorDiv(v("block"), mul(v("section"), v("row_tiles"))), v("section")),
    "first head of this block's section",
  ),
  assign("width", min(v("section"), sub(v("heads"), v("section_start"))), "heads in the section"),
  assign(
    "place",
    sub(v("block"), mul(v("section_start"), v("row_tiles"))),
    "rank within the section",
  ),
  assign("turn", floorDiv(v("place"), v("width"))),
  assign(
    origin,
    mul(sub(sub(v("row_tiles"), i32(1)), v("turn")), i32(size)),
    "first row; the longest rows come first",
  ),
  assign("head", add(v("section_start"), sub(v("place"), mul(v("turn"), v("width"))))),
  ...pointsOf(points, "head"),
];

/** The points are the digits of a number, the last one fastest. */
export const pointsOf = (
  points: readonly { readonly name: string; readonly extent: Expr }[],
  number: string,
): readonly Statement[] =>
  points.map((point, i) => {
    const inner = points.slice(i + 1).map((p) => p.extent);
    const upper = i === 0 ? undefined : points[i - 1];
    const digit = inner.length > 0 ? floorDiv(v(number), product(inner)) : v(number);
    const outer = points
      .slice(0, i)
      .reduce<Expr | undefined>(
        (sum, p) => (sum ? add(mul(sum, p.extent), v(p.name)) : v(p.name)),
        undefined,
      );
    return assign(point.name, upper && outer ? sub(digit, mul(outer, point.extent)) : digit);
  });

/** Needs tile sizes. */
export const orderBlocks: Pass = (program, { arch }) =>
  editKernels(program, (kernel) => orderKernel(program, kernel, arch.l2Section));
