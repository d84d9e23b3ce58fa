// Turns `columns` loops into loops over just the tiles that hold a visible element. Before: a walk over
// a whole axis whose absent elements are named by a predicate. After: a step, called with the flag
// `masked` for partial tiles and without it for covered ones; excluded tiles are never visited.
// What ranges cannot say is asked of each tile, where that can help (key-loops.ts).

import { unreachable } from "../base/diagnostic.ts";
import {
  type Expr,
  add,
  and,
  binary,
  i32,
  mapChildren,
  mul,
  sameExpr,
  select,
  sub,
  substitute,
  unary,
  variable,
} from "../expr/expr.ts";
import { type KeyTiles, keyTiles } from "../expr/ranges.ts";
import { simplify } from "../expr/simplify.ts";
import { type TileClass, tileClass } from "../expr/tile-class.ts";
import type { Kernel, Step, TensorDecl, TileAxis } from "../tile/program.ts";
import type { Columns, Find, Let, Statement } from "../tile/statement.ts";
import { mapExpressions, mapStatements } from "../tile/walk.ts";
import { loopsOver } from "./key-loops.ts";
import { assign, orderOf, partOf, unclassified, v } from "./key-order.ts";
import { type Reads, Summaries, type Summary } from "./summaries.ts";
import { summaryKernel, summaryTensors } from "./summary-kernel.ts";
import type { Pass } from "./target.ts";

const axisOf = (kernel: Kernel, name: string): TileAxis & { readonly size: number } => {
  const axis = kernel.axes.find((a) => a.name === name);
  if (axis?.size === undefined) return unreachable(`axis ${name} has no size`);
  return { ...axis, size: axis.size };
};

/** origin + row and origin + col become the axis' own coordinate, which the range solver knows. */
const absolute = (e: Expr, names: ReadonlyMap<string, string>): Expr => {
  if (e.kind === "binary" && e.op === "add" && e.a.kind === "var" && e.b.kind === "var") {
    const name = names.get(`${e.a.name} + ${e.b.name}`);
    if (name !== undefined) return variable("i32", name);
  }
  return mapChildren(e, (c) => absolute(c, names));
};

/** Which key tiles a row tile visits: the solved ranges, and what is asked of each tile where they are too wide. */
export interface KeyPlan {
  readonly tiles: KeyTiles;
  /** Conditions over the loop's origin. */
  readonly ask: TileClass;
  readonly reads: Reads;
}

export const keyPlan = (
  kernel: Kernel,
  loop: Columns,
  rowOrigin: string,
  inputs: readonly TensorDecl[],
): KeyPlan => {
  const [q, kv] = [axisOf(kernel, "q"), axisOf(kernel, loop.axis)];
  const names = new Map([
    [`${rowOrigin} + row`, q.name],
    [`${loop.origin} + col`, kv.name],
  ]);
  const predicate = loop.where && absolute(loop.where, names);
  const rows = { ...q, origin: v(rowOrigin) };
  const tiles = keyTiles(predicate, rows, kv);
  const nothing: Reads = { summaries: [], lets: [] };
  if (predicate === undefined || tiles.exact) return { tiles, ask: {}, reads: nothing };
  const known = new Summaries(inputs, kv.size, loop.origin);
  const ask = tileClass(predicate, rows, kv, v(loop.origin), tiles, known.bounds);
  const asked = [ask.excluded, ask.covered].flatMap((e) => e ?? []);
  const reads = known.readBy(asked);
  return { tiles: asked.length > 0 ? unclassified(tiles) : tiles, ask, reads };
};

/** `e` in a tile that lies inside the axis: an index of its columns need not stop at the last element. */
const whole = (e: Expr, { origin }: Columns, { extent }: TileAxis): Expr => {
  const column = add(v(origin), v("col"));
  const last = sub(extent, i32(1));
  const free = (x: Expr): Expr =>
    x.kind === "binary" && x.op === "min" && sameExpr(x.a, column) && sameExpr(x.b, last)
      ? x.a
      : mapChildren(x, free);
  return free(e);
};

