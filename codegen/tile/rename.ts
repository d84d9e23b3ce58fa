// Other names for the values of a tile program: dims, scalars, tensors, host values, tiles, lets, loop variables,
// parameters and flags, which share one space, and steps. Axes, mbarriers and roles have spaces of their own.

import type { Expr } from "../expr/expr.ts";
import { mapChildren } from "../expr/expr.ts";
import type { Grid, Kernel, Program, Step, TensorDecl, Tiled, TileDecl } from "./program.ts";
import type { Statement } from "./statement.ts";
import type { Slice, TileRef } from "./statement-parts.ts";
import { mapBodies, mapExpressions, mapStatements } from "./walk.ts";

/** New names by old; what is not in it keeps its name. */
export type Renaming = ReadonlyMap<string, string>;

export const renameExpr = (e: Expr, to: Renaming): Expr => {
  if (e.kind === "var") return { ...e, name: to.get(e.name) ?? e.name };
  const inner = mapChildren(e, (child) => renameExpr(child, to));
  return inner.kind === "load" ? { ...inner, tensor: to.get(inner.tensor) ?? inner.tensor } : inner;
};

/** The same program under other names. */
export const renameProgram = (program: Program, to: Renaming): Program => {
  const named = <T extends { readonly name: string }>(x: T): T => ({
    ...x,
    name: to.get(x.name) ?? x.name,
  });
  const expr = (e: Expr): Expr => renameExpr(e, to);
  const tensor = <T extends TensorDecl>(t: T): T => ({
    ...named(t),
    axes: t.axes.map((a) => ({ ...a, extent: expr(a.extent) })),
  });
  const tile = (t: TileDecl): TileDecl => named(t);
  const step = (s: Step): Step => ({
    ...named(s),
    params: s.params.map(named),
    flags: s.flags.map((flag) => to.get(flag) ?? flag),
    tiles: s.tiles.map(tile),
  });
  const kernel = (k: Kernel): Kernel => {
    const renamed = mapBodies(k, (body) => mapStatements(body, (s) => [renameStatement(s, to)]));
    return {
      ...renamed,
      host: k.host.map((s) => ({ ...named(s), value: expr(s.value) })),
      grid: renameGrid(k.grid, to),
      axes: k.axes.map((a) => ({ ...a, extent: expr(a.extent) })),
      tiles: k.tiles.map(tile),
      steps: renamed.steps.map(step),
    };
  };
  return {
    ...program,
    dims: program.dims.map((dim) => to.get(dim) ?? dim),
    scalars: program.scalars.map(named),
    inputs: program.inputs.map(tensor),
    outputs: program.outputs.map(tensor),
    host: program.host.map((s) => ({ ...named(s), value: expr(s.value) })),
    formulas: program.formulas.map((f) => ({ ...f, value: expr(f.value) })),
    workspace: program.workspace.map(tensor),
    kernels: program.kernels.map(kernel),
  };
};

const renameGrid = (grid: Grid, to: Renaming): Grid => {
  if (grid.kind === "blocks") return { ...grid, count: renameExpr(grid.count, to) };
  const { points, rows, columns } = grid;
  const tiled = (t: Tiled): Tiled => ({ ...t, origin: to.get(t.origin) ?? t.origin });
  return {
    ...grid,
    points: points.map((p) => ({
      name: to.get(p.name) ?? p.name,
      extent: renameExpr(p.extent, to),
    })),
    rows: tiled(rows),
    ...(columns && { columns: tiled(columns) }),
  };
};

/** Of the statement itself; its body is left alone. */
const renameStatement = (statement: Statement, to: Renaming): Statement => {
  const name = (old: string): string => to.get(old) ?? old;
  const ref = (r: TileRef): TileRef => ({ ...r, tile: name(r.tile) });
  const slice = (s: Slice): Slice => ({ ...s, tensor: name(s.tensor) });
  const s = mapExpressions(statement, (e) => renameExpr(e, to));
  switch (s.kind) {
    case "let":
    case "for":
    case "find":
      return { ...s, name: name(s.name) };
    case "visit":
      return { ...s, name: name(s.name), here: name(s.here), next: name(s.next) };
    case "columns":
      return { ...s, origin: name(s.origin) };
    case "call":
      return { ...s, step: name(s.step) };
    case "load":
    case "fetch":
      return { ...s, to: name(s.to), from: slice(s.from) };
    case "store":
      return { ...s, to: slice(s.to), from: ref(s.from) };
    case "fill":
    case "map":
    case "absent":
      return { ...s, to: name(s.to) };
    case "product":
    case "quarantine":
      return { ...s, to: name(s.to), a: ref(s.a), b: ref(s.b) };
    case "reduce":
      return { ...s, to: name(s.to), from: name(s.from) };
    case "online_softmax":
      return {
        ...{ ...s, scores: name(s.scores), weights: name(s.weights) },
        ...{ m: name(s.m), l: name(s.l), acc: name(s.acc) },
      };
    case "await_products":
      return { ...s, ready: s.ready.map(name) };
    case "copy":
    case "bulk_copy":
      return { ...s, to: ref(s.to), from: slice(s.from) };
    case "get":
      return { ...s, to: name(s.to), from: ref(s.from) };
    case "put":
    case "deposit":
      return { ...s, to: ref(s.to), from: name(s.from) };
    case "if":
    case "if_any":
    case "take_turn":
    case "pass_turn":
    case "order_copies":
    case "commit":
    case "wait":
    case "barrier":
    case "sync_warp":
    case "init_barriers":
    case "arrive":
    case "await":
      return s;
  }
};
