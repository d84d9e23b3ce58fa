// Keys shared out to blocks that do not wait for each other ("flash-decoding", Dao et al. 2023): each leaves its state
// of the rows, normalised values and log-sum-exp, in the workspace; a second kernel merges the states (merge.ts).
// How many parts there are is the plan's to say.

import { i32 } from "../expr/expr.ts";
import type { AttentionDescription, OutputSpec } from "../spec/description.ts";
import type { Program } from "../tile/program.ts";

export const SPLITS = "splits";
export const partNames = { values: "o_parts", lse: "lse_parts" } as const;

/** Whether the author wants the keys split, on any architecture. */
export const splitsKeys = (d: AttentionDescription): boolean =>
  Object.values(d.schedule).some((s) => s.splitKv !== undefined);

export const splitCount: Program["host"][number] = {
  ...{ kind: "let", name: SPLITS, type: "i32", value: i32(1) },
  note: "parts of the keys",
};

/**
 * The same attention, whose outputs are the states of all parts: f32, log-sum-exps to base 2. A sink joins a row once,
 * when its states meet.
 */
export const inParts = (d: AttentionDescription): AttentionDescription => {
  const values = d.outputs.filter((o) => o.role.kind === "values");
  const [q] = d.inputs;
  const split = { axis: "split" as const, extent: [SPLITS] };
  const rows = (q ?? values[0])?.axes.filter(({ axis }) => axis !== "d") ?? [];
  const lse: OutputSpec = {
    ...{ name: partNames.lse, dtype: "f32", role: { kind: "lse", base: 2 } },
    axes: [split, ...rows],
  };
  const parts = values.map((o): OutputSpec => ({
    ...{ name: partNames.values, dtype: "f32", role: o.role },
    axes: [split, ...o.axes],
  }));
  const { sink: _, ...rest } = d;
  return { ...rest, outputs: [...parts, lse] };
};

/** Whether the outputs are states of parts. */
export const isPart = (d: AttentionDescription): boolean =>
  d.outputs.some((o) => o.axes.some(({ axis }) => axis === "split"));
