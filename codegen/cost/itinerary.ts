// Walks the scalars of a scheduled program, block by block, and counts how often each statement is executed.
// So the counts come from the very program that is emitted; no formula of a variant is known here.

import { unreachable } from "../base/diagnostic.ts";
import { evaluate } from "../expr/evaluate.ts";
import { type Expr, variables } from "../expr/expr.ts";
import type { Arch } from "../arch/arch.ts";
import type { Kernel, Program, Role, Step } from "../tile/program.ts";
import { multiprocessors } from "../tile/scope.ts";
import type { Find, Statement, Visit } from "../tile/statement.ts";
import type { BarrierRef } from "../tile/statement-parts.ts";
import { statementsOf } from "../tile/walk.ts";

/** What one block does: an entry for each role of the kernel. */
export type Itinerary = readonly RoleItinerary[];

export interface RoleItinerary {
  readonly role: Role;
  /** Of a search, one for each place that it tries. */
  readonly executions: ReadonlyMap<Statement, number>;
  /** Steps called with a flag set (partial tiles), and with none (tiles that need no mask). */
  readonly masked: number;
  readonly unmasked: number;
  /** Clocks for which a warp, were it alone, would stand before copies that have not landed. */
  readonly stalls: number;
}

/** How long a warp of the role takes for a statement, and a copy until it has landed. */
export interface Clocks {
  of(role: Role, s: Statement): number;
  readonly ofCopy: number;
}

export type Scope = ReadonlyMap<string, number>;

export const valueOf = (e: Expr, scope: Scope): number =>
  evaluate(
    e,
    {
      variable: (name) => scope.get(name) ?? unreachable(`nothing is known of ${name}`),
      load: () => Number.NaN,
    },
    "f64",
  );

/** Sizes and launch scalars, and what the launcher makes of them on a chip. */
export const launchValues = (
  program: Program,
  { sms }: Pick<Arch, "sms">,
  values: Readonly<Record<string, number>>,
): Scope => {
  const known = new Map(Object.entries(values));
  for (const { name, value } of program.host)
    known.set(name, valueOf(value, new Map(known).set(multiprocessors, sms)));
  return known;
};

/** The itinerary of each block of the kernel, in order. Blocks that are steered alike share theirs. */
export const itineraries = (
  kernel: Kernel,
  values: Scope,
  clocks: Clocks,
): readonly Itinerary[] => {
  if (kernel.grid.kind !== "blocks") return unreachable("the program is not scheduled");
  const launch = new Map(values);
  for (const v of kernel.host) launch.set(v.name, valueOf(v.value, launch));
  const names = steering(kernel);
  const known = new Map<string, Itinerary>();
  return Array.from({ length: valueOf(kernel.grid.count, launch) }, (_, block) => {
    const scopes = kernel.roles.map((role) => {
      const scope = new Map(launch).set("block", block);
      for (const s of [...kernel.start, ...role.body]) {
        if (s.kind === "let") scope.set(s.name, valueOf(s.value, scope));
        if (s.kind === "find") scope.set(s.name, foundBy(s, scope));
      }
      return scope;
    });
    const key = scopes.map((scope) => names.map((name) => scope.get(name)).join()).join(";");
    const itinerary =
      known.get(key) ??
      kernel.roles.map((role, i) => new Walk(kernel, role, clocks).run(scopes[i] ?? new Map()));
    known.set(key, itinerary);
    return itinerary;
  });
};

/** Variables on which it depends which statements a block executes. */
const steering = (kernel: Kernel): readonly string[] => {
  const all = [...kernel.roles, ...kernel.steps].flatMap(({ body }) => statementsOf(body));
  const names = new Set(all.flatMap(controls).flatMap((e) => [...variables(e)]));
  // Lets of a role's own body are known before; those further inside hand on what steers them.
  const known = [kernel.start, ...kernel.roles.map((role) => role.body)];
  const inner = all.filter((s) => !known.some((body) => body.includes(s)));
  for (let before = -1; before < names.size;) {
    before = names.size;
    for (const s of inner) if (s.kind === "let" && names.has(s.name)) variables(s.value, names);
  }
  return [...names];
};

const controls = (s: Statement): readonly Expr[] => {
  switch (s.kind) {
    case "for":
      return [s.from, s.to];
    case "find":
    case "visit":
      return [s.from, s.to, s.unless];
    case "if":
      return [s.condition];
    case "call":
      return s.args;
    default:
      return [];
  }
};

/** The places of a search for that name, from the first to the one that it finds. */
const placesTried = (
  { to, unless }: Find | Visit,
  name: string,
  from: number,
  scope: Scope,
): readonly number[] => {
  const [end, tried, places] = [valueOf(to, scope), new Map(scope), [from]];
  for (let place = from; place < end && valueOf(unless, tried.set(name, place)) !== 0;)
    places.push(++place);
  return places;
};

