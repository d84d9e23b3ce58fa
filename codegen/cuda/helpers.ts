// The device helpers that an emitted file can hold, in the order in which they stand there. A file gets those
// that it uses, and what these need.

import type { Arch } from "../arch/arch.ts";
import type { Helper } from "./helper.ts";
import { bulkInstructions, bulkTiles } from "./helpers-bulk.ts";
import { matrixHelpers } from "./helpers-matrix.ts";
import { memoryHelpers } from "./helpers-memory.ts";
import { reduceHelpers } from "./helpers-reduce.ts";
import { scalarHelpers } from "./helpers-scalar.ts";
import { tileHelpers } from "./helpers-tile.ts";
import { warpgroupInstructions, warpgroupProducts, warpgroupTiles } from "./helpers-warpgroup.ts";

const sections = [
  ["types and functions of scalars", scalarHelpers],
  [
    "one helper per PTX instruction",
    {
      ...memoryHelpers,
      ...matrixHelpers,
      ...bulkInstructions,
      ...warpgroupInstructions,
      ...warpgroupProducts,
    },
  ],
  ["tiles", { ...tileHelpers, ...warpgroupTiles, ...bulkTiles, ...reduceHelpers }],
] as const;

export type HelperName =
  | keyof typeof scalarHelpers
  | keyof typeof memoryHelpers
  | keyof typeof matrixHelpers
  | keyof typeof tileHelpers
  | keyof typeof warpgroupInstructions
  | keyof typeof warpgroupProducts
  | keyof typeof warpgroupTiles
  | keyof typeof bulkInstructions
  | keyof typeof bulkTiles
  | keyof typeof reduceHelpers;

export const helpers: ReadonlyMap<string, Helper> = new Map(
  sections.flatMap(([, table]) => Object.entries<Helper>(table)),
);

/** `used` with everything that it needs. */
export const closure = (used: Iterable<string>): ReadonlySet<string> => {
  const all = new Set<string>();
  const visit = (name: string): void => {
    if (all.has(name)) return;
    all.add(name);
    helpers.get(name)?.needs.forEach(visit);
  };
  for (const name of used) visit(name);
  return all;
};

/** A line that opens a section of the file. */
export const rule = (title: string): string =>
  `// ---- ${title} ${"-".repeat(Math.max(0, 111 - title.length))}`;

export const textOf = ({ text }: Helper, arch: Arch): string =>
  typeof text === "string" ? text : text(arch);

export const helperText = (used: Iterable<string>, arch: Arch): string => {
  const wanted = closure(used);
  return sections
    .map(([title, table]) => {
      const texts = Object.entries<Helper>(table).flatMap(([name, h]) =>
        wanted.has(name) ? [textOf(h, arch)] : [],
      );
      return texts.length === 0 ? "" : `\n${rule(title)}\n${texts.join("\n")}\n`;
    })
    .join("");
};
