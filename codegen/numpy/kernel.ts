// One kernel as a Python function: host values, the blocks of the grid one after another, and in each the start and
// the statements of its role. Several roles are generators that take turns. Knows nothing of single statements.

import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, Program, Role, Step, Tiled, TileDecl } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import { ownersOf, readsOf, statementsOf, writesOf } from "../tile/walk.ts";
import { type Place, printScalar } from "./expression.ts";
import { Lines } from "./lines.ts";
import { reached, waitsFor } from "./phases.ts";
import type { Scope } from "./scope.ts";
import { printBody } from "./statement.ts";
import { axisSize, describeTile, pythonTiles } from "./tiles.ts";

/** Names of the function's parameters: sizes, scalars, then tensors. */
export const parameters = (
  program: Program,
  { names }: Pick<Place, "names">,
): readonly string[] => [
  ...program.dims.map((d) => names.of("value", d)),
  ...program.scalars.map((s) => names.of("value", s.name)),
  ...[...program.inputs, ...program.outputs, ...program.workspace].map((t) =>
    names.of("tensor", t.name),
  ),
];

/** The function's name and text. */
export const printKernel = (
  program: Program,
  kernel: Kernel,
  place: Place,
): { readonly name: string; readonly text: string } => {
  const out = new Lines();
  const tiles = pythonTiles(kernel, place);
  const own: Place = { ...place, tileOf: (name) => tiles.get(name) };
  const maskedSteps = stepsUnderMasks(kernel);
  const scope: Scope = {
    program,
    kernel,
    tiles,
    place: own,
    out,
    maskedSteps,
    defined: new Set(),
    warps: kernel.launch?.warps,
  };
  const name = place.names.fresh(kernel.name);
  out.block(`def ${name}(${parameters(program, place).join(", ")}):`, () => {
    printHost(program.host, own, out);
    printHost(kernel.host, own, out);
    const points = gridPoints(kernel);
    out.add("");
    out.block(`def run_block(${points.map((p) => place.names.of("value", p)).join(", ")}):`, () =>
      printBlock(scope),
    );
    out.add("");
    printGrid(points, scope);
  });
  return { name, text: out.toString() };
};

/** What a launcher would compute. */
const printHost = (host: Kernel["host"], place: Place, out: Lines): void => {
  for (const { name, value, note } of host)
    out.noted(`${place.names.of("value", name)} = ${printScalar(value, place)}`, note);
};

/** What `if_any` calls, at once or by way of other steps. */
const stepsUnderMasks = (kernel: Kernel): ReadonlySet<string> => {
  const found = new Set<string>();
  const follow = (body: readonly Statement[]): void => {
    for (const s of statementsOf(body))
      if (s.kind === "call" && !found.has(s.step)) {
        found.add(s.step);
        follow(kernel.steps.find((step) => step.name === s.step)?.body ?? []);
      }
  };
  for (const { body } of ownersOf(kernel))
    for (const s of statementsOf(body)) if (s.kind === "if_any") follow(s.then);
  return found;
};

const tiledBy = ({ grid }: Kernel): readonly Tiled[] =>
  grid.kind === "blocks" ? [] : [grid.rows, ...(grid.columns ? [grid.columns] : [])];

const gridPoints = (kernel: Kernel): readonly string[] =>
  kernel.grid.kind === "blocks"
    ? ["block"]
    : [...kernel.grid.points.map((p) => p.name), ...tiledBy(kernel).map((t) => t.origin)];

const printBlock = (scope: Scope): void => {
  const { kernel } = scope;
  const [role, ...others] = kernel.roles;
  if (role === undefined) return unreachable("a kernel without roles", kernel.name);
  if (others.length > 0) return printTurns(scope);
  printTiles(kernel.tiles, scope);
  printSteps(kernel.steps, scope);
  printBody([...kernel.start, ...role.body], scope);
};

const printTiles = (tiles: readonly TileDecl[], scope: Scope): void => {
  for (const decl of tiles) {
    const stages = scope.tiles.get(decl.name)?.stages ?? 1;
    const nothing = stages === 1 ? "None" : `[None] * ${stages}`;
    scope.out.noted(`${scope.place.names.of("value", decl.name)} = ${nothing}`, describeTile(decl));
  }
};

const printSteps = (steps: readonly Step[], scope: Scope): void => {
  for (const step of steps) {
    scope.out.add("");
    printStep(step, scope);
  }
  scope.out.add("");
};

