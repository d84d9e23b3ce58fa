// A program with its sizes and memory bound: what a thread needs to run blocks of its kernels. Built alike on
// every thread from plain data. Knows nothing of statements.

import { archs, fragmentsFor } from "../arch/archs.ts";
import type { Fragments } from "../arch/fragments.ts";
import { unreachable } from "../base/diagnostic.ts";
import { type Env, evaluate } from "../expr/evaluate.ts";
import type { Expr } from "../expr/expr.ts";
import type { Kernel, Program, TensorDecl } from "../tile/program.ts";
import { multiprocessors } from "../tile/scope.ts";
import { extentsOf, type GlobalTensor, globalTensor, type TensorBuffers } from "./global.ts";
import { Scope } from "./scope.ts";

/** Plain data, so that it can be posted to a thread. */
export interface ProgramData {
  readonly program: Program;
  readonly sizes: Readonly<Record<string, number>>;
  readonly scalars: Readonly<Record<string, number>>;
  readonly buffers: Readonly<Record<string, TensorBuffers>>;
}

/** One point of the grid: names that the body sees, and where its rows begin. */
export interface GridPoint {
  readonly values: readonly (readonly [string, number])[];
  readonly origins: ReadonlyMap<string, number>;
}

export interface Launch {
  readonly kernel: Kernel;
  /** Of the matrix instruction. */
  readonly fragments: Fragments;
  readonly scope: Scope;
  readonly tensors: ReadonlyMap<string, GlobalTensor>;
  readonly axes: ReadonlyMap<string, { readonly extent: number; readonly size: number }>;
  readonly blocks: number;
  /** The first block's number, counted over all kernels. */
  readonly firstBlock: number;
  point(block: number): GridPoint;
}

/** Sizes and launch scalars, floats being f32 on the device, and what the launcher makes of them on a chip of the architecture. */
export const launchScope = (
  program: Program,
  sizes: Readonly<Record<string, number>>,
  scalars: Readonly<Record<string, number>>,
): Scope => {
  const scope = new Scope();
  for (const name of program.dims) scope.set(name, sizes[name] ?? unreachable(`no size ${name}`));
  for (const { name, type } of program.scalars) {
    const value = scalars[name] ?? unreachable(`no scalar ${name}`);
    scope.set(name, type === "f32" ? Math.fround(value) : value);
  }
  if (program.host.length === 0) return scope;
  const device = new Scope(scope);
  device.set(multiprocessors, archs[program.arch ?? "sm_80"].sms);
  for (const { name, value } of program.host) {
    const found = sizeIn(device)(value);
    for (const known of [scope, device]) known.set(name, found);
  }
  return scope;
};

/** Evaluates what depends on launch values only. */
export const sizeIn =
  (scope: Scope) =>
  (e: Expr): number => {
    const env: Env = {
      variable: (name) => scope.get(name),
      load: (tensor) => unreachable(`the launcher cannot read ${tensor}`),
    };
    return evaluate(e, env, "f32");
  };

export const tensorDecls = (program: Program): readonly TensorDecl[] => [
  ...program.inputs,
  ...program.outputs,
  ...program.workspace,
];

export const bindKernels = (data: ProgramData): readonly Launch[] => {
  const outer = launchScope(data.program, data.sizes, data.scalars);
  const tensors = new Map(
    tensorDecls(data.program).map((decl) => [
      decl.name,
      globalTensor(decl, extentsOf(decl, sizeIn(outer)), data.buffers[decl.name]!),
    ]),
  );
  const fragments = fragmentsFor(data.program.arch);
  let firstBlock = 0;
  return data.program.kernels.map((kernel) => {
    const launch = { ...bindKernel(kernel, outer, tensors, firstBlock), fragments };
    firstBlock += launch.blocks;
    return launch;
  });
};

const bindKernel = (
  kernel: Kernel,
  outer: Scope,
  tensors: Launch["tensors"],
  firstBlock: number,
): Omit<Launch, "fragments"> => {
  const scope = new Scope(outer);
  const size = sizeIn(scope);
  for (const { name, value } of kernel.host) scope.set(name, size(value));
  const axes: Launch["axes"] = new Map(
    kernel.axes.map((axis) => {
      const extent = size(axis.extent);
      return [axis.name, { extent, size: axis.size ?? extent }];
    }),
  );
  return { kernel, scope, tensors, axes, firstBlock, ...bindGrid(kernel, size, axes) };
};

const bindGrid = (
  { grid }: Kernel,
  size: (e: Expr) => number,
  axes: Launch["axes"],
): Pick<Launch, "blocks" | "point"> => {
  if (grid.kind === "blocks") {
    const point = (block: number): GridPoint => ({
      values: [["block", block]],
      origins: new Map(),
    });
    return { blocks: size(grid.count), point };
  }
  const tiled = [grid.rows, ...(grid.columns ? [grid.columns] : [])].map(({ axis, origin }) => {
    const { extent, size } = axes.get(axis) ?? unreachable(`no axis ${axis}`);
    return { axis, origin, size, tiles: extent === 0 ? 0 : Math.ceil(extent / size) };
  });
  const counts = [...grid.points.map((p) => size(p.extent)), ...tiled.map((t) => t.tiles)];
  return {
    blocks: counts.reduce((n, count) => n * count, 1),
    point: (block) => {
      const at = counts.map(
        (count, i) => Math.floor(block / counts.slice(i + 1).reduce((n, c) => n * c, 1)) % count,
      );
      const first = tiled.map((t, i) => at[grid.points.length + i]! * t.size);
      const values = [
        ...grid.points.map((p, i) => [p.name, at[i]!] as const),
        ...tiled.map((t, i) => [t.origin, first[i]!] as const),
      ];
      return { values, origins: new Map(tiled.map((t, i) => [t.axis, first[i]!])) };
    },
  };
};
