// The device helpers that an emitted file can hold, in the order in which they stand there. A file gets those
// that it uses, and what these need.

import type { Arch } from "../arch/arch.ts";
import { archNames, archs } from "../arch/archs.ts";
import { type Accumulator, fragmentsOf } from "../arch/fragments.ts";
import { unreachable } from "../base/diagnostic.ts";
import type { Helper } from "./helper.ts";
import * as m16n8 from "./helpers-m16n8.ts";
import * as m8n8k4 from "./helpers-m8n8k4.ts";
import { bulkInstructions, bulkTiles } from "./helpers-bulk.ts";
import { matrixHelpers } from "./helpers-matrix.ts";
import { memoryHelpers } from "./helpers-memory.ts";
import { rareProducts } from "./helpers-rare.ts";
import { reduceHelpers } from "./helpers-reduce.ts";
import { scalarHelpers } from "./helpers-scalar.ts";
import { sharedHelpers, storeHelpers } from "./helpers-tile.ts";
import { warpgroupInstructions, warpgroupProducts, warpgroupTiles } from "./helpers-warpgroup.ts";

type Table = Readonly<Record<string, Helper>>;
type FragmentHelper =
  | keyof typeof m16n8.fragmentTypes
  | keyof typeof m16n8.fragmentProducts
  | keyof typeof m8n8k4.fragmentTypes
  | keyof typeof m8n8k4.fragmentProducts;

const fragmentHelpers: Readonly<
  Record<Accumulator["kind"], { readonly fragmentTypes: Table; readonly fragmentProducts: Table }>
> = { m16n8, m8n8k4 };

export type HelperName =
  | keyof typeof scalarHelpers
  | keyof typeof memoryHelpers
  | keyof typeof matrixHelpers
  | FragmentHelper
  | keyof typeof sharedHelpers
  | keyof typeof storeHelpers
  | keyof typeof warpgroupInstructions
  | keyof typeof warpgroupProducts
  | keyof typeof warpgroupTiles
  | keyof typeof rareProducts
  | keyof typeof bulkInstructions
  | keyof typeof bulkTiles
  | keyof typeof reduceHelpers;

type Sections = readonly (readonly [title: string, helpers: Table])[];

const sectionsWith = (kind: Accumulator["kind"]): Sections => {
  const { fragmentTypes, fragmentProducts } = fragmentHelpers[kind];
  const tiles = {
    ...{ ...fragmentTypes, ...sharedHelpers, ...fragmentProducts, ...storeHelpers },
    ...{ ...warpgroupTiles, ...rareProducts, ...bulkTiles },
  };
  const warpgroups = { ...bulkInstructions, ...warpgroupInstructions, ...warpgroupProducts };
  return [
    ["types and functions of scalars", scalarHelpers],
    ["one helper per PTX instruction", { ...memoryHelpers, ...matrixHelpers, ...warpgroups }],
    ["tiles", { ...tiles, ...reduceHelpers }],
  ];
};

/** The helpers of a kind of accumulator, in their sections and by name: built once, for all kernels. */
const collected = (
  kind: Accumulator["kind"],
): { readonly sections: Sections; readonly byName: ReadonlyMap<string, Helper> } => {
  const sections = sectionsWith(kind);
  return { sections, byName: new Map(sections.flatMap(([, table]) => Object.entries(table))) };
};

const collections = { m16n8: collected("m16n8"), m8n8k4: collected("m8n8k4") } satisfies Record<
  Accumulator["kind"],
  unknown
>;

const collectionOf = ({ mma }: Arch): ReturnType<typeof collected> =>
  collections[fragmentsOf[mma].accumulator.kind];

/** Those of an architecture, by name. */
export const helpersOf = (arch: Arch): ReadonlyMap<string, Helper> => collectionOf(arch).byName;

/** Of all architectures. */
export const helperNames: ReadonlySet<string> = new Set(
  archNames.flatMap((name) => [...helpersOf(archs[name]).keys()]),
);

export const needsOf = ({ needs }: Helper, arch: Arch): readonly string[] =>
  typeof needs === "function" ? needs(arch) : needs;

/** `used` with everything that it needs. */
export const closure = (used: Iterable<string>, arch: Arch): ReadonlySet<string> => {
  const helpers = helpersOf(arch);
  const all = new Set<string>();
  const visit = (name: string): void => {
    if (all.has(name)) return;
    all.add(name);
    const helper = helpers.get(name) ?? unreachable(`${arch.name} has no helper ${name}`);
    needsOf(helper, arch).forEach(visit);
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
  const wanted = closure(used, arch);
  return collectionOf(arch)
    .sections.map(([title, table]) => {
      const texts = Object.entries<Helper>(table).flatMap(([name, h]) =>
        wanted.has(name) ? [textOf(h, arch)] : [],
      );
      return texts.length === 0 ? "" : `\n${rule(title)}\n${texts.join("\n")}\n`;
    })
    .join("");
};
