// Traversals of tile programs, for passes, the verifier and the simulator. No op is treated by name
// but where a statement holds expressions or a body.

import type { Expr } from "../expr/expr.ts";
import { opOf } from "./ops.ts";
import type { Kernel, Program, TileDecl } from "./program.ts";
import type { Statement } from "./statement.ts";
import type { BarrierRef, Slice, SliceIndex, TileRef } from "./statement-parts.ts";

/** A role, a step, or what all threads of the block run at the start. */
export interface Owner {
  readonly name: string;
  readonly body: readonly Statement[];
}

/** A statement and where it stands: its owner, and the position in each enclosing body. */
export interface Visit {
  readonly statement: Statement;
  readonly kernel: Kernel;
  readonly owner: Owner;
  readonly path: readonly number[];
  /** The statements whose bodies hold this one, outermost first. */
  readonly inside: readonly Statement[];
}

/** The statements within a statement; undefined where the kind has none. */
export const bodyOf = (s: Statement): readonly Statement[] | undefined =>
  "body" in s ? s.body : "then" in s ? s.then : undefined;

const withBody = (s: Statement, body: readonly Statement[]): Statement =>
  "body" in s ? { ...s, body } : "then" in s ? { ...s, then: body } : s;

/** All statements of a body, parents before children, in program order. */
export const statementsOf = (body: readonly Statement[]): readonly Statement[] =>
  body.flatMap((s) => {
    const inner = bodyOf(s);
    return inner === undefined ? s : [s, ...statementsOf(inner)];
  });

const startOf = ({ start }: Kernel): Owner => ({ name: "start", body: start });

/** Whatever holds statements: the kernel's steps, its start, its roles. */
export const ownersOf = (kernel: Kernel): readonly Owner[] => [
  ...kernel.steps,
  startOf(kernel),
  ...kernel.roles,
];

/** All statements of a program with their places: per kernel its steps, its start, then its roles. */
export function* visits(program: Program): Generator<Visit> {
  for (const kernel of program.kernels)
    for (const owner of ownersOf(kernel))
      yield* visitBody(owner.body, { kernel, owner, path: [], inside: [] });
}

function* visitBody(body: readonly Statement[], at: Omit<Visit, "statement">): Generator<Visit> {
  for (const [i, statement] of body.entries()) {
    const visit = { ...at, statement, path: [...at.path, i] };
    yield visit;
    yield* visitBody(bodyOf(statement) ?? [], { ...visit, inside: [...at.inside, statement] });
  }
}

/** Rebuilds a body from the leaves up; `f` says what each statement becomes. */
export const mapStatements = (
  body: readonly Statement[],
  f: (s: Statement) => readonly Statement[],
): readonly Statement[] =>
  body.flatMap((s) => {
    const inner = bodyOf(s);
    return f(inner === undefined ? s : withBody(s, mapStatements(inner, f)));
  });

/** The same change to the start and to the bodies of all roles and steps. */
export const mapBodies = (
  kernel: Kernel,
  f: (body: readonly Statement[], owner: Owner) => readonly Statement[],
): Kernel => ({
  ...kernel,
  start: f(kernel.start, startOf(kernel)),
  steps: kernel.steps.map((step) => ({ ...step, body: f(step.body, step) })),
  roles: kernel.roles.map((role) => ({ ...role, body: f(role.body, role) })),
});

const mapIndex = (i: SliceIndex, f: (e: Expr) => Expr): SliceIndex => {
  switch (i.kind) {
    case "point":
      return { ...i, at: f(i.at) };
    case "tile":
      return { ...i, origin: f(i.origin) };
    case "all":
      return i;
  }
};
const mapSlice = (s: Slice, f: (e: Expr) => Expr): Slice => ({
  ...s,
  index: s.index.map((i) => mapIndex(i, f)),
});
const mapRef = (r: TileRef, f: (e: Expr) => Expr): TileRef =>
  r.stage === undefined ? r : { ...r, stage: f(r.stage) };

/** Replaces each expression of the statement itself (its body is left alone), in textual order. */
export const mapExpressions = (s: Statement, f: (e: Expr) => Expr): Statement => {
  switch (s.kind) {
    case "let":
    case "fill":
    case "map":
    case "absent":
      return { ...s, value: f(s.value) };
    case "for":
      return { ...s, from: f(s.from), to: f(s.to) };
    case "find":
    case "visit":
      return { ...s, from: f(s.from), to: f(s.to), unless: f(s.unless) };
    case "columns":
      return {
        ...s,
        ...(s.part && { part: { index: f(s.part.index), of: f(s.part.of) } }),
        ...(s.where && { where: f(s.where) }),
      };
    case "if":
    case "if_any":
      return { ...s, condition: f(s.condition) };
    case "call":
      return { ...s, args: s.args.map(f) };
    case "load":
      return { ...s, from: mapSlice(s.from, f) };
    case "store":
      return { ...s, to: mapSlice(s.to, f), from: mapRef(s.from, f) };
    case "product":
    case "quarantine":
      return { ...s, a: mapRef(s.a, f), b: mapRef(s.b, f) };
    case "online_softmax":
      return { ...s, factor: f(s.factor) };
    case "copy":
      return { ...s, to: mapRef(s.to, f), from: mapSlice(s.from, f), guard: f(s.guard) };
    case "bulk_copy": {
      const [to, from] = [mapRef(s.to, f), mapSlice(s.from, f)];
      return { ...s, to, from, barrier: { ...s.barrier, stage: f(s.barrier.stage) } };
    }
    case "fetch":
      return { ...s, from: mapSlice(s.from, f), guard: f(s.guard) };
    case "arrive":
      return { ...s, barrier: { ...s.barrier, stage: f(s.barrier.stage) } };
    case "await":
      return { ...s, barrier: { ...s.barrier, stage: f(s.barrier.stage) }, parity: f(s.parity) };
    case "get":
      return { ...s, from: mapRef(s.from, f) };
    case "put":
    case "deposit":
      return { ...s, to: mapRef(s.to, f) };
    case "reduce":
    case "await_products":
    case "take_turn":
    case "pass_turn":
    case "order_copies":
    case "commit":
    case "wait":
    case "barrier":
    case "sync_warp":
    case "init_barriers":
      return s;
  }
};

/** The expressions of the statement itself, in textual order. */
export const expressionsOf = (s: Statement): readonly Expr[] => {
  const found: Expr[] = [];
  mapExpressions(s, (e) => {
    found.push(e);
    return e;
  });
  return found;
};

/** Every tile that code of this kernel can name. */
export const tilesOf = (kernel: Kernel): readonly TileDecl[] => [
  ...kernel.tiles,
  ...kernel.steps.flatMap((step) => step.tiles),
];

/** Tiles that the statement itself reads, elements named in expressions included. */
export const readsOf = (s: Statement, isTile: (name: string) => boolean): readonly TileRef[] =>
  opOf(s)
    .reads(s)
    .filter((r) => isTile(r.tile));
export const writesOf = (s: Statement): readonly TileRef[] => opOf(s).writes(s);
export const barriersOf = (s: Statement): readonly BarrierRef[] => opOf(s).barriers(s);
export const slicesOf = (s: Statement): readonly Slice[] => opOf(s).slices(s);
