// Bodies of roles and steps: names and expressions of every statement, levels, calls, and what may not
// stand inside if_any. What ops demand of their tiles is in verify-tile-op.ts.

import { codes } from "../base/codes.ts";
import type { Sync } from "./op.ts";
import { opOf, wordOf } from "./ops.ts";
import type { BarrierDecl, Kernel, Role, Step } from "./program.ts";
import type { Call, Columns, Find, Let, Statement, Visit } from "./statement.ts";
import type { BarrierRef } from "./statement-parts.ts";
import { type At, checkStage, everywhere, expr } from "./verify-at.ts";
import { type Binding, type Check, Visible } from "./verify-check.ts";
import { axisUnknown, checkTile } from "./verify-declarations.ts";
import { checkFlags, type Context } from "./verify-expression.ts";
import { calledBy, checkPlace, needWarpgroups } from "./verify-roles.ts";
import { checkTileOp } from "./verify-tile-op.ts";
import { bodyOf } from "./walk.ts";

export const checkBodies = (check: Check, kernel: Kernel, names: Visible): void => {
  const base = { check, kernel, inIfAny: false };
  const common = new Visible(names);
  checkBody({ ...base, names: common, callable: [], place: "start" }, kernel.start);
  for (const role of kernel.roles)
    checkBody(
      { ...base, names: new Visible(common), callable: kernel.steps, place: role },
      role.body,
    );
  for (const [i, step] of kernel.steps.entries()) {
    const inner = new Visible(common);
    const [first = [], ...others] = kernel.roles.flatMap((role) => letsAbove(kernel, role, step));
    for (const { name, type } of first)
      if (others.every((lets) => lets.some((s) => s.name === name && s.type === type)))
        inner.bind(name, { kind: "scalar", type, what: "a let" });
    for (const { name, type } of step.params)
      inner.declare(check, name, { kind: "scalar", type, what: "a parameter" }, step.span);
    for (const flag of step.flags) inner.declare(check, flag, { kind: "flag" }, step.span);
    for (const tile of step.tiles) checkTile(check, kernel, tile, inner);
    const callable = kernel.steps.slice(0, i);
    checkBody({ ...base, names: inner, callable }, step.body);
  }
};

/** Does the body reach the step, through other steps too? */
const calls = (steps: readonly Step[], body: readonly Statement[], step: Step): boolean =>
  body.some((s) => {
    if (s.kind !== "call") return calls(steps, bodyOf(s) ?? [], step);
    if (s.step === step.name) return true;
    const at = steps.findIndex((other) => other.name === s.step);
    const inner = steps[at];
    // Steps call only steps above them, so this ends.
    return inner !== undefined && calls(steps.slice(0, at), inner.body, step);
  });

/** The role's lets at its top level, above the first statement that reaches the step; none if none does. */
const letsAbove = (kernel: Kernel, role: Role, step: Step): readonly (readonly Let[])[] => {
  const first = role.body.findIndex((s) => calls(kernel.steps, [s], step));
  return first < 0 ? [] : [role.body.slice(0, first).filter((s) => s.kind === "let")];
};

const checkBody = (at: At, body: readonly Statement[]): void => {
  for (const s of body) checkStatement(at, s);
};

const within = (at: At, more: Partial<At> = {}): At => ({
  ...at,
  names: new Visible(at.names),
  ...more,
});

const checkStatement = (at: At, s: Statement): void => {
  const { check } = at;
  check.note(s.note, s.span);
  checkLevel(at, s);
  if (at.inIfAny && meets(at.callable, s)) check.report(codes.insideIfAny(s.span, wordOf(s)));
  checkPlace(at, s);
  for (const ref of opOf(s).barriers(s)) checkBarrier(at, s, ref);
  checkOwn(at, s);
  checkTileOp(at, s);
};

const checkBarrier = (at: At, s: Statement, { barrier, stage }: BarrierRef): void => {
  const declared = at.kernel.barriers;
  const found = declared.find((b) => b.name === barrier);
  if (found !== undefined) {
    checkCounts(at, s, found);
    return checkStage(at, s, barrier, stage, found.stages);
  }
  const known = declared.map((b) => b.name);
  at.check.report(codes.unknownName(s.span, "mbarrier", barrier, known));
};

/** Copies complete the phases of barriers that count bytes, arrivals those of all others. */
const checkCounts = (at: At, s: Statement, { name, counts }: BarrierDecl): void => {
  const fits = s.kind === "bulk_copy" ? counts === "bytes" : counts !== "bytes";
  if (s.kind !== "await" && !fits)
    at.check.report(codes.wrongCount(s.span, wordOf(s), name, counts));
};

const isIssued = (s: Statement): boolean => s.kind === "product" && s.issued === true;

const checkLevel = ({ check }: At, s: Statement): void => {
  const issued = isIssued(s);
  const level = issued ? "scheduled" : opOf(s).level;
  if (level !== "both" && check.mode !== "between" && level !== check.mode)
    check.report(codes.wrongLevel(s.span, wordOf(s), check.level()));
  if (opOf(s).warpgroups || issued) needWarpgroups(check, wordOf(s), s.span);
};

const together: ReadonlySet<Sync> = new Set<Sync>([
  ...(["starts", "ends", "group", "products", "phase", "turn", "role", "block"] as const),
]);

