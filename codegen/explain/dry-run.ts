// Walks a scheduled program's scalars only, block by block, and counts what its statements would do. So
// the figures of `explain` come from the very program that is emitted; no formula of a variant is known here.

import { unreachable } from "../base/diagnostic.ts";
import { evaluate } from "../expr/evaluate.ts";
import { children, type Expr } from "../expr/expr.ts";
import type { Kernel, Program, Step } from "../tile/program.ts";
import type { Find, Statement, Visit } from "../tile/statement.ts";

export interface Counts {
  blocks: number;
  /** Steps called with a flag set (partial tiles), and with none (tiles that need no mask). */
  masked: number;
  unmasked: number;
  /** Of the tensor cores; a multiply-add is two. */
  operations: number;
  exponentials: number;
  /** Bytes that copies move into shared memory. */
  copied: number;
}

/** Counts over all blocks of all kernels. Branches taken by single warps (`if_any`) are left out. */
export const dryRun = (program: Program, values: Readonly<Record<string, number>>): Counts => {
  const counts: Counts = {
    blocks: 0,
    masked: 0,
    unmasked: 0,
    operations: 0,
    exponentials: 0,
    copied: 0,
  };
  for (const kernel of program.kernels) runKernel(kernel, new Map(Object.entries(values)), counts);
  return counts;
};

type Scope = Map<string, number>;

const valueOf = (e: Expr, scope: Scope): number =>
  evaluate(
    e,
    {
      variable: (name) => scope.get(name) ?? unreachable(`nothing is known of ${name}`),
      load: () => Number.NaN,
    },
    "f64",
  );

const runKernel = (kernel: Kernel, launch: Scope, counts: Counts): void => {
  for (const value of kernel.host) launch.set(value.name, valueOf(value.value, launch));
  if (kernel.grid.kind !== "blocks") return unreachable("the program is not scheduled");
  const blocks = valueOf(kernel.grid.count, launch);
  counts.blocks += blocks;
  for (let block = 0; block < blocks; block++) {
    const start = new Map(launch).set("block", block);
    walk(kernel.start, start, { kernel, counts });
    for (const role of kernel.roles) walk(role.body, new Map(start), { kernel, counts });
  }
};

interface Walk {
  readonly kernel: Kernel;
  readonly counts: Counts;
}

const walk = (body: readonly Statement[], scope: Scope, at: Walk): void => {
  for (const s of body) visit(s, scope, at);
};

const visit = (s: Statement, scope: Scope, at: Walk): void => {
  const { kernel, counts } = at;
  switch (s.kind) {
    case "let":
      scope.set(s.name, valueOf(s.value, scope));
      return;
    case "for": {
      const to = valueOf(s.to, scope);
      for (let i = valueOf(s.from, scope); i < to; i++) {
        scope.set(s.name, i);
        walk(s.body, scope, at);
      }
      return;
    }
    case "find":
      scope.set(s.name, found(s, s.name, valueOf(s.from, scope), scope));
      return;
    case "visit": {
      const to = valueOf(s.to, scope);
      for (let here = valueOf(s.from, scope), t = 0; here < to; t++) {
        const next = found(s, s.next, here + 1, scope);
        for (const [name, value] of [
          [s.name, t],
          [s.here, here],
          [s.next, next],
        ] as const)
          scope.set(name, value);
        walk(s.body, scope, at);
        here = next;
      }
      return;
    }
    case "if":
      if (valueOf(s.condition, scope) !== 0) walk(s.then, scope, at);
      return;
    case "call": {
      const step = kernel.steps.find((t) => t.name === s.step) ?? unreachable("no step", s.step);
      if (s.flags.some(Boolean)) counts.masked++;
      else counts.unmasked++;
      walk(
        step.body,
        bind(
          step,
          s.args.map((a) => valueOf(a, scope)),
          s.flags,
          scope,
        ),
        at,
      );
      return;
    }
    case "product": {
      const to = elements(kernel, s.to);
      const a = shape(kernel, s.a.tile);
      counts.operations += 2 * to * (a.at(-1) ?? 0);
      return;
    }
    case "map":
      counts.exponentials += elements(kernel, s.to) * exponentials(s.value);
      return;
    case "fetch":
      counts.copied += elements(kernel, s.to) * 2;
      return;
    case "copy":
    case "bulk_copy":
      counts.copied += elements(kernel, s.to.tile) * 2;
      return;
    default:
      return;
  }
};

const found = ({ to, unless }: Find | Visit, name: string, from: number, scope: Scope): number => {
  const end = valueOf(to, scope);
  const tried = new Map(scope);
  for (let place = from; place < end; place++)
    if (valueOf(unless, tried.set(name, place)) === 0) return place;
  return end;
};

const bind = (
  step: Step,
  args: readonly number[],
  flags: readonly boolean[],
  scope: Scope,
): Scope => {
  const inner = new Map(scope);
  step.params.forEach((p, i) => inner.set(p.name, args[i] ?? Number.NaN));
  step.flags.forEach((name, i) => inner.set(name, flags[i] ? 1 : 0));
  return inner;
};

const shape = (kernel: Kernel, name: string): readonly number[] => {
  const tile = [...kernel.tiles, ...kernel.steps.flatMap((s) => s.tiles)].find(
    (t) => t.name === name,
  );
  return (tile?.shape ?? []).map((extent) =>
    typeof extent === "number" ? extent : (kernel.axes.find((a) => a.name === extent)?.size ?? 0),
  );
};

const elements = (kernel: Kernel, name: string): number =>
  shape(kernel, name).reduce((product, extent) => product * extent, 1);

const exponentials = (e: Expr): number =>
  (e.kind === "unary" && (e.op === "exp" || e.op === "exp2") ? 1 : 0) +
  children(e).reduce((sum, c) => sum + exponentials(c), 0);
