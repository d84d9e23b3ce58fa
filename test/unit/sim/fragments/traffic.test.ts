// What statements ask of the banks of shared memory, and that no shipped kernel waits for them.

import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { variantsOf } from "../../../golden/emitted.ts";
import { archNames, archs } from "../../../../codegen/arch/archs.ts";
import { compileFile, refusal, scheduled } from "../../../../codegen/compile.ts";
import { addTraffic, noTraffic, trafficOf } from "../../../../codegen/sim/fragments/banks.ts";
import { executionsOf } from "../../../../codegen/cost/executions.ts";
import { sharedTraffic, showSharedTraffic } from "../../../../codegen/explain/shared-traffic.ts";
import { laneNumbers } from "../../../../codegen/sim/fragments/lanes.ts";
import { statementTraffic } from "../../../../codegen/sim/fragments/traffic.ts";
import type { Program } from "../../../../codegen/tile/program.ts";
import { visits } from "../../../../codegen/tile/walk.ts";

test.each([
  ["a word of each lane, in order", (l: number) => 4 * l, 4, [1, 1]],
  ["the same word of all lanes", () => 64, 4, [1, 1]],
  ["every second word", (l: number) => 8 * l, 4, [2, 1]],
  ["a column of 128-byte rows", (l: number) => 128 * l, 4, [32, 1]],
  ["8 bytes in order: two half warps", (l: number) => 8 * l, 8, [2, 2]],
  [
    "8 bytes, the halves of a half warp alike",
    (l: number) => 128 * (l & 8) + 8 * (l & 7),
    8,
    [4, 2],
  ],
  ["16 bytes in order: four quarter warps", (l: number) => 16 * l, 16, [4, 4]],
  ["eight rows of 128 bytes, not swizzled", (l: number) => 128 * l, 16, [32, 4]],
  ["eight rows of 144 bytes", (l: number) => 144 * l, 16, [4, 4]],
  ["lanes that take no part", (l: number) => (l < 8 ? 16 * l : undefined), 16, [1, 1]],
] as const)("%s", (_, address, bytes, [transactions, ideal]) => {
  expect(trafficOf(laneNumbers.map(address), bytes)).toEqual({ transactions, ideal });
});

const files = readdirSync("kernels").filter((n) => n.endsWith(".ts") && !n.endsWith(".test.ts"));

/** Every statement of a program that touches shared memory, by its kind. */
const traffic = (program: Program) => {
  const arch = archs[program.arch!];
  return [...visits(program)].flatMap(({ kernel, statement }) => {
    const found = statementTraffic(kernel, arch, statement);
    return found === undefined ? [] : [{ kind: statement.kind, ...found }];
  });
};

/** Where lanes read shared memory; panels are read by the matrix unit of a warpgroup, in the swizzle made for it. */
const byLanes = archNames.filter((name) => !archs[name].warpgroups);

/** A prompt of usual length. */
const usual = { B: 1, Sq: 2048, Skv: 2048, Hkv: 1, G: 1 };

const flagsOf = (set: Readonly<Record<string, string>>): string =>
  Object.entries(set)
    .map(([name, value]) => `--set ${name}=${value}`)
    .join(" ");

test.each(files)(
  "%s: under 2 % of transactions are conflicts wherever lanes read shared memory",
  async (file) => {
    for (const set of variantsOf(`kernels/${file}`))
      for (const kernel of await compileFile(`kernels/${file}`, { set }))
        for (const arch of byLanes.filter((a) => refusal(kernel, a) === undefined)) {
          const program = scheduled(kernel, arch);
          const found = sharedTraffic(
            program,
            archs[arch],
            executionsOf(program, archs[arch], usual),
          );
          const total = found.reduce(addTraffic, noTraffic);
          expect(total.ideal).toBeGreaterThan(2048);
          expect(
            (total.transactions - total.ideal) / total.transactions,
            `${showSharedTraffic(found)}: tilewright explain kernels/${file} ${flagsOf(set)} --arch ${arch}`,
          ).toBeLessThan(0.02);
        }
  },
);

test("rows that are not swizzled are told from those that are", async () => {
  const [kernel] = await compileFile("kernels/dense_prefill.ts");
  const program = scheduled(kernel!, "sm_80");
  const flat: Program = {
    ...program,
    kernels: program.kernels.map((k) => ({
      ...k,
      tiles: k.tiles.map((t) =>
        t.place.kind === "shared" ? { ...t, place: { ...t.place, swizzle: 1 } } : t,
      ),
    })),
  };
  const slower = traffic(flat).filter((t) => t.transactions > t.ideal);
  expect(new Set(slower.map((t) => t.kind))).toEqual(new Set(["product", "put"]));
  expect(traffic(flat).map((t) => t.ideal)).toEqual(traffic(program).map((t) => t.ideal));
});
