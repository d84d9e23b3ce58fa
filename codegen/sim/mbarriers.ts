// mbarriers (PTX 9.7.13.15): phases with true parity semantics, and what each completed phase lets those who
// wait know. Any order of the warps is allowed for, not only the one that is being run.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { type Clock, type Clocks, isBefore, joined } from "./clocks.ts";
import { show, type Site, spanOf } from "./site.ts";

export class Mbarrier {
  private readonly label: string;
  private readonly expected: number;
  private readonly clocks: Clocks;
  /** Who writes what lands here; there where it counts bytes. */
  readonly landing: number | undefined;
  private initialised: Clock | undefined;
  private completed = 0;
  private readonly arrivals = new Map<number, Clock>();
  /** What the last completed phase and the one before it tell. */
  private last: Clock;
  private beforeLast: Clock;

  /** `expected`: how many warps, or bulk copies, arrive in each phase. */
  constructor(label: string, expected: number, clocks: Clocks, landing?: number) {
    this.label = label;
    this.expected = expected;
    this.clocks = clocks;
    this.landing = landing;
    this.last = this.beforeLast = clocks.nothing();
  }

  initialise(warp: number): void {
    this.initialised = this.clocks.nothing();
    this.initialised[warp] = this.clocks.mark(warp);
  }

  arrive(warp: number, after: "accesses" | "copies", site: Site): void {
    const { clocks } = this;
    this.receive(warp, site, () =>
      after === "copies" ? clocks.releaseCopies(warp) : clocks.releaseAccesses(warp),
    );
  }

  /** A bulk copy that this warp has started is the phase's one arrival, once it has landed. */
  land(warp: number, landing: number, site: Site): void {
    this.receive(warp, site, () => this.clocks.releaseLanding(warp, landing));
  }

  private receive(warp: number, site: Site, release: () => Clock): void {
    this.checkReady(warp, site);
    // A warp that may run ahead of the others would arrive in the phase that they have not completed.
    if (!isBefore(this.last, this.clocks.known[warp]!) || this.arrivals.has(warp))
      fail(codes.barrierOverrun(spanOf(site), show(site), this.label));
    this.arrivals.set(warp, release());
    if (this.arrivals.size < this.expected) return;
    this.beforeLast = this.last;
    this.last = joined([...this.arrivals.values()]);
    this.arrivals.clear();
    this.completed++;
  }

  /** The phase before the present one has this parity; before the first comes one of parity 1. */
  passes(parity: number): boolean {
    return this.completed % 2 !== parity;
  }

  /** Once `passes`: takes over what the phase tells. */
  pass(warp: number, site: Site): void {
    this.checkReady(warp, site);
    // The phase before the last has the other parity: unless it is known to be over, the wait may end before it.
    if (!isBefore(this.beforeLast, this.clocks.known[warp]!))
      fail(codes.barrierStale(spanOf(site), show(site), this.label));
    this.clocks.acquire(warp, this.last);
  }

  checkReady(warp: number, site: Site): void {
    if (this.initialised === undefined || !isBefore(this.initialised, this.clocks.known[warp]!))
      fail(codes.barrierNotReady(spanOf(site), show(site), this.label));
  }
}
