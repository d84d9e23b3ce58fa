// One kernel as a Python function: host values, the blocks of the grid one after another, and in each
// the statements of its role. Knows nothing of single statements.

import { codes } from "../base/codes.ts";
import { fail, unreachable } from "../base/diagnostic.ts";
import type { Kernel, Program, Role, Step } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import { statementsOf, writesOf } from "../tile/walk.ts";
import { type Place, printScalar } from "./expression.ts";
import { Lines } from "./lines.ts";
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
  const [role, second] = kernel.roles;
  if (role === undefined) return unreachable("a kernel without roles", kernel.name);
  // Roles run at the same time and meet at mbarriers; Python runs one statement after another.
  if (second !== undefined)
    fail(codes.notInNumpy(second.span, `role ${second.name} beside ${role.name}`));
  const out = new Lines();
  const tiles = pythonTiles(kernel, place);
  const own: Place = { ...place, tileOf: (name) => tiles.get(name) };
  const maskedSteps = stepsUnderMasks(kernel);
  const scope: Scope = { program, kernel, tiles, place: own, out, maskedSteps, defined: new Set() };
  const name = place.names.fresh(kernel.name);
  out.block(`def ${name}(${parameters(program, place).join(", ")}):`, () => {
    for (const { name: value, value: e, note } of kernel.host) {
      out.noted(`${place.names.of("value", value)} = ${printScalar(e, own)}`, note);
    }
    const points = gridPoints(kernel);
    out.add("");
    out.block(`def run_block(${points.map((p) => place.names.of("value", p)).join(", ")}):`, () =>
      printBlock(role, scope),
    );
    out.add("");
    printGrid(points, scope);
  });
  return { name, text: out.toString() };
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
  for (const { body } of [...kernel.steps, ...kernel.roles])
    for (const s of statementsOf(body)) if (s.kind === "if_any") follow(s.then);
  return found;
};

const gridPoints = ({ grid }: Kernel): readonly string[] =>
  grid.kind === "blocks" ? ["block"] : [...grid.points.map((p) => p.name), grid.rows.origin];

const printBlock = (role: Role, scope: Scope): void => {
  const { kernel, out, place, tiles } = scope;
  for (const decl of kernel.tiles) {
    const stages = tiles.get(decl.name)?.stages ?? 1;
    const nothing = stages === 1 ? "None" : `[None] * ${stages}`;
    out.noted(`${place.names.of("value", decl.name)} = ${nothing}`, describeTile(decl));
  }
  for (const step of kernel.steps) {
    out.add("");
    printStep(step, scope);
  }
  out.add("");
  printBody(role.body, scope);
};

const printStep = (step: Step, scope: Scope): void => {
  const { kernel, out, place, tiles } = scope;
  const { names } = place;
  const taken = scope.maskedSteps.has(step.name) ? names.fresh("taken") : undefined;
  const params = [
    ...[...step.params.map((p) => p.name), ...step.flags].map((p) => names.of("value", p)),
    ...(taken === undefined ? [] : [taken]),
  ];
  const written = new Set(
    statementsOf(step.body)
      .flatMap(writesOf)
      .map((r) => r.tile),
  );
  const rebound = kernel.tiles.filter(
    (t) => written.has(t.name) && tiles.get(t.name)?.stages === 1,
  );
  const header = `def ${names.of("function", step.name)}(${params.join(", ")}):`;
  out.block(header, () => {
    if (rebound.length > 0)
      out.add(`nonlocal ${rebound.map((t) => names.of("value", t.name)).join(", ")}`);
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
  const axis =
    kernel.axes.find((a) => a.name === grid.rows.axis) ?? unreachable("no axis", grid.rows.axis);
  const size = axisSize(kernel, axis.name, place);
  const step = axis.size === undefined ? `max(${size}, 1)` : size;
  const ranges = [
    ...grid.points.map((p) => `range(${printScalar(p.extent, place)})`),
    `range(0, ${printScalar(axis.extent, place)}, ${step})`,
  ];
  const nest = (depth: number): void =>
    depth === ranges.length
      ? out.add(call)
      : out.block(`for ${names[depth]} in ${ranges[depth]}:`, () => nest(depth + 1));
  nest(0);
};
