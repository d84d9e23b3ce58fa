// Which key tiles each row tile visits, as solved from the mask, and what kept it from being solved.

import type { Arch } from "../arch/arch.ts";
import type { Span } from "../base/span.ts";
import { type CompiledKernel, override } from "../compile.ts";
import type { Expr } from "../expr/expr.ts";
import { printExpr } from "../expr/print.ts";
import { schedule } from "../passes/schedule.ts";
import { type KeyPlan, keyPlan } from "../passes/visit-key-tiles.ts";
import type { Program } from "../tile/program.ts";
import type { Columns } from "../tile/statement.ts";
import { aside } from "../tile/step-aside.ts";
import { statementsOf } from "../tile/walk.ts";

export interface KeyReport {
  readonly axis: string;
  readonly mask: string;
  /** Tile numbers as formulas of the first row: first visited, first whole, end of whole, end of visited. */
  readonly ranges: readonly Readonly<Record<"lo" | "fullLo" | "fullHi" | "hi", string>>[];
  /** Whether no tile of the ranges is visited in vain. */
  readonly exact: boolean;
  /** What the kernel asks of each tile, by its first key, where ranges alone are too wide. */
  readonly asked: {
    /** Where this holds, it is skipped. */
    readonly excluded?: string;
    /** Where this holds, it is not masked. */
    readonly covered?: string;
  };
  /** What those conditions read, as names and their values: bounds of what the rows read. */
  readonly reads: readonly Readonly<Record<"name" | "value", string>>[];
  /** Tensors of which a kernel before it writes the least and greatest element of each tile. */
  readonly summaries: readonly Readonly<Record<"tensor" | "least" | "greatest", string>>[];
  readonly blame: readonly { readonly comparison: string; readonly span?: Span }[];
}

export const keyReports = (kernel: CompiledKernel, arch: Arch): readonly KeyReport[] =>
  keyLoops(kernel, arch).map(report);

/** A loop over keys and which of its tiles the kernel visits, for rows from the one on that `firstRow` names. */
export interface KeyLoop {
  readonly loop: Columns;
  readonly plan: KeyPlan;
  readonly firstRow: string;
}

export const keyLoops = (kernel: CompiledKernel, arch: Arch): readonly KeyLoop[] => {
  const program = sized(kernel, arch);
  const firstRow = aside(program).back.get("q0") ?? "q0";
  const { kernels, inputs } = program;
  return kernels.flatMap((k) =>
    k.roles.flatMap((role) =>
      statementsOf(role.body).flatMap((s) =>
        s.kind === "columns" ? [{ loop: s, plan: keyPlan(k, s, firstRow, inputs), firstRow }] : [],
      ),
    ),
  );
};

/** The program as it stands when tiles have sizes and loops over keys are not yet cut into ranges. */
const sized = (kernel: CompiledKernel, arch: Arch): Program => {
  let last = kernel.program;
  const loopsOverKeys = (program: Program): boolean =>
    program.kernels.some((k) =>
      k.roles.some((role) => statementsOf(role.body).some((s) => s.kind === "columns")),
    );
  schedule(kernel.program, arch, override(kernel, arch), (_, program) => {
    if (loopsOverKeys(program)) last = program;
  });
  return last;
};

const report = ({ loop, plan: { tiles, ask, reads } }: KeyLoop): KeyReport => {
  const { ranges, exact, blame } = tiles;
  return {
    axis: loop.axis,
    mask: loop.where ? printExpr(loop.where) : "none",
    ranges: ranges.map((r) => ({
      lo: printExpr(r.lo),
      fullLo: printExpr(r.fullLo),
      fullHi: printExpr(r.fullHi),
      hi: printExpr(r.hi),
    })),
    exact,
    asked: {
      ...(ask.excluded && { excluded: printExpr(ask.excluded) }),
      ...(ask.covered && { covered: printExpr(ask.covered) }),
    },
    reads: reads.lets.map(({ name, value }) => ({ name, value: printExpr(value) })),
    summaries: reads.summaries.map(({ tensor, least, greatest }) => ({
      ...{ tensor: tensor.name, least, greatest },
    })),
    blame: blame.map((e: Expr) => ({ comparison: printExpr(e), ...(e.span && { span: e.span }) })),
  };
};
