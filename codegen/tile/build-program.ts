// Parsed kernels as data. Order matters to types only: declarations first, then the start, the roles, and the
// steps that they call, callers before callees.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import type { ScalarType } from "../expr/expr.ts";
import { coordinates } from "../spec/names.ts";
import { BodyNames, type StepNames } from "./body-names.ts";
import type { Build } from "./grammar-operand.ts";
import type { Grid, Kernel, Program, Role, Step, TensorDecl } from "./program.ts";
import type { Statement } from "./statement.ts";
import { elementType, multiprocessors, Names } from "./scope.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Lists<T> = { [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

/** A program while its declarations are read. */
export type ProgramDraft = Writable<Lists<Program>>;
/** A kernel while its declarations are read; names are declared as they come. */
export type KernelDraft = Writable<Lists<Omit<Kernel, "grid" | "steps" | "start" | "roles">>> & {
  grid?: Grid;
};

export interface StepSource {
  readonly name: string;
  readonly params: Step["params"];
  readonly flags: readonly string[];
  readonly tiles: Step["tiles"];
  readonly body: Build<readonly Statement[]>;
  readonly span: Span;
}
export interface RoleSource extends Omit<Role, "body"> {
  readonly body: Build<readonly Statement[]>;
}
export interface KernelSource {
  readonly name: string;
  readonly span: Span;
  readonly declarations: readonly ((kernel: KernelDraft, names: BodyNames) => void)[];
  readonly steps: readonly StepSource[];
  readonly starts: readonly Build<readonly Statement[]>[];
  readonly roles: readonly RoleSource[];
}

/** What all kernels of a program see: dims, scalars, the program's host values and tensors. */
export class ProgramNames extends Names {
  private readonly draft: ProgramDraft;

  constructor(draft: ProgramDraft) {
    super();
    this.draft = draft;
  }

  override variable(name: string): ScalarType | undefined {
    if (name === multiprocessors || this.draft.dims.includes(name)) return "i32";
    return [...this.draft.scalars, ...this.draft.host].find((s) => s.name === name)?.type;
  }

  override tensor(name: string): TensorDecl | undefined {
    const { inputs, outputs, workspace } = this.draft;
    return [...inputs, ...outputs, ...workspace].find((t) => t.name === name);
  }

  override names(): readonly string[] {
    return [...this.draft.dims, ...[...this.draft.scalars, ...this.draft.host].map((s) => s.name)];
  }
}

export const buildKernel = (source: KernelSource, program: ProgramNames): Kernel => {
  const steps = new Map<string, StepNames>(
    source.steps.map((step) => [step.name, { flags: step.flags, callers: [] }]),
  );
  const names = new BodyNames(program, steps);
  for (const name of coordinates) names.declare(name, "i32");
  const draft: KernelDraft = { name: source.name, host: [], axes: [], tiles: [], barriers: [] };
  for (const declare of source.declarations) declare(draft, names);
  const { grid } = draft;
  if (grid === undefined) return fail(codes.tileSyntax(source.span, "this kernel has no grid"));
  if (source.starts.length > 1) fail(codes.tileSyntax(source.span, "this kernel starts twice"));
  const common = new BodyNames(names, steps);
  const start = source.starts[0]?.(common) ?? [];
  const roles = source.roles.map((role) => ({
    ...role,
    body: role.body(new BodyNames(common, steps)),
  }));
  const callersFirst = source.steps.toReversed();
  return {
    ...draft,
    grid,
    steps: callersFirst.map((step) => buildStep(step, steps, common)).toReversed(),
    start,
    roles,
    span: source.span,
  };
};

const buildStep = (source: StepSource, steps: Map<string, StepNames>, start: BodyNames): Step => {
  const outer = steps.get(source.name)?.callers[0]?.role ?? start;
  const names = new BodyNames(outer, steps, outer);
  for (const { name, type } of source.params) names.declare(name, type);
  for (const flag of source.flags) names.declare(flag, "bool");
  for (const tile of source.tiles) names.declare(tile.name, elementType(tile.dtype));
  return { ...source, body: source.body(names) };
};
