// What a body leaves unused, and where its tiles are used last: so that lowering may change a tile in place.

import { type BodyStatement, type BodyTile, readsOf } from "../spec/body.ts";

type Block = readonly BodyStatement[];

const writesOf = (s: BodyStatement): readonly BodyTile[] => {
  switch (s.kind) {
    case "load":
    case "fill":
    case "qk":
    case "pv":
    case "map":
    case "reduce":
      return [s.to];
    case "online_softmax":
      return [s.weights, s.after.m, s.after.l, s.after.acc];
    case "columns":
      return s.carried.map((c) => c.after);
    case "store":
      return [];
  }
};

/** The block without what reaches no store. Adds to `used`. */
export const withoutUnused = (block: Block, used: Set<string> = new Set()): Block =>
  block
    .toReversed()
    .flatMap((s): Block => {
      if (s.kind !== "store" && !writesOf(s).some((t) => used.has(t.id))) return [];
      const kept = s.kind === "columns" ? keptLoop(s, used) : s;
      for (const t of readsOf(kept)) used.add(t.id);
      return [kept];
    })
    .toReversed();

/** Carried is what is used after the loop, or by a later step for what is. */
const keptLoop = (
  s: BodyStatement & { kind: "columns" },
  used: Set<string>,
): BodyStatement & { kind: "columns" } => {
  const isCarried = (c: (typeof s.carried)[number]): boolean =>
    used.has(c.after.id) || used.has(c.inside.id);
  for (;;) {
    const carried = s.carried.filter(isCarried);
    for (const c of carried) used.add(c.next.id);
    const body = withoutUnused(s.body, used);
    if (s.carried.filter(isCarried).length === carried.length) return { ...s, carried, body };
  }
};

/** All that a statement reads, inside its loop too. */
const allReads = (s: BodyStatement): readonly BodyTile[] =>
  s.kind === "columns"
    ? [...readsOf(s), ...s.body.flatMap(allReads), ...s.carried.map((c) => c.next)]
    : readsOf(s);

/** Where tiles are read for the last time in a block; `kept` are still there at its end. */
export const lastUses = (block: Block, kept: readonly BodyTile[]): ReadonlyMap<string, number> =>
  new Map([
    ...block.flatMap((s, i) => allReads(s).map((t) => [t.id, i] as const)),
    ...kept.map((t) => [t.id, block.length] as const),
  ]);

/** How often tiles are read, by id. */
export const readCounts = (block: Block): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const t of block.flatMap(allReads)) counts.set(t.id, (counts.get(t.id) ?? 0) + 1);
  return counts;
};

export const madeIn = (block: Block): ReadonlySet<string> =>
  new Set(block.flatMap(writesOf).map((t) => t.id));
