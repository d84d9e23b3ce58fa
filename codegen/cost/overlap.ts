// How long a warp takes beside others that want the same units: mean-value analysis of a closed queueing network
// (Reiser and Lavenberg 1980), in the approximation of Schweitzer 1979. A warp goes from unit to unit; at each it
// finds the others in the queue as often as they are there on average. No constant is fitted.

import { schedulersPerSM } from "../arch/arch.ts";
import type { Demand } from "./demand.ts";

/**
 * Clocks in which each of `warps` equal warps of an SM does the demanded work once. Units of a scheduler serve a
 * quarter of the warps, shared memory all of them; latency delays a warp and keeps nobody else.
 */
export const timeBesideOthers = (d: Demand, warps: number): number => {
  const others = Math.max(0, warps / schedulersPerSM - 1);
  const stations = [
    { demand: d.matrix, rivals: others },
    { demand: d.special, rivals: others },
    { demand: d.arithmetic, rivals: others },
    { demand: d.shared, rivals: warps - 1 },
  ];
  // At a time T, a rival stands at a station for the fraction r / T, r = demand (1 + rivals r / T). The sum of all r
  // falls as T grows, so T is where the two meet; no station can be wanted for longer than T.
  const residence = ({ demand, rivals }: (typeof stations)[number], T: number): number =>
    demand === 0 ? 0 : demand / Math.max(1e-9, 1 - (demand * rivals) / T);
  const excess = (T: number): number =>
    d.latency + stations.reduce((sum, s) => sum + residence(s, T), 0) - T;
  let low = Math.max(d.latency, ...stations.map((s) => s.demand * Math.max(1, s.rivals)));
  let high = d.latency + stations.reduce((sum, s) => sum + s.demand * (1 + s.rivals), 0);
  for (let i = 0; i < 60 && high - low > 1e-6 * high; i++) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) low = middle;
    else high = middle;
  }
  return high;
};
