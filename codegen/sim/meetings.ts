// Where those who run a block wait for each other: meetings, and the turns of warpgroups. Knows neither memory nor
// clocks: what a meeting orders is told by whoever calls it.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { show, type Site, spanOf } from "./site.ts";

/** One who cannot go on until `ready`. */
export interface Blocked {
  readonly site: Site;
  readonly ready: () => boolean;
}

export type Run = Generator<Blocked, void>;

export class Meeting {
  private readonly parties: number;
  private done = 0;
  private waiting = 0;

  constructor(parties: number) {
    this.parties = parties;
  }

  /** The last to come does what all have met for. */
  *meet(site: Site, act: () => void): Run {
    const round = this.done;
    this.waiting++;
    if (this.waiting < this.parties) return yield { site, ready: () => this.done > round };
    act();
    this.waiting = 0;
    this.done++;
  }
}

/** One turn for all warpgroups of a role, which goes round; the first group has it first. */
export class Turns {
  private readonly groups: number;
  private next = 0;
  private taken = false;

  constructor(groups: number) {
    this.groups = groups;
  }

  *take(group: number, site: Site): Run {
    const ready = (): boolean => this.next === group && !this.taken;
    if (!ready()) yield { site, ready };
    this.taken = true;
  }

  pass(group: number, site: Site): void {
    if (this.next !== group || !this.taken) fail(codes.turnNotTaken(spanOf(site), show(site)));
    this.taken = false;
    this.next = (group + 1) % this.groups;
  }
}
