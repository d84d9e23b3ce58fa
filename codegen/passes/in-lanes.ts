// Keeps a row vector that a loop only adds to per lane, so that rows are joined across lanes once, after the loop, and
// not in every step. What follows the loop reads the joined vector.

import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, TileDecl } from "../tile/program.ts";
import type { Reduce, Statement } from "../tile/statement.ts";
import { mapStatements, statementsOf, tilesOf } from "../tile/walk.ts";
import { rename } from "./rename.ts";
import { calls } from "./visits.ts";

/** The vector as lanes up to the last loop whose step writes it; as rows everywhere after. */
export const inLanes = (kernel: Kernel, vector: string, op: Reduce["op"], note: string): Kernel => {
  const adds = (s: Statement): boolean =>
    (s.kind === "reduce" || s.kind === "map") && s.to === vector;
  const step =
    kernel.steps.findLast((x) => statementsOf(x.body).some(adds)) ??
    unreachable("nothing adds to", vector);
  const taken = tilesOf(kernel).map((t) => t.name);
  let joined = `${vector}_row`;
  for (let i = 2; taken.includes(joined); i++) joined = `${vector}_row_${i}`;
  const renamed = (body: readonly Statement[]): readonly Statement[] =>
    mapStatements(body, (s) => [rename(s, vector, joined)]);
  const join: Statement = {
    ...{ kind: "reduce", op, to: joined, from: vector, accumulate: false, note },
  };
  const rows = (name: string, layout: "rows" | "lanes"): TileDecl => ({
    ...{ name, dtype: "f32", shape: ["q"], place: { kind: "registers", layout } },
  });
  return {
    ...kernel,
    tiles: [
      ...kernel.tiles.map((t) => (t.name === vector ? rows(vector, "lanes") : t)),
      rows(joined, "rows"),
    ],
    steps: kernel.steps.map((s) =>
      kernel.steps.indexOf(s) > kernel.steps.indexOf(step) ? { ...s, body: renamed(s.body) } : s,
    ),
    roles: kernel.roles.map((role) => {
      const loop = role.body.findIndex((s) => calls([s], step.name));
      const [before, after] = [role.body.slice(0, loop + 1), role.body.slice(loop + 1)];
      return loop < 0 ? role : { ...role, body: [...before, join, ...renamed(after)] };
    }),
  };
};
