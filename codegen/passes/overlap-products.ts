// Issues a step's products and works on while they run. Before: a step that loads two tiles and multiplies with each
// where it stands: scores first, then, with the weights made of them, values. After: the step of visit t issues its
// scores, then the values of visit t - 1, so that the matrix unit has those to do while warps make weights of the
// scores; the first visit has none before it, and those of the last follow the loop. Warpgroups issue in turns,
// so that one multiplies while another makes weights.
//
// A product in flight cannot pass over weights of zero: where a visit masked keys, what may not reach the result is taken
// out of its values before they are multiplied (`quarantine`). That meets other warps, so no turn may be held.

import { unreachable } from "../base/diagnostic.ts";
import {
  type Expr,
  and,
  binary,
  bool,
  i32,
  max,
  sub,
  substitute,
  unary,
  variable,
} from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import type { Step } from "../tile/program.ts";
import type { Call, If, LoadTile, Product, Statement } from "../tile/statement.ts";
import type { AwaitProducts } from "../tile/statement-scheduled.ts";
import { mapStatements, readsOf, statementsOf, writesOf } from "../tile/walk.ts";
import type { Ring } from "./ring.ts";
import { count, useStage, withoutLoads } from "./staging.ts";

export interface Work {
  readonly step: Step;
  /** The loops that call the step. */
  readonly loop: readonly Statement[];
  readonly loads: readonly LoadTile[];
  readonly ring: Ring;
  /** Warpgroups. */
  readonly groups: number;
}

/** The step and its loops once more. */
export interface Overlapped {
  readonly step: Step;
  readonly loop: readonly Statement[];
}

const t = variable("i32", "t");
const first = variable("bool", "first");
const unlessFirst = (...then: readonly Statement[]): readonly If[] =>
  then.length === 0 ? [] : [{ kind: "if", condition: unary("not", first), then }];

/** A step taken apart: scores of the keys, weights of the scores, values of the weights. */
interface Parts {
  readonly before: readonly Statement[];
  readonly scores: Product;
  readonly weights: readonly Statement[];
  readonly values: Product;
  /** Whether masked visits must pass over weights of zero. */
  readonly skips: boolean;
  readonly keys: LoadTile;
  readonly vectors: LoadTile;
}

const isProduct = (s: Statement): s is Product => s.kind === "product";
const addsValues = (s: Statement): boolean => isProduct(s) && s.form === "pv";

const partsOf = ({ step, loads }: Work): Parts => {
  const [keys, vectors] = loads;
  const body = withoutLoads(step.body);
  const at = body.findIndex(isProduct);
  const scores = body[at];
  const end = body.findIndex((s) => [...statementsOf([s])].some(addsValues));
  const last = [...statementsOf(body.slice(end))].filter(isProduct);
  const values = last.find((s) => !s.skipZeros);
  if (!keys || !vectors || end < 0 || scores?.kind !== "product" || !values)
    return unreachable(`${step.name} is no step of attention`);
  const skips = last.some((s) => s.skipZeros);
  return {
    ...{ before: body.slice(0, at), scores, weights: body.slice(at + 1, end) },
    ...{ values, skips, keys, vectors },
  };
};

export const overlapProducts = (work: Work): Overlapped => {
  const parts = partsOf(work);
  return work.loop.some((s) => s.kind === "visit")
    ? { step: inOrder(work, parts), loop: work.loop }
    : { step: rotated(work, parts), loop: peeled(work, parts) };
};

const awaitProducts = (pending: number, ...ready: readonly string[]): AwaitProducts => ({
  kind: "await_products",
  pending,
  ready,
});
const returned = ({ values }: Parts): AwaitProducts => awaitProducts(0, values.to, values.a.tile);

const issue = (s: Product, load: LoadTile, stage: Expr): Product => ({
  ...s,
  b: { tile: load.to, stage },
  issued: true,
});

const quarantine = ({ ring }: Work, { values, vectors }: Parts, visit: Expr): Statement => ({
  ...{ kind: "quarantine", to: values.to, a: values.a },
  b: { tile: vectors.to, stage: ring.stage(visit) },
  note: "masked keys must not reach the result",
});

/** What a step whose products pass over weights of zero does where the visit in question was masked. */
const ifMasked = (
  { skips }: Parts,
  masked: Expr,
  ...then: readonly Statement[]
): readonly Statement[] => {
  if (!skips) return [];
  if (masked.kind === "const") return masked.value === 0 ? [] : then;
  return [{ kind: "if", condition: masked, then }];
};

/** Without overlap, for loops whose last visit is only known when it runs. */
const inOrder = (work: Work, parts: Parts): Step => {
  const { step, ring } = work;
  const { values } = parts;
  const body: readonly Statement[] = [
    ...parts.before,
    ring.awaitFull(parts.keys, t),
    issue(parts.scores, parts.keys, ring.stage(t)),
    awaitProducts(0, parts.scores.to),
    ring.arriveFree(parts.keys, t),
    ...parts.weights,
    ring.awaitFull(parts.vectors, t),
    ...ifMasked(parts, variable("bool", "masked"), quarantine(work, parts, t)),
    issue(values, parts.vectors, ring.stage(t)),
    returned(parts),
    ring.arriveFree(parts.vectors, t),
  ];
  return { ...step, body };
};