/** Shared memory, mbarriers and the start belong to the block; registers and steps to each role that uses them. */
const printTurns = (scope: Scope): void => {
  const { kernel, out, place } = scope;
  const { names } = place;
  const waits = new Set(
    kernel.steps.filter((s) => waitsFor(kernel, s.body)).map((step) => step.name),
  );
  const taking: Scope = { ...scope, waits };
  printTiles(kernel.tiles.filter(isShared), taking);
  for (const { name, stages, note } of kernel.barriers)
    out.noted(`${names.of("barrier", name)} = [0] * ${stages}`, note ?? "completed phases");
  printBody(kernel.start, taking);
  for (const role of kernel.roles) {
    out.add("");
    out.block(`def ${names.of("role", role.name)}():`, () =>
      printRole(role, { ...taking, warps: role.warps }),
    );
  }
  out.add("");
  const calls = kernel.roles.map((role) => `${names.of("role", role.name)}()`);
  out.add(`${place.use("take_turns")}(${calls.join(", ")})`);
};

const printRole = (role: Role, scope: Scope): void => {
  const { kernel } = scope;
  const runs = [...reached(kernel, role.body)];
  const isTile = (name: string): boolean => scope.tiles.has(name);
  const named = new Set(
    runs.flatMap((s) => [...readsOf(s, isTile), ...writesOf(s)].map((r) => r.tile)),
  );
  printNonlocal(kernel.tiles.filter(isShared), runs, scope);
  printTiles(
    kernel.tiles.filter((t) => !isShared(t) && named.has(t.name)),
    scope,
  );
  const called = new Set(runs.flatMap((s) => (s.kind === "call" ? [s.step] : [])));
  printSteps(
    kernel.steps.filter((step) => called.has(step.name)),
    scope,
  );
  printBody(role.body, { ...scope, defined: new Set() });
  if (!waitsFor(kernel, role.body)) scope.out.add("yield");
};

const isShared = (tile: TileDecl): boolean => tile.place.kind === "shared";

/** Names of outer functions that these statements give new values. */
const printNonlocal = (
  outer: readonly TileDecl[],
  statements: readonly Statement[],
  { out, place, tiles }: Scope,
): void => {
  const written = new Set(statements.flatMap(writesOf).map((r) => r.tile));
  const rebound = outer.filter((t) => written.has(t.name) && tiles.get(t.name)?.stages === 1);
  if (rebound.length > 0)
    out.add(`nonlocal ${rebound.map((t) => place.names.of("value", t.name)).join(", ")}`);
};

const printStep = (step: Step, scope: Scope): void => {
  const { kernel, out, place } = scope;
  const { names } = place;
  const taken = scope.maskedSteps.has(step.name) ? names.fresh("taken") : undefined;
  const params = [
    ...[...step.params.map((p) => p.name), ...step.flags].map((p) => names.of("value", p)),
    ...(taken === undefined ? [] : [taken]),
  ];
  const header = `def ${names.of("function", step.name)}(${params.join(", ")}):`;
  out.block(header, () => {
    printNonlocal(kernel.tiles, [...statementsOf(step.body)], scope);
    for (const decl of step.tiles)
      out.comment(`${names.of("value", decl.name)}: ${describeTile(decl)}`);
    const defined = new Set(kernel.tiles.map((t) => t.name));
    printBody(step.body, { ...scope, defined, ...(taken !== undefined && { taken }) });
  });
};

const printGrid = (points: readonly string[], { kernel, out, place }: Scope): void => {
  const { grid } = kernel;
  const names = points.map((p) => place.names.of("value", p));
  const call = `run_block(${names.join(", ")})`;
  if (grid.kind === "blocks")
    return out.block(`for ${names[0]} in range(${printScalar(grid.count, place)}):`, () =>
      out.add(call),
    );
  const tiles = tiledBy(kernel).map((t) => {
    const axis = kernel.axes.find((a) => a.name === t.axis) ?? unreachable("no axis", t.axis);
    const size = axisSize(kernel, axis.name, place);
    const step = axis.size === undefined ? `max(${size}, 1)` : size;
    return `range(0, ${printScalar(axis.extent, place)}, ${step})`;
  });
  const ranges = [...grid.points.map((p) => `range(${printScalar(p.extent, place)})`), ...tiles];
  const nest = (depth: number): void =>
    depth === ranges.length
      ? out.add(call)
      : out.block(`for ${names[depth]} in ${ranges[depth]}:`, () => nest(depth + 1));
  nest(0);
};