const foundBy = (s: Find, scope: Scope): number =>
  placesTried(s, s.name, valueOf(s.from, scope), scope).at(-1) ?? unreachable(s.name);

class Walk {
  readonly #executions = new Map<Statement, number>();
  /** When the copies of each group were started; undefined: the group is empty. */
  readonly #groups: (number | undefined)[] = [];
  readonly #landing = new Map<string, number>();
  #lastCopy: number | undefined;
  #clock = 0;
  #stalls = 0;
  #masked = 0;
  #unmasked = 0;

  readonly #kernel: Kernel;
  readonly #role: Role;
  readonly #clocks: Clocks;

  constructor(kernel: Kernel, role: Role, clocks: Clocks) {
    this.#kernel = kernel;
    this.#role = role;
    this.#clocks = clocks;
  }

  run(scope: Map<string, number>): RoleItinerary {
    this.#walk(this.#role.body, scope);
    return {
      role: this.#role,
      executions: this.#executions,
      masked: this.#masked,
      unmasked: this.#unmasked,
      stalls: this.#stalls,
    };
  }

  #walk(body: readonly Statement[], scope: Map<string, number>): void {
    for (const s of body) this.#visit(s, scope);
  }

  #visit(s: Statement, scope: Map<string, number>): void {
    const before = this.#executions.get(s) ?? 0;
    this.#execute(s, 1);
    switch (s.kind) {
      case "let":
        scope.set(s.name, valueOf(s.value, scope));
        return;
      case "for": {
        const to = valueOf(s.to, scope);
        for (let i = valueOf(s.from, scope); i < to; i++) this.#walk(s.body, scope.set(s.name, i));
        return;
      }
      case "find":
        scope.set(s.name, this.#search(s, scope, s.name, valueOf(s.from, scope)));
        return;
      case "visit":
        return this.#visitPlaces(s, scope);
      case "if":
        if (valueOf(s.condition, scope) !== 0) this.#walk(s.then, scope);
        return;
      case "if_any":
        // What depends on data is taken to hold for a block's first tile, and to be rare afterwards.
        if (before === 0) this.#walk(s.then, scope);
        return;
      case "call":
        return this.#call(s, scope);
      case "copy":
        this.#lastCopy = this.#clock;
        return;
      case "commit":
        this.#groups.push(this.#lastCopy);
        this.#lastCopy = undefined;
        return;
      case "wait":
        return this.#standUntilLanded(this.#groups.at(-1 - s.pending));
      case "arrive":
        if (s.after === "copies") this.#landing.set(nameOf(s.barrier, scope), this.#clock);
        return;
      case "await":
        return this.#standUntilLanded(this.#landing.get(nameOf(s.barrier, scope)));
      case "fetch":
        this.#landing.set(s.to, this.#clock);
        return;
      case "deposit":
        return this.#standUntilLanded(this.#landing.get(s.from));
      default:
        return;
    }
  }

  #execute(s: Statement, times: number): void {
    this.#executions.set(s, (this.#executions.get(s) ?? 0) + times);
    this.#clock += times * this.#clocks.of(this.#role, s);
  }

  #search(s: Find | Visit, scope: Scope, name: string, from: number): number {
    const places = placesTried(s, name, from, scope);
    this.#execute(s, places.length - 1);
    return places.at(-1) ?? from;
  }

  #visitPlaces(s: Visit, scope: Map<string, number>): void {
    const to = valueOf(s.to, scope);
    for (let here = valueOf(s.from, scope), t = 0; here < to; t++) {
      scope.set(s.name, t).set(s.here, here);
      const next = this.#search(s, scope, s.next, here + 1);
      this.#walk(s.body, scope.set(s.next, next));
      here = next;
    }
  }

  #standUntilLanded(started: number | undefined): void {
    if (started === undefined) return;
    const left = Math.max(0, started + this.#clocks.ofCopy - this.#clock);
    this.#clock += left;
    this.#stalls += left;
  }

  #call(s: Statement & { kind: "call" }, scope: Scope): void {
    const step: Step =
      this.#kernel.steps.find((t) => t.name === s.step) ?? unreachable("no step", s.step);
    if (s.flags.some(Boolean)) this.#masked++;
    else this.#unmasked++;
    const inner = new Map(scope);
    step.params.forEach((p, i) =>
      inner.set(p.name, valueOf(s.args[i] ?? unreachable(p.name), scope)),
    );
    step.flags.forEach((name, i) => inner.set(name, s.flags[i] ? 1 : 0));
    this.#walk(step.body, inner);
  }
}

const nameOf = ({ barrier, stage }: BarrierRef, scope: Scope): string =>
  `${barrier}[${valueOf(stage, scope)}]`;
