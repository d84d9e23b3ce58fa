// An explanation as text for people.

import { showSpan } from "../base/span.ts";
import type { SharedBuffer } from "../cost/shared.ts";
import type { KernelResources } from "../package/ptxas.ts";
import { type Explanation, occupancyOf } from "./explain.ts";
import type { KeyReport } from "./keys.ts";
import { showSharedTraffic } from "./shared-traffic.ts";

/** `resources`: what ptxas said; undefined where no compiler serves the architecture. */
export const showExplanation = (
  e: Explanation,
  resources: readonly KernelResources[] | undefined,
): readonly string[] => [
  `${e.kernel} for ${e.arch.name} (${e.arch.chip})`,
  "",
  `Tiles: ${e.plan.q} queries x ${e.plan.kv} keys, ${e.plan.warps} warps`,
  ...e.plan.reasons.map((reason) => `  ${reason}`),
  "",
  ...(e.roles.length > 0 ? ["Roles", ...e.roles.map(showRole), ""] : []),
  ...e.keys.flatMap((report) => showKeys(report, e.plan.kv)),
  "",
  `Shared memory: ${kib(e.sharedBytes)} of ${kib(e.arch.sharedPerBlock)} a block`,
  ...e.buffers.map(showBuffer),
  "",
  ...showRegisters(e, resources),
  "",
  ...showWork(e),
];

const showKeys = (
  { axis, mask, ranges, exact, asked, reads, summaries, blame }: KeyReport,
  size: number,
): readonly string[] => [
  `Tiles of ${size} along ${axis}, for the rows from q0; mask: ${mask}`,
  ...ranges.flatMap(({ lo, fullLo, fullHi, hi }) => [
    `  visited from tile ${lo}`,
    `          to tile ${hi} (not included)`,
    ...(fullLo !== fullHi ? [`  not masked from ${fullLo} to ${fullHi}`] : []),
    ...(fullLo === fullHi && !asked.covered ? ["  all of them masked"] : []),
  ]),
  ...(asked.excluded ? [`  but not where ${asked.excluded}`] : []),
  ...(asked.covered ? [`  not masked where ${asked.covered}`] : []),
  ...reads.map(({ name, value }) => `  where ${name} is ${value}`),
  ...summaries.map(
    ({ tensor, least, greatest }) =>
      `  a kernel before it writes ${least} and ${greatest}: the least and greatest of every ${size} of ${tensor}`,
  ),
  howSolved(exact, asked),
  ...blame.map(
    ({ comparison, span }) => `  because of ${comparison}${span ? ` at ${showSpan(span)}` : ""}`,
  ),
];

const howSolved = (exact: boolean, { excluded, covered }: KeyReport["asked"]): string => {
  if (exact) return "  solved: no tile is visited in vain";
  return excluded || covered
    ? "  not solved exactly: the kernel asks each tile by its corners"
    : "  not solved exactly: some tiles may be visited in vain";
};

const showRole = ({ name, warps = 0, registers, single }: Explanation["roles"][number]): string =>
  `  ${name}: ${single ? "one thread of " : ""}${warps} warps` +
  (registers === undefined ? "" : `, ${registers} registers a thread`);

const showBuffer = ({ name, offset, bytes, stages, aliases }: SharedBuffer): string =>
  `  ${name}: ${bytes} bytes from ${offset}` +
  (stages > 1 ? `, ${stages} stages` : "") +
  (aliases.length > 0 ? `, shares bytes with ${aliases.join(", ")}` : "");

const showRegisters = (
  e: Explanation,
  resources: readonly KernelResources[] | undefined,
): readonly string[] => {
  if (resources === undefined)
    return [
      "Registers, spills and occupancy: unknown, since no compiler here serves the architecture",
    ];
  return resources.flatMap((r) => {
    const { blocks, warps, limit } = occupancyOf(e, r.registers);
    const spills =
      r.spillStores + r.spillLoads === 0
        ? "no spills"
        : `${r.spillStores} bytes spilled, ${r.spillLoads} reloaded`;
    const until = e.roles.some((role) => role.registers !== undefined) ? " until roles part" : "";
    return [
      `Registers of ${r.name}: ${r.registers} a thread${until}, ${spills}`,
      `Occupancy: ${blocks} blocks, ${warps} warps an SM; kept from more by ${limit}`,
    ];
  });
};

const showWork = (e: Explanation): readonly string[] => {
  const { bytes, roofline, values } = e;
  const { counts, units } = roofline;
  const sizes = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  const visited = counts.masked + counts.unmasked;
  return [
    `At ${sizes.join(", ")}: ${counts.blocks} blocks`,
    `  ${visited} key tiles visited, ${counts.masked} of them masked`,
    `  ${engineering(counts.operations)} operations, ${engineering(counts.exponentials)} exponentials`,
    `  ${engineering(bytes)} bytes of inputs and outputs, ${engineering(counts.copied)} bytes copied from L2 or memory`,
    `  ${showSharedTraffic(e.sharedTraffic)}`,
    `  at least: ${units.map((u) => `${u.microseconds.toFixed(1)} us for ${u.unit}`).join(", ")}`,
    ...showEstimate(e),
  ];
};

const showEstimate = ({ estimate, evidence, roofline }: Explanation): readonly string[] => {
  const bound = `bound by ${roofline.units[0]?.unit ?? "nothing"}`;
  if (estimate === null)
    return [`  unproven: ${bound}; no estimate of the time, since ${evidence}`];
  const { microseconds, teraflops, matrixUtilisation } = estimate;
  const blocks = roofline.occupancy.map((o) => `${o.blocks} blocks an SM`).join(", ");
  return [
    `  estimate: ${microseconds.toFixed(1)} us, ${teraflops.toFixed(1)} TFLOP/s, ${blocks}, ` +
      `matrix unit busy ${Math.round(100 * matrixUtilisation)} % of the time`,
    `  ${bound}; ${evidence}`,
  ];
};

const kib = (bytes: number): string => `${Math.round((bytes / 1024) * 10) / 10} KiB`;

const engineering = (x: number): string => {
  const units = ["", "K", "M", "G", "T", "P"];
  const step = x < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(x) / 3));
  return `${(x / 1000 ** step).toPrecision(3)} ${units[step]}`.trimEnd();
};
