// Row sums and maxima that a loop only adds to go per lane (in-lanes.ts). Before: row vectors that steps reduce tiles into,
// begun with a constant. After: lanes, and one reduction across them after the loop.

import type { Kernel, TileDecl } from "../tile/program.ts";
import type { Reduce, Statement } from "../tile/statement.ts";
import { readsOf, statementsOf, writesOf } from "../tile/walk.ts";
import { editKernels } from "./edit.ts";
import { inLanes } from "./in-lanes.ts";
import type { Pass } from "./target.ts";
import { calls } from "./visits.ts";

const touches = (s: Statement, tile: string): boolean =>
  [...readsOf(s, (name) => name === tile), ...writesOf(s)].some((r) => r.tile === tile);

/** The op of the reductions, if the vector is nothing but their target until its last loop is over. */
const accumulated = (kernel: Kernel, tile: TileDecl): Reduce["op"] | undefined => {
  if (tile.shape.length !== 1 || tile.place.kind !== "value") return undefined;
  const { name } = tile;
  const isReduction = (s: Statement): s is Reduce =>
    s.kind === "reduce" && s.to === name && s.from !== name && s.accumulate;
  const last = kernel.steps.findLastIndex((step) => step.body.some(isReduction));
  const step = kernel.steps[last];
  if (step === undefined) return undefined;
  const loops = kernel.roles.flatMap(({ body }) =>
    body.slice(
      0,
      body.findIndex((s) => calls([s], step.name)),
    ),
  );
  const touching = kernel.steps
    .slice(0, last + 1)
    .flatMap((x) => statementsOf(x.body))
    .filter((s) => touches(s, name));
  const [op, ...others] = new Set(touching.map((s) => (isReduction(s) ? s.op : undefined)));
  const begun = statementsOf(loops).filter((s) => touches(s, name));
  const neutral = begun.every((s) => s.kind === "fill" && (op === "max" || isZero(s)));
  return others.length === 0 && neutral ? op : undefined;
};

const isZero = (s: Statement & { kind: "fill" }): boolean =>
  s.value.kind === "const" && s.value.value === 0;

const reduceKernel = (kernel: Kernel): Kernel =>
  kernel.tiles.reduce((k, tile) => {
    const op = accumulated(k, tile);
    return op
      ? inLanes(k, tile.name, op, `join the lanes' ${op === "max" ? "maxima" : "sums"}`)
      : k;
  }, kernel);

/** Needs steps (visit-key-tiles); before homes are given (place-registers). */
export const reduceInLanes: Pass = (program) => editKernels(program, reduceKernel);
