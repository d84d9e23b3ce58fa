// Says how many parts the keys of a row tile are shared out to. Before: one part, as lowered. After: what the schedule
// asks for; "auto" fills the device with one wave of blocks, as long as a part keeps a few key tiles. The count depends on
// the launch's extents and on the device alone, so that a launch gives the same bits again.

import { unreachable } from "../base/diagnostic.ts";
import {
  type Expr,
  ceilDiv,
  constant,
  convert,
  floorDiv,
  i32,
  max,
  min,
  mul,
  variable,
} from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { Kernel, Program } from "../tile/program.ts";
import { multiprocessors } from "../tile/scope.ts";
import type { Columns } from "../tile/statement.ts";
import { statementsOf } from "../tile/walk.ts";
import type { Pass } from "./target.ts";

/** Key tiles that a part has at least: fewer are not worth the start of a block. */
const FEWEST_TILES = 4;

const wide = (e: Expr): Expr => convert("i64", e);

const loopOf = (kernel: Kernel): Columns | undefined =>
  kernel.roles
    .flatMap((role) => statementsOf(role.body))
    .find((s): s is Columns => s.kind === "columns" && s.part !== undefined);

const tilesOf = (kernel: Kernel, axis: string): Expr => {
  const { extent, size } = kernel.axes.find((a) => a.name === axis) ?? unreachable(axis);
  return ceilDiv(extent, i32(size ?? unreachable(`axis ${axis} has no size`)));
};

/** One wave: as many blocks as the device holds at once. */
const oneWave = (kernel: Kernel, loop: Columns): Expr => {
  const { grid, launch } = kernel;
  if (grid.kind !== "space" || launch === undefined) return unreachable("no plan yet");
  const names = loop.part?.index.kind === "var" ? loop.part.index.name : unreachable("a part");
  const blocks = [tilesOf(kernel, grid.rows.axis), ...extentsBut(grid.points, names)];
  const resident = mul(variable("i32", multiprocessors), i32(launch.blocksPerSM));
  const each = max(blocks.map(wide).reduce(mul), constant("i64", 1));
  const wave = floorDiv(wide(resident), each);
  const most = floorDiv(tilesOf(kernel, loop.axis), i32(FEWEST_TILES));
  return convert("i32", max(min(wave, wide(most)), constant("i64", 1)));
};

const extentsBut = (
  points: readonly { readonly name: string; readonly extent: Expr }[],
  name: string,
): readonly Expr[] => points.flatMap((p) => (p.name === name ? [] : [p.extent]));

/** Needs tile sizes and launches. */
export const chooseSplits: Pass = (program: Program, { plan }) => {
  const { splits } = plan;
  const found = program.kernels.flatMap((kernel) => {
    const loop = loopOf(kernel);
    return loop ? [{ kernel, loop }] : [];
  });
  const [first] = found;
  if (first === undefined || splits === undefined) return program;
  const count = first.loop.part?.of;
  const name = count?.kind === "var" ? count.name : unreachable("the number of parts");
  const value = splits === "auto" ? simplify(oneWave(first.kernel, first.loop)) : i32(splits);
  return {
    ...program,
    host: program.host.map((h) => (h.name === name ? { ...h, value } : h)),
  };
};
