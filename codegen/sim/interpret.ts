// What each statement of a tile program means. The warps of a role run in lockstep, or those of each of its warpgroups
// where these take turns; who must wait for others yields. Which other orders could have been is known to clocks.ts.

import { unreachable } from "../base/diagnostic.ts";
import type { Call, Columns, Find, For, Part, Statement, Visit } from "../tile/statement.ts";
import { type Context, valueOf } from "./context.ts";
import { absent, fill, map, warpsWhere } from "./elements.ts";
import type { Run } from "./meetings.ts";
import { product, quarantine } from "./products.ts";
import { onlineSoftmax, reduce } from "./reduce.ts";
import { Scope } from "./scope.ts";
import { show, type Site } from "./site.ts";
import { synchronise } from "./synchronise.ts";
import { bulkCopy, copy, deposit, fetch, get, load, put, store } from "./transfers.ts";

export function* runBody(body: readonly Statement[], context: Context): Run {
  for (const statement of body) yield* runStatement(statement, context);
}

function* runStatement(s: Statement, context: Context): Run {
  const site: Site = { statement: s, kernel: context.block.launch.kernel };
  switch (s.kind) {
    case "let":
      return context.scope.set(s.name, valueOf(context, s.value, site));
    case "for":
      return yield* runFor(s, context, site);
    case "find":
      return context.scope.set(
        s.name,
        found(s, s.name, valueOf(context, s.from, site), context, site),
      );
    case "visit":
      return yield* runVisit(s, context, site);
    case "columns":
      return yield* runColumns(s, context, site);
    case "if":
      if (valueOf(context, s.condition, site) !== 0) yield* runBody(s.then, inner(context));
      return;
    case "if_any": {
      const active = warpsWhere(s, context, site);
      if (active.length > 0) yield* runBody(s.then, { ...inner(context), active });
      return;
    }
    case "call":
      return yield* runCall(s, context, site);
    case "load":
      return load(s, context, site);
    case "store":
      return store(s, context, site);
    case "fill":
      return fill(s, context, site);
    case "map":
      return map(s, context, site);
    case "product":
      return product(s, context, site);
    case "quarantine":
      return yield* quarantine(s, context, site);
    case "reduce":
      return reduce(s, context, site);
    case "absent":
      return absent(s, context, site);
    case "online_softmax":
      return onlineSoftmax(s, context, site);
    case "copy":
      return copy(s, context, site);
    case "bulk_copy":
      return bulkCopy(s, context, site);
    case "fetch":
      return fetch(s, context, site);
    case "deposit":
      return deposit(s, context, site);
    case "get":
      return get(s, context, site);
    case "put":
      return put(s, context, site);
    default:
      return yield* synchronise(s, context, site);
  }
}

const inner = (context: Context): Context => ({ ...context, scope: new Scope(context.scope) });

function* runFor(s: For, context: Context, site: Site): Run {
  const to = valueOf(context, s.to, site);
  for (let i = valueOf(context, s.from, site); i < to; i++) {
    const each = inner(context);
    each.scope.set(s.name, i);
    yield* runBody(s.body, each);
  }
}

/** The first place at or after `from` that the statement does not pass over. */
const found = (
  s: Find | Visit,
  name: string,
  from: number,
  context: Context,
  site: Site,
): number => {
  const to = valueOf(context, s.to, site);
  const tried = inner(context);
  for (let place = from; place < to; place++) {
    tried.scope.set(name, place);
    if (valueOf(tried, s.unless, site) === 0) return place;
  }
  return Math.max(from, to);
};

function* runVisit(s: Visit, context: Context, site: Site): Run {
  const to = valueOf(context, s.to, site);
  let here = valueOf(context, s.from, site);
  for (let t = 0; here < to; t++) {
    const next = found(s, s.next, here + 1, context, site);
    const each = inner(context);
    each.scope.set(s.name, t);
    each.scope.set(s.here, here);
    each.scope.set(s.next, next);
    yield* runBody(s.body, each);
    here = next;
  }
}

/** Which of `count` neighbours fall to a part: shares differ by one at most, the first parts have the larger ones. */
const shareOf = ({ index, of }: Part, count: number, context: Context, site: Site) => {
  const [part, parts] = [valueOf(context, index, site), valueOf(context, of, site)];
  const begin = (i: number): number => i * Math.floor(count / parts) + Math.min(i, count % parts);
  return [begin(part), begin(part + 1)] as const;
};

function* runColumns(s: Columns, context: Context, site: Site): Run {
  const axis = context.block.launch.axes.get(s.axis) ?? unreachable(`no axis ${s.axis}`);
  const count = axis.extent === 0 ? 0 : Math.ceil(axis.extent / axis.size);
  const [first, end] = s.part ? shareOf(s.part, count, context, site) : [0, count];
  for (let tile = first; tile < end; tile++) {
    const origin = tile * axis.size;
    const origins = new Map(context.origins).set(s.axis, origin);
    const each: Context = { ...inner(context), origins, columns: s };
    each.scope.set(s.origin, origin);
    yield* runBody(s.body, each);
  }
}

function* runCall(s: Call, context: Context, site: Site): Run {
  const step =
    context.block.launch.kernel.steps.find((step) => step.name === s.step) ??
    unreachable(`no step ${s.step}`);
  const scope = new Scope(context.scope);
  step.params.forEach(({ name }, i) => scope.set(name, valueOf(context, s.args[i]!, site)));
  step.flags.forEach((name, i) => scope.set(name, s.flags[i] === true ? 1 : 0));
  const registers = context.registers.forCall(step.name, step.tiles);
  yield* runBody(step.body, { ...context, scope, registers });
  context.unit.checkReturned(show(site), (tile) => registers.tiles.get(tile.shape.name) === tile);
}