const readsTile = (s: Statement, tile: string): boolean =>
  [...statementsOf([s])].some((x) => isProduct(x) && x.b.tile === tile);

const rotated = (work: Work, parts: Parts): Step => {
  const { step, ring, groups } = work;
  const { scores, values, keys } = parts;
  const weights = useStage(parts.weights, keys.to, ring.stage(t));
  const previous = sub(t, i32(1));
  const busy = new Set([values.to, values.a.tile]);
  const touches = (s: Statement): boolean =>
    [...statementsOf([s])]
      .flatMap((x) => [...readsOf(x, (name) => busy.has(name)), ...writesOf(x)])
      .some((r) => busy.has(r.tile));
  const there = weights.findIndex(touches);
  const read = weights.findLastIndex((s) => readsTile(s, keys.to)) + 1;
  const body: readonly Statement[] = [
    ...parts.before,
    ...unlessFirst(
      ...mayFollowMasked(
        work,
        ifMasked(
          parts,
          maskedAt(work, previous),
          ring.awaitFull(parts.vectors, previous),
          quarantine(work, parts, previous),
        ),
      ),
    ),
    ring.awaitFull(parts.keys, t),
    ...(groups > 1 ? [{ kind: "take_turn" } as const] : []),
    issue(scores, parts.keys, ring.stage(t)),
    ...unlessFirst(
      ring.awaitFull(parts.vectors, previous),
      issue(values, parts.vectors, ring.stage(previous)),
    ),
    ...(groups > 1 ? [{ kind: "pass_turn" } as const] : []),
    { kind: "if", condition: first, then: [awaitProducts(0, scores.to)] },
    ...unlessFirst({ ...awaitProducts(1, scores.to), note: "the values' product may still run" }),
    ...(read > there ? [] : [ring.arriveFree(keys, t)]),
    ...weights.slice(0, there),
    ...unlessFirst(returned(parts), ring.arriveFree(parts.vectors, previous)),
    ...weights.slice(there, read),
    ...(read > there ? [ring.arriveFree(keys, t)] : []),
    ...weights.slice(Math.max(there, read)),
  ];
  return { ...step, flags: ["first", ...step.flags], body };
};

/**
 * Where loops of lazy visits see each tile whole, the visit before one of them was no masked one: the first visit of such
 * a loop is exact (expand-softmax.ts).
 */
const mayFollowMasked = (
  { step, loop }: Work,
  then: readonly Statement[],
): readonly Statement[] => {
  const flag = step.flags.indexOf("exact");
  const isLazy = (s: Statement): boolean => s.kind === "call" && s.flags[flag] === false;
  const whole = loop.every(
    (s) => s.kind !== "for" || s.body.every(isLazy) || ![...statementsOf(s.body)].some(isLazy),
  );
  return flag < 0 || !whole || then.length === 0
    ? then
    : [{ kind: "if", condition: variable("bool", "exact"), then }];
};

/** Whether the visit at a place is masked, as the loops decide it. */
const maskedAt = ({ loop, step }: Work, at: Expr): Expr => {
  const loops = loop.filter((s) => s.kind === "for");
  const flag = step.flags.indexOf("masked");
  const isMasked = (s: Statement): boolean => s.kind === "call" && s.flags[flag] === true;
  const parts = loops.flatMap(({ name, from, to, body }, i): readonly Expr[] => {
    const call = body.find((s) => [...statementsOf([s])].some(isMasked));
    if (call === undefined) return [];
    const lets = body.flatMap((s) => (s.kind === "let" ? [[s.name, s.value] as const] : []));
    const when = call.kind === "if" ? [substitute(call.condition, new Map(lets))] : [];
    const conditions = [
      ...(i > 0 ? [binary("ge", at, from)] : []),
      ...(i < loops.length - 1 ? [binary("lt", at, to)] : []),
      ...when.map((e) => substitute(e, new Map([[name, at]]))),
    ];
    return [conditions.reduce(and, bool(true))];
  });
  return simplify(parts.reduce((a, b) => binary("or", a, b), bool(false)));
};

/** The first visit stands before the loops, with the mask if any visit needs it; the last values follow them. */
const peeled = (work: Work, parts: Parts): readonly Statement[] => {
  const isCall = (s: Statement): s is Call => s.kind === "call" && s.step === work.step.name;
  const all = [...statementsOf(work.loop)].filter(isCall);
  const call = all[0] ?? unreachable(`${work.step.name} is not called`);
  const masked = work.step.flags.map((_, i) => all.some((c) => c.flags[i]));
  const loops = mapStatements(work.loop, (s) => {
    if (isCall(s)) return [{ ...s, flags: [false, ...s.flags] }];
    return s.kind === "for" ? [{ ...s, from: simplify(max(s.from, i32(1))) }] : [s];
  });
  const { ring } = work;
  const last = simplify(sub(count, i32(1)));
  return [
    { ...call, args: call.args.map(() => i32(0)), flags: [true, ...masked] },
    ...loops,
    ring.awaitFull(parts.vectors, last),
    ...ifMasked(parts, maskedAt(work, last), quarantine(work, parts, last)),
    issue(parts.values, parts.vectors, ring.stage(last)),
    returned(parts),
  ];
};
