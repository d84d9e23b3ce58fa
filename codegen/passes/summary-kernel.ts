// The kernel that sums up a tensor for a mask (summaries.ts): each row of a block owns one piece and walks over its
// elements. A piece beyond the last is not stored, and the last piece repeats the tensor's last element.

import {
  add,
  binary,
  convert,
  type Expr,
  floorDiv,
  i32,
  load,
  max,
  min,
  mul,
  sub,
  variable,
} from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { Kernel, TensorDecl, TileDecl } from "../tile/program.ts";
import type { Let, Statement } from "../tile/statement.ts";
import { pointsOf } from "./order-blocks.ts";
import type { Summary } from "./summaries.ts";

/** A warp owns 16 rows. Many small blocks: each waits for memory most of its time. */
const rowsPerBlock = 16;

const v = (name: string): Expr => variable("i32", name);

/** At least one, so that there is always something to point at. */
const pieces = ({ tensor, axis, size }: Summary): Expr => {
  const extent = tensor.axes[axis]!.extent;
  return simplify(max(floorDiv(add(extent, i32(size - 1)), i32(size)), i32(1)));
};

export const summaryTensors = (summary: Summary): readonly TensorDecl[] =>
  [summary.least, summary.greatest].map((name) => ({
    name,
    dtype: "i32",
    axes: summary.tensor.axes.map((a, i) =>
      i === summary.axis ? { ...a, extent: pieces(summary) } : a,
    ),
  }));

export const summaryKernel = (summary: Summary, name: string): Kernel => {
  const { tensor, axis, size, least, greatest } = summary;
  const cut = tensor.axes[axis]!;
  const points = tensor.axes
    .filter((a) => a !== cut)
    .map((a) => ({ name: a.axis as string, extent: a.extent }));
  const entries = points.map((p) => p.extent).reduce((a, b) => mul(a, b), i32(1) as Expr);
  const last = sub(cut.extent, i32(1));
  const start = mul(add(v("piece"), v("row")), i32(size));
  const element = (at: Expr): Expr =>
    load(
      "i32",
      tensor.name,
      tensor.axes.map((a) => ({
        axis: a.axis,
        value: a === cut ? min(at, last) : v(a.axis),
      })),
    );
  const map = (to: string, value: Expr, note?: string): Statement => ({
    ...{ kind: "map", to, value: simplify(value) },
    ...(note && { note }),
  });
  const keep = (to: string, op: "min" | "max"): Statement =>
    map(to, binary(op, variable("i32", to), element(add(start, v("i")))));
  const store = (tensorName: string, tile: string): Statement => ({
    kind: "store",
    to: {
      tensor: tensorName,
      index: tensor.axes.map((a) =>
        a === cut
          ? { kind: "tile", axis: "pieces", origin: v("piece") }
          : { kind: "point", at: v(a.axis) },
      ),
    },
    from: { tile },
  });
  const assign = (to: string, value: Expr, note: string): Let => ({
    ...{ kind: "let", name: to, type: "i32", value: simplify(value), note },
  });
  return {
    name,
    host: [assign("heads", entries, `sequences of ${tensor.name}`)],
    grid: {
      kind: "blocks",
      count: mul(
        convert("i64", floorDiv(add(pieces(summary), i32(rowsPerBlock - 1)), i32(rowsPerBlock))),
        convert("i64", v("heads")),
      ),
    },
    axes: [{ name: "pieces", extent: pieces(summary), size: rowsPerBlock }],
    launch: { warps: 1, blocksPerSM: 1 },
    tiles: [tile("low", "of the piece"), tile("high", "of the piece")],
    barriers: [],
    steps: [],
    start: [],
    roles: [
      {
        name: "all",
        body: [
          assign("turn", floorDiv(v("block"), v("heads")), "which pieces"),
          assign("piece", mul(v("turn"), i32(rowsPerBlock)), "first piece of the block"),
          assign("head", sub(v("block"), mul(v("turn"), v("heads"))), "which sequence"),
          ...pointsOf(points, "head"),
          {
            kind: "if",
            condition: binary("gt", cut.extent, i32(0)),
            then: [
              map("low", element(start), "first element of the piece"),
              map("high", variable("i32", "low")),
              {
                kind: "for",
                ...{ name: "i", from: i32(1), to: i32(size) },
                body: [keep("low", "min"), keep("high", "max")],
              },
              store(least, "low"),
              store(greatest, "high"),
            ],
          },
        ],
      },
    ],
  };
};

const tile = (name: string, note: string): TileDecl => ({
  ...{ name, dtype: "i32", shape: ["pieces"], place: { kind: "registers", layout: "rows" } },
  note: `${name === "low" ? "least" : "greatest"} element ${note}`,
});