/** Absent elements are set, and kept from products, where the flag says that the tile has any. */
const maskAbsent = (
  loop: Columns,
  axis: TileAxis,
  body: readonly Statement[],
): readonly Statement[] => {
  const inside = binary("lt", add(v(loop.origin), v("col")), axis.extent);
  const visible = loop.where ? and(loop.where, inside) : inside;
  const masked = variable("bool", "masked");
  return mapStatements(body, (s): readonly Statement[] => {
    if (s.kind === "product" && s.skipZeros) {
      const { skipZeros: _, ...plain } = s;
      return [
        { kind: "if", condition: masked, then: [s] },
        { kind: "if", condition: unary("not", masked), then: [plain] },
      ];
    }
    if (s.kind === "map") {
      const value = whole(s.value, loop, axis);
      if (sameExpr(value, s.value)) return [s];
      return [
        { kind: "if", condition: masked, then: [s] },
        { kind: "if", condition: unary("not", masked), then: [{ ...s, value }] },
      ];
    }
    if (s.kind !== "absent") return [s];
    const map: Statement = {
      kind: "map",
      to: s.to,
      value: select(visible, variable("f32", s.to), s.value),
      note: "keys that a row does not see, or beyond the last one",
      ...(loop.span && { span: loop.span }),
    };
    return [{ kind: "if", condition: masked, then: [map] }];
  });
};

interface Visited {
  readonly kernel: Kernel;
  readonly summaries: readonly Summary[];
}

const visitKernel = (kernel: Kernel, inputs: readonly TensorDecl[]): Visited => {
  const steps: Step[] = [...kernel.steps];
  const summaries: Summary[] = [];
  const earlier: Statement[] = [];
  const roles = kernel.roles.map((role) => ({
    ...role,
    body: role.body.flatMap((s): readonly Statement[] => {
      if (s.kind !== "columns") return [s];
      const axis = axisOf(kernel, s.axis);
      const name = steps.length === 0 ? "step" : `step_${steps.length}`;
      const { tiles, ask, reads } = keyPlan(kernel, s, "q0", inputs);
      summaries.push(...reads.summaries);
      const whole = orderOf(tiles);
      const order = s.part ? partOf(whole, s.part) : whole;
      const origin = (place: Expr): Expr => mul(order.tile(place), i32(axis.size));
      const at = (e: Expr) => (place: Expr) =>
        simplify(substitute(e, new Map([[s.origin, origin(place)]])));
      const loops = loopsOver(
        order,
        {
          lets: reads.lets,
          ...(ask.excluded && { excluded: at(ask.excluded) }),
          ...(ask.covered && { covered: at(ask.covered) }),
        },
        name,
      );
      steps.push({
        name,
        params: loops.params.map((param) => ({ name: param, type: "i32" })),
        flags: ["masked"],
        tiles: [],
        body: [
          assign(s.origin, origin(v(loops.here)), "first key of the tile"),
          ...maskAbsent(s, axis, s.body),
        ],
      });
      const visits = apart([...order.lets, ...loops.body], earlier, steps);
      earlier.push(...visits);
      return visits;
    }),
  }));
  return { kernel: { ...kernel, steps, roles }, summaries };
};

/**
 * The visits of a loop beside those of the loops before it. What has the same bounds shares their names; bounds of
 * its own get names of its own, in its last step too.
 */
const apart = (
  visits: readonly Statement[],
  earlier: readonly Statement[],
  steps: Step[],
): readonly Statement[] => {
  const isLet = (s: Statement): s is Let | Find => s.kind === "let" || s.kind === "find";
  const known = new Map(earlier.filter(isLet).map((s) => [s.name, JSON.stringify(s)]));
  const own = visits.filter(isLet);
  if (own.every((s) => known.get(s.name) === JSON.stringify(s)))
    return visits.filter((s) => !isLet(s));
  if (own.every((s) => !known.has(s.name))) return visits;
  const step = steps.pop() ?? unreachable("a loop without a step");
  const renamed = new Map(own.map((s) => [s.name, `${s.name}${step.name.replace(/^step/, "")}`]));
  const values = new Map([...renamed].map(([from, to]) => [from, v(to)]));
  const edit = (s: Statement): readonly Statement[] => {
    const edited = mapExpressions(s, (e) => substitute(e, values));
    return [isLet(edited) ? { ...edited, name: renamed.get(edited.name) ?? edited.name } : edited];
  };
  steps.push({ ...step, body: mapStatements(step.body, edit) });
  return mapStatements(visits, edit);
};

/** Needs tile sizes and `q0`. What a kernel reads of summaries is written by kernels before it. */
export const visitKeyTiles: Pass = (program) => {
  const visited = program.kernels.map((kernel) => visitKernel(kernel, program.inputs));
  const summaries = visited.flatMap((k) => k.summaries);
  return {
    ...program,
    workspace: [...program.workspace, ...summaries.flatMap(summaryTensors)],
    kernels: [
      ...summaries.map((s, i) => summaryKernel(s, i === 0 ? "summary" : `summary_${i}`)),
      ...visited.map((k) => k.kernel),
    ],
  };
};