/** Must other warps come along? */
const meets = (callable: readonly Step[], s: Statement): boolean => {
  if (s.kind !== "call") return together.has(opOf(s).sync) || isIssued(s);
  return calledBy(callable, s.step).some((inner) => inner.kind !== "call" && meets([], inner));
};

/** The statement's own expressions, and its body. */
const checkOwn = (at: At, s: Statement): void => {
  switch (s.kind) {
    case "let":
      expr(at, s, s.value, everywhere(at, `let ${s.name}`), s.type);
      return at.names.declare(
        at.check,
        s.name,
        { kind: "scalar", type: s.type, what: "a let" },
        s.span,
      );
    case "for": {
      for (const e of [s.from, s.to]) expr(at, s, e, everywhere(at, "a bound of the loop"), "i32");
      const inner = within(at);
      const what = "a loop variable";
      inner.names.declare(at.check, s.name, { kind: "scalar", type: "i32", what }, s.span);
      return checkBody(inner, s.body);
    }
    case "find":
      checkSearch(at, s, s.name);
      return at.names.declare(at.check, s.name, place("a place that is found"), s.span);
    case "visit": {
      checkSearch(at, s, s.next);
      const inner = within(at);
      for (const name of [s.name, s.here, s.next])
        inner.names.declare(at.check, name, place("a name of the loop"), s.span);
      return checkBody(inner, s.body);
    }
    case "columns":
      return checkColumns(at, s);
    case "if":
      expr(at, s, s.condition, everywhere(at, "the condition", true), "bool");
      checkFlags(at.check, s.condition, at.names, s.span);
      return checkBody(within(at), s.then);
    case "if_any":
      expr(at, s, s.condition, perRow, "bool");
      return checkBody(within(at, { inIfAny: true }), s.then);
    case "call":
      return checkCall(at, s);
    case "copy":
    case "fetch":
      expr(at, s, s.guard, everywhere(at, "the guard", true), "bool");
      return checkFlags(at.check, s.guard, at.names, s.span);
    case "await":
      return expr(at, s, s.parity, everywhere(at, "the parity"), "i32");
    case "wait":
    case "await_products": {
      const what = `the number of ${s.kind === "wait" ? "groups" : "products"}`;
      if (!Number.isInteger(s.pending) || s.pending < 0)
        at.check.report(codes.badSize(s.span, what, s.pending, "0 or more"));
      return;
    }
    case "load":
    case "store":
    case "fill":
    case "map":
    case "product":
    case "reduce":
    case "absent":
    case "online_softmax":
    case "quarantine":
    case "take_turn":
    case "pass_turn":
    case "order_copies":
    case "bulk_copy":
    case "commit":
    case "barrier":
    case "sync_warp":
    case "init_barriers":
    case "arrive":
    case "get":
    case "put":
    case "deposit":
      return;
  }
};

const place = (what: string): Binding => ({ kind: "scalar", type: "i32", what });

/** Bounds, and what is passed over: it sees the name of what is found. */
const checkSearch = (at: At, s: Find | Visit, name: string): void => {
  for (const e of [s.from, s.to]) expr(at, s, e, everywhere(at, "a bound of the search"), "i32");
  const inner = within(at);
  inner.names.bind(name, place("a place that is found"));
  expr(inner, s, s.unless, everywhere(at, "unless"), "bool");
};

/** A condition of each row, or where it reads `lanes` vectors of each row and lane. */
const perRow: Context = {
  where: "the condition of if_any",
  coordinates: ["row"],
  reads: (tile) => tile.shape.length === 1,
  flags: false,
};

const checkColumns = (at: At, s: Columns): void => {
  const { check, kernel } = at;
  if (!kernel.axes.some((a) => a.name === s.axis))
    check.report(axisUnknown(kernel, s.axis, s.span));
  for (const e of s.part ? [s.part.index, s.part.of] : [])
    expr(at, s, e, everywhere(at, "a part"), "i32");
  const inner = within(at, { columns: s });
  const what = "the first column";
  inner.names.declare(check, s.origin, { kind: "scalar", type: "i32", what }, s.span);
  const context = { ...everywhere(at, "where"), coordinates: ["row", "col"] };
  if (s.where !== undefined) expr(inner, s, s.where, context, "bool");
  checkBody(inner, s.body);
};

const checkCall = (at: At, s: Call): void => {
  const wrong = (problem: string): void =>
    at.check.report(codes.wrongCall(s.span, s.step, problem));
  const step = at.callable.find((other) => other.name === s.step);
  if (step === undefined) {
    const exists = at.kernel.steps.some((other) => other.name === s.step);
    return wrong(exists ? "stands in a step that is declared above it" : "names no step");
  }
  if (s.args.length !== step.params.length)
    wrong(`gives ${s.args.length} arguments for ${step.params.length} parameters`);
  if (s.flags.length !== step.flags.length)
    wrong(`gives ${s.flags.length} flags for ${step.flags.length}`);
  for (const [i, { name, type }] of step.params.entries()) {
    const arg = s.args[i];
    if (arg !== undefined) expr(at, s, arg, everywhere(at, `the argument ${name}`), type);
  }
};
