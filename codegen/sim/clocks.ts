// Happens-before among the threads of one block, with vector clocks (Lamport 1978; FastTrack, Flanagan and
// Freund 2009). It knows order alone: what is accessed is told in shared.ts.
//
// Agents are the warps; for each warp its asynchronous copies and its issued products; and for each mbarrier
// that counts bytes the bulk copies that land there. An agent's time is cut into epochs. The lanes of a warp
// run in no order either: what a warp did in its present epoch is unordered with what its other lanes do
// next, until they meet. `known[w][a]` is the epoch of agent a below which everything happened before
// whatever warp w does next.
//
// The matrix unit and bulk copies see shared memory on a path of their own, the async proxy (PTX ISA 8.6): what threads
// and their copies did comes before them only where a fence between the proxies lies in between. So a clock has a second
// entry for each warp and its copies: the epoch below which that holds.

/** An epoch per agent; element-wise maximum joins what two of them know. */
export type Clock = Int32Array;

const join = (into: Clock, other: Clock): void => {
  for (let a = 0; a < into.length; a++) if (other[a]! > into[a]!) into[a] = other[a]!;
};

export const isBefore = (a: Clock, b: Clock): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i]! > b[i]!) return false;
  return true;
};

export type AgentKind = "warp" | "copies" | "products" | "landing";

export class Clocks {
  private readonly warps: number;
  private readonly landings: number;
  readonly known: readonly Clock[];
  /** The epoch that each agent is in. */
  private readonly now: Clock;
  /** Copies of warp w before this epoch have landed, as each thread knows of its own. */
  private readonly landed: Clock;
  /** Per warp, the epoch at the end of each committed group. */
  private readonly groups: readonly number[][];

  /** `landings`: how many mbarriers count bytes. */
  constructor(warps: number, landings: number) {
    this.warps = warps;
    this.landings = landings;
    this.known = Array.from({ length: warps }, () => this.nothing());
    this.now = this.nothing();
    this.landed = new Int32Array(warps);
    this.groups = Array.from({ length: warps }, () => []);
  }

  nothing(): Clock {
    return new Int32Array(5 * this.warps + this.landings);
  }

  /** Where a clock says what of this agent, a warp or its copies, comes before the async proxy; else the agent itself. */
  fenced(agent: number): number {
    return agent < 2 * this.warps ? 3 * this.warps + this.landings + agent : agent;
  }

  /** The agent of a warp's copies. */
  copiesOf(warp: number): number {
    return this.warps + warp;
  }

  /** The agent of a warp's issued products. */
  productsOf(warp: number): number {
    return 2 * this.warps + warp;
  }

  /** The agent of the bulk copies that land at the n-th mbarrier that counts bytes. */
  landing(n: number): number {
    return 3 * this.warps + n;
  }

  /** What an access of this agent in its present epoch is recorded as. */
  mark(agent: number): number {
    return this.now[agent]! + 1;
  }

  kind(agent: number): AgentKind {
    return (["warp", "copies", "products"] as const)[Math.floor(agent / this.warps)] ?? "landing";
  }

  /** Whether the threads that started a copy have waited for it. */
  hasLanded(agent: number, mark: number): boolean {
    return mark <= this.landed[agent - this.warps]!;
  }

  /** The lanes of one warp meet, and tell each other which of their copies have landed. */
  syncWarp(warp: number): void {
    this.known[warp]![warp] = ++this.now[warp]!;
    const copies = this.copiesOf(warp);
    this.known[warp]![copies] = Math.max(this.known[warp]![copies]!, this.landed[warp]!);
  }

  /** All of the block's warps meet. */
  syncBlock(): void {
    this.syncWarps(this.known.map((_, warp) => warp));
  }

  /** All of these warps meet. */
  syncWarps(warps: readonly number[]): void {
    const all = this.nothing();
    for (const warp of warps) {
      this.syncWarp(warp);
      join(all, this.known[warp]!);
    }
    for (const warp of warps) this.known[warp]!.set(all);
  }

  /** A fence between the proxies, by all lanes: each for what it did itself, and for what it knows of others. */
  orderCopies(warp: number): void {
    const known = this.known[warp]!;
    for (let agent = 0; agent < 2 * this.warps; agent++)
      known[this.fenced(agent)] = Math.max(known[this.fenced(agent)]!, known[agent]!);
    known[this.fenced(warp)] = ++this.now[warp]!;
    const copies = this.copiesOf(warp);
    known[this.fenced(copies)] = Math.max(known[this.fenced(copies)]!, this.landed[warp]!);
  }

  commit(warp: number): void {
    this.groups[warp]!.push(++this.now[this.copiesOf(warp)]!);
  }

  /** All but the last `pending` groups have landed. Copies in no group are not waited for. */
  wait(warp: number, pending: number): void {
    const groups = this.groups[warp]!;
    const group = groups[groups.length - 1 - pending];
    if (group !== undefined) this.landed[warp] = Math.max(this.landed[warp]!, group);
  }

  /** The product that a warp has issued just now is a group of its own. */
  closeProduct(warp: number): void {
    ++this.now[this.productsOf(warp)]!;
  }

  /** All but the last `pending` products of the warp have ended, and read nothing any more. */
  awaitProducts(warp: number, pending: number): void {
    const agent = this.productsOf(warp);
    const ended = this.now[agent]! - pending;
    this.known[warp]![agent] = Math.max(this.known[warp]![agent]!, ended);
  }

  /** What an arrival after a warp's accesses tells those who wait for it. */
  releaseAccesses(warp: number): Clock {
    const clock = this.known[warp]!.slice();
    clock[warp] = ++this.now[warp]!;
    clock[this.copiesOf(warp)] = Math.max(clock[this.copiesOf(warp)]!, this.landed[warp]!);
    return clock;
  }

  /**
   * What an arrival after a warp's copies tells: that they have landed, and what the warp knew when it started
   * them; not the warp's own accesses since its lanes last met, which the arrival does not wait for.
   */
  releaseCopies(warp: number): Clock {
    const clock = this.known[warp]!.slice();
    clock[this.copiesOf(warp)] = ++this.now[this.copiesOf(warp)]!;
    return clock;
  }

  /** What a bulk copy that this warp has started tells where it lands: that it has, and what the warp knew. */
  releaseLanding(warp: number, landing: number): Clock {
    const clock = this.known[warp]!.slice();
    clock[landing] = ++this.now[landing]!;
    return clock;
  }

  acquire(warp: number, clock: Clock): void {
    join(this.known[warp]!, clock);
  }
}

export const joined = (clocks: readonly Clock[]): Clock => {
  const all = clocks[0]!.slice();
  for (const clock of clocks) join(all, clock);
  return all;
};
