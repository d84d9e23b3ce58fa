// Turns `columns` loops into loops over just the tiles that hold a visible element. Before: a walk over
// a whole axis whose absent elements are named by a predicate. After: a step, called with the flag
// `masked` for partial tiles and without it for covered ones; excluded tiles are never visited.
//
// Tiles are numbered by the order of their visit, t = 0 .. count - 1, from the last key to the first, so that
// the ragged end of the keys comes first: a copy made ahead never reaches beyond the extent.

import { unreachable } from "../base/diagnostic.ts";
import {
  type Expr,
  add,
  and,
  binary,
  i32,
  mapChildren,
  mul,
  select,
  sub,
  unary,
  variable,
} from "../expr/expr.ts";
import { type KeyTiles, keyTiles } from "../expr/ranges.ts";
import { simplify } from "../expr/simplify.ts";
import type { Kernel, Step, TileAxis } from "../tile/program.ts";
import type { Columns, Let, Statement } from "../tile/statement.ts";
import { mapStatements } from "../tile/walk.ts";
import { editKernels } from "./edit.ts";
import type { Pass } from "./target.ts";

const v = (name: string): Expr => variable("i32", name);
const assign = (name: string, value: Expr, note?: string): Let => ({
  kind: "let",
  name,
  type: "i32",
  value: simplify(value),
  ...(note && { note }),
});

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

/** The key tiles that a row tile visits. */
export const tilesOf = (kernel: Kernel, loop: Columns, rowOrigin: string): KeyTiles => {
  const rows = axisOf(kernel, "q");
  const keys = axisOf(kernel, loop.axis);
  const names = new Map([
    [`${rowOrigin} + row`, rows.name],
    [`${loop.origin} + col`, keys.name],
  ]);
  return keyTiles(
    loop.where && absolute(loop.where, names),
    { name: rows.name, origin: v(rowOrigin), size: rows.size, extent: rows.extent },
    { name: keys.name, size: keys.size, extent: keys.extent },
  );
};

interface Segment {
  readonly end: string;
  readonly length: Expr;
  readonly masked: boolean;
  readonly note: string;
}

interface Visit {
  readonly lets: readonly Let[];
  readonly segments: readonly Segment[];
  /** Tile index as an expression over t. */
  readonly tile: Expr;
}

/** Ranges are sorted upwards and disjoint; the visit takes the last range first, each from its end. */
const visit = ({ ranges }: KeyTiles): Visit => {
  const lets: Let[] = [];
  const segments: Segment[] = [];
  let before: Expr = i32(0);
  let tile: Expr | undefined;
  ranges
    .map((range, i) => ({ range, suffix: ranges.length === 1 ? "" : `_${i}` }))
    .toReversed()
    .forEach(({ range, suffix }) => {
      const bound = (name: string, value: Expr, note: string): Expr => {
        const simple = simplify(value);
        if (simple.kind === "const" || simple.kind === "var") return simple;
        lets.push(assign(`${name}${suffix}`, simple, note));
        return v(`${name}${suffix}`);
      };
      const lo = bound("lo", range.lo, "first key tile with a visible key");
      const fullLo = same(range.lo, range.fullLo)
        ? lo
        : bound("full_lo", range.fullLo, "first key tile that every row sees whole");
      const fullHi = bound(
        "full_hi",
        range.fullHi,
        "end of the key tiles that every row sees whole",
      );
      const hi = same(range.hi, range.fullHi)
        ? fullHi
        : bound("hi", range.hi, "end of the key tiles with a visible key");
      const push = (end: string, from: Expr, to: Expr, masked: boolean, note: string): void => {
        if (!same(from, to))
          segments.push({ end: `${end}${suffix}`, length: sub(to, from), masked, note });
      };
      push("partial_end", fullHi, hi, true, "partial tiles");
      push("full_end", fullLo, fullHi, false, "tiles that need no mask");
      push("last_end", lo, fullLo, true, "partial tiles at the other end");
      const top = bound("top", add(sub(hi, i32(1)), before), "tile of the first visit");
      const here = sub(top, v("t"));
      tile = tile === undefined ? here : select(binary("lt", v("t"), before), tile, here);
      before = add(before, sub(hi, lo));
      if (suffix !== "") before = bound("visits", before, "tiles visited so far");
    });
  return { lets, segments, tile: tile ?? i32(0) };
};

const same = (a: Expr, b: Expr): boolean => key(simplify(a)) === key(simplify(b));
const key = (e: Expr): string =>
  JSON.stringify(e, (name, value: unknown) => (name === "span" ? undefined : value));

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

const visitKernel = (kernel: Kernel): Kernel => {
  const steps: Step[] = [...kernel.steps];
  const roles = kernel.roles.map((role) => ({
    ...role,
    body: role.body.flatMap((s): readonly Statement[] => {
      if (s.kind !== "columns") return [s];
      const axis = axisOf(kernel, s.axis);
      const { lets, segments, tile } = visit(tilesOf(kernel, s, "q0"));
      const name = steps.length === 0 ? "step" : `step_${steps.length}`;
      steps.push({
        name,
        params: [{ name: "t", type: "i32" }],
        flags: ["masked"],
        tiles: [],
        body: [
          assign(s.origin, mul(tile, i32(axis.size)), "first key of the tile"),
          ...maskAbsent(s, axis, s.body),
        ],
      });
      return [...lets, ...loops(segments, name)];
    }),
  }));
  return { ...kernel, steps, roles };
};

/** One loop per segment, each beginning where the one before ended. */
const loops = (segments: readonly Segment[], step: string): readonly Statement[] => {
  const ends: Let[] = [];
  let from: Expr = i32(0);
  const calls = segments.map((segment, i): Statement => {
    const last = i === segments.length - 1;
    ends.push(
      assign(
        last ? "count" : segment.end,
        add(from, segment.length),
        last ? "tiles to visit" : `end of the ${segment.note}`,
      ),
    );
    const to = v(last ? "count" : segment.end);
    const loop: Statement = {
      kind: "for",
      name: "t",
      from,
      to,
      note: segment.note,
      body: [{ kind: "call", step, args: [v("t")], flags: [segment.masked] }],
    };
    from = to;
    return loop;
  });
  return [...ends, { kind: "if", condition: binary("gt", v("count"), i32(0)), then: calls }];
};

/** Needs tile sizes and `q0`. */
export const visitKeyTiles: Pass = (program) => editKernels(program, visitKernel);
