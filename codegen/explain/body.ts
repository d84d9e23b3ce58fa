// The body of a kernel as text, for `dump --stage description`: what was captured, one statement a line.

import { substitute, variable } from "../expr/expr.ts";
import { printExpr } from "../expr/print.ts";
import type { BodySlice, BodyStatement, BodyTile } from "../spec/body.ts";
import type { KernelDescription } from "../spec/description.ts";

export const showBody = (d: KernelDescription): readonly string[] => {
  const name = ({ id }: BodyTile): string => `${d.names.get(id) ?? "tile"}${id}`;
  const slice = ({ tensor, index }: BodySlice): string =>
    `${tensor}[${index.map((i) => (typeof i === "object" ? printExpr(i) : i === "all" ? ":" : "tile")).join(", ")}]`;
  const line = (s: BodyStatement): readonly string[] => {
    switch (s.kind) {
      case "load":
        return [`${name(s.to)} = load ${slice(s.from)}`];
      case "fill":
        return [`${name(s.to)} = ${s.value}`];
      case "qk":
        return [`${name(s.to)} = qk ${name(s.a)}, ${name(s.b)}`];
      case "pv":
        return [`${name(s.to)} = pv ${name(s.acc)} + ${name(s.a)}, ${name(s.b)}`];
      case "map": {
        const named = new Map(s.from.map((t) => [t.id, variable("f32", name(t))]));
        return [`${name(s.to)} = map ${printExpr(substitute(s.value, named))}    ; ${s.source}`];
      }
      case "reduce":
        return [
          `${name(s.to)} = ${s.op} ${[s.soFar, s.from].flatMap((t) => (t ? [name(t)] : [])).join(", ")}`,
        ];
      case "online_softmax": {
        const { m, l, acc } = s.after;
        const { before } = s;
        const to = [s.weights, m, l, acc].map(name).join(", ");
        return [
          `${to} = online_softmax ${[s.scores, before.m, before.l, before.acc].map(name).join(", ")}`,
        ];
      }
      case "columns":
        return [
          `columns${s.mask ? ` where ${printExpr(s.mask.value)}` : ""}`,
          ...s.carried.map((c) => `  carry ${name(c.inside)} from ${name(c.before)}`),
          ...s.body.flatMap(line).map((text) => `  ${text}`),
          ...s.carried.map((c) => `  next ${name(c.next)}, in the end ${name(c.after)}`),
        ];
      case "store":
        return [`store ${slice(s.to)} <- ${name(s.from)}`];
    }
  };
  return d.body.flatMap(line);
};
