// Products in flight: until they are awaited, the accumulator and a register operand belong to the matrix unit.
// Reports what holds whichever way conditions go; what depends on them is the simulator's to find.

import { codes } from "../base/codes.ts";
import { bool, type Expr, substitute } from "../expr/expr.ts";
import { simplify } from "../expr/simplify.ts";
import { printBody } from "./print-statement.ts";
import type { Kernel, Role, Step, TileDecl } from "./program.ts";
import type { Call, If, Product, Statement } from "./statement.ts";
import type { Check } from "./verify-check.ts";
import { warpsOf } from "./verify-roles.ts";
import { bodyOf, ownersOf, readsOf, statementsOf, writesOf } from "./walk.ts";

/** A product that may be in flight, `certain` on every path that leads here. */
interface Issued {
  readonly product: Product;
  readonly tiles: readonly TileDecl[];
  readonly certain: boolean;
}
/** In the order of their issue. */
type State = readonly Issued[];

/** The step that runs, and what its flags are. */
interface Frame {
  readonly step?: Step;
  readonly flags: ReadonlyMap<string, Expr>;
}

export const checkInFlight = (check: Check, kernel: Kernel): void => {
  const issues = (s: Statement): boolean => s.kind === "product" && s.issued === true;
  if (!ownersOf(kernel).some(({ body }) => statementsOf(body).some(issues))) return;
  for (const role of kernel.roles)
    new InFlight(check, kernel, role).body(role.body, [], { flags: new Map() });
};

class InFlight {
  private readonly check: Check;
  private readonly kernel: Kernel;
  private readonly role: Role;
  private readonly reported = new Set<Statement>();

  constructor(check: Check, kernel: Kernel, role: Role) {
    this.check = check;
    this.kernel = kernel;
    this.role = role;
  }

  body(body: readonly Statement[], before: State, frame: Frame): State {
    return body.reduce((state, s) => this.statement(s, state, frame), before);
  }

  private statement(s: Statement, state: State, frame: Frame): State {
    this.touches(s, state, frame);
    switch (s.kind) {
      case "product":
        return s.issued ? [...state, this.issue(s, frame)] : state;
      case "await_products":
        return s.pending === 0 ? [] : state.slice(-s.pending);
      case "if":
        return this.branch(s, state, frame);
      case "call":
        return this.call(s, state, frame);
      default: {
        const inner = bodyOf(s);
        return inner === undefined ? state : this.repeated(s, inner, state, frame);
      }
    }
  }

  private branch(s: If, state: State, frame: Frame): State {
    const condition = simplify(substitute(s.condition, frame.flags));
    const then = (): State => this.body(s.then, state, frame);
    if (condition.kind !== "const") return merge(state, then());
    return condition.value === 0 ? state : then();
  }

  /** A loop runs any number of times, `if_any` at most once: neither leaves certainty about what it issues. */
  private repeated(s: Statement, inner: readonly Statement[], state: State, frame: Frame): State {
    const once = this.body(inner, state, frame);
    if (s.kind === "if_any") return merge(state, once);
    const twice = this.body(inner, once, frame);
    const after = merge(merge(state, once), twice);
    return twice.some((i) => !state.includes(i)) ? after.map(doubted) : after;
  }

  /** Steps call only steps above them, so this ends. */
  private call(s: Call, state: State, frame: Frame): State {
    const { steps } = this.kernel;
    const last = frame.step === undefined ? steps.length : steps.indexOf(frame.step);
    const step = steps.slice(0, last).find((other) => other.name === s.step);
    if (step === undefined) return state;
    const flags = new Map(step.flags.map((name, i) => [name, bool(s.flags[i] === true)]));
    return this.body(step.body, state, { step, flags });
  }

  private issue(s: Product, frame: Frame): Issued {
    const tiles = [s.to, s.a.tile].flatMap((name) => this.registers(name, frame));
    const rows = this.rowsOf(tiles[0]);
    const needed = 16 * warpsOf(this.kernel, this.role);
    if ((needed % 64 !== 0 || (rows !== undefined && rows !== needed)) && this.first(s))
      this.check.report(
        needed % 64 !== 0
          ? codes.badSize(s.span, `the warps of ${this.role.name}`, needed / 16, "a multiple of 4")
          : codes.badSize(s.span, `the rows of ${s.to}`, rows ?? 0, `${needed}, 64 a warpgroup`),
      );
    return { product: s, tiles, certain: true };
  }

  private rowsOf(tile: TileDecl | undefined): number | undefined {
    const rows = tile?.shape[0];
    return typeof rows === "string" ? this.kernel.axes.find((a) => a.name === rows)?.size : rows;
  }

  private registers(name: string, { step }: Frame): readonly TileDecl[] {
    const tile = [...(step?.tiles ?? []), ...this.kernel.tiles].find((t) => t.name === name);
    return tile?.place.kind === "registers" ? [tile] : [];
  }

  private touches(s: Statement, state: State, frame: Frame): void {
    if (state.length === 0) return;
    const names = [...readsOf(s, () => true), ...writesOf(s)].map((r) => r.tile);
    const touched = names.flatMap((name) => this.registers(name, frame));
    const held = state.find((i) => i.certain && i.tiles.some((t) => touched.includes(t)));
    const tile = held?.tiles.find((t) => touched.includes(t));
    if (held === undefined || tile === undefined || !this.first(s)) return;
    const [line] = printBody([held.product], this.kernel, {});
    this.check.report(codes.productInFlight(s.span, tile.name, line?.text ?? held.product.kind));
  }

  private first(s: Statement): boolean {
    if (this.reported.has(s)) return false;
    this.reported.add(s);
    return true;
  }
}

const doubted = (i: Issued): Issued => ({ ...i, certain: false });

/** Two paths meet: certain is only what both are certain of; what either may have issued still counts. */
const merge = (a: State, b: State): State => {
  const has = (state: State, i: Issued): boolean =>
    state.some((other) => other.product === i.product && other.certain);
  const all = [...a, ...b.filter((i) => !a.some((other) => other.product === i.product))];
  return all.map((i) => (i.certain && has(a, i) && has(b, i) ? i : doubted(i)));
};
