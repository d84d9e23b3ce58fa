// Wrong facts about lanes, planted one at a time: the proof of some statement must fail, and the fault says where.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  elementAddress,
  PANEL_BYTES,
  swizzled,
} from "../../../../codegen/arch/matrix-descriptors.ts";
import type { Fragment, MatrixInstruction } from "../../../../codegen/arch/matrix-instructions.ts";
import type { Descriptors } from "../../../../codegen/sim/fragments/warp.ts";
import { descriptors } from "../../../../codegen/sim/fragments/warpgroup.ts";
import type { Facts } from "../../../../codegen/sim/fragments/machine.ts";
import { parseProgram } from "../../../../codegen/tile/parse.ts";
import { byLanes, showFault } from "../../tile/lanes.ts";

const swapRows = (f: Fragment): Fragment =>
  f.map((lane) => lane.map((at) => ({ ...at, row: at.row ^ 8 })));
const swapPairs = (f: Fragment): Fragment => f.map((lane) => lane.map((_, i) => lane[i ^ 1]!));
const turnLanes = (f: Fragment): Fragment => f.map((_, lane) => f[lane ^ 4]!);

const instruction =
  (change: (m: MatrixInstruction) => Partial<MatrixInstruction>) =>
  (right: Facts): Facts => ({
    ...right,
    instructions: {
      qk: { ...right.instructions.qk, ...change(right.instructions.qk) },
      pv: { ...right.instructions.pv, ...change(right.instructions.pv) },
    },
  });

const plants: Readonly<Record<string, (right: Facts) => Facts>> = {
  "rows of A in the other order": instruction(({ a }) => ({ a: swapRows(a) })),
  "the pairs of A turned": instruction(({ a }) => ({ a: swapPairs(a) })),
  "columns of B in other lanes": instruction(({ b }) => ({ b: turnLanes(b) })),
  "the pairs of B turned": instruction(({ b }) => ({ b: swapPairs(b) })),
  "rows of C in the other order": instruction(({ c }) => ({ c: swapRows(c) })),
  "rows of C in other lanes": instruction(({ c }) => ({ c: turnLanes(c) })),
  "chunks not swizzled": (right) => ({
    ...right,
    address: (m, row, chunk) => right.address({ ...m, swizzle: 1 }, row, chunk),
  }),
  "chunks swizzled by the next row": (right) => ({
    ...right,
    address: (m, row, chunk) => right.address(m, row + 1, chunk) - m.columns * 2,
  }),
  "the first chunk twice": (right) => ({
    ...right,
    address: (m, row, chunk) => right.address(m, row, chunk === 1 ? 0 : chunk),
  }),
  "sums a last bit too large": (right) => ({
    ...right,
    multiply: (m, c, a, b) =>
      right.multiply(m, c, a, b).map((x) => x.map((y) => Math.fround(y * (1 + 2 ** -23)))),
  }),
};

const textOf = (file: string): string =>
  readFileSync(new URL(`../../../files/${file}`, import.meta.url), "utf8");

const kinds = (file: string, plant?: (right: Facts) => Facts): readonly string[] => {
  const program = parseProgram(textOf(file), file);
  const narrow = { ...program, kernels: program.kernels.slice(2, 3) };
  return byLanes(narrow, plant).flatMap(({ kind, fault }) =>
    fault === undefined ? [] : [`${kind} ${showFault(fault)}`],
  );
};

const files = ["lanes-m16n8k16.tile", "lanes-m16n8k8.tile", "lanes-m8n8k4.tile"] as const;

test.each(files.flatMap((file) => Object.keys(plants).map((name) => [file, name] as const)))(
  "%s: %s",
  (file, name) => {
    expect(kinds(file)).toEqual([]);
    expect(kinds(file, plants[name])).not.toEqual([]);
  },
);

test("a fault says which lane holds what", () => {
  const [fault] = kinds("lanes-m16n8k16.tile", plants["columns of B in other lanes"]);
  expect(fault).toMatch(/^product warp 0, lane \d+: \S+ and not \S+ in row \d+, column \d+ of s$/);
});

/** Wrong ways to find the panels of a tile, and products of a warpgroup that are not what its warps hold. */
const warpgroupPlants: Readonly<Record<string, (right: Facts) => Facts>> = {
  "rows of A in the other order": plants["rows of A in the other order"]!,
  "rows of C in other lanes": plants["rows of C in other lanes"]!,
  "sums a last bit too large": plants["sums a last bit too large"]!,
  ...Object.fromEntries(
    (
      [
        ["panels side by side", { leading: () => PANEL_BYTES }],
        ["groups of sixteen rows", { stride: 16 * PANEL_BYTES }],
        ["the terms of the next step", { step: (m, k) => descriptors.step(m, k + 1) }],
        ["terms past a panel's row", { step: (_, k) => k * 32 }],
        ["no swizzle", { address: (d, row, column) => swizzled(elementAddress(d, row, column)) }],
        [
          "rows of the tile beside",
          { address: (d, row, column) => elementAddress(d, row ^ 1, column) },
        ],
      ] satisfies readonly (readonly [string, Partial<Descriptors>])[]
    ).map(([name, change]) => [
      name,
      (right: Facts): Facts => ({ ...right, descriptors: { ...right.descriptors, ...change } }),
    ]),
  ),
};

test.each(Object.keys(warpgroupPlants))("lanes-m64k16.tile: %s", (name) => {
  const { kernels, ...program } = parseProgram(textOf("lanes-m64k16.tile"), "lanes-m64k16.tile");
  const two = { ...program, kernels: kernels.filter((k) => k.name === "two") };
  const faults = (plant?: (right: Facts) => Facts): number =>
    byLanes(two, plant).filter((f) => f.fault !== undefined).length;
  expect(faults()).toBe(0);
  expect(faults(warpgroupPlants[name])).toBeGreaterThan(0);
});
