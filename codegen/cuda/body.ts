// What stands around a statement while it is printed: its kernel, names, tiles, and how it refers to them.

import { unreachable } from "../base/diagnostic.ts";
import type { BarrierDecl, Kernel } from "../tile/program.ts";
import type { BarrierRef, Slice, TileRef } from "../tile/statement-parts.ts";
import type { ElementContext } from "./elements.ts";
import { printExpression } from "./expression.ts";
import type { Identifiers } from "./names.ts";

export interface BodyContext extends ElementContext {
  readonly kernel: Kernel;
  readonly names: Identifiers;
  /** The variable that holds a slice's pointer, where the kernel keeps one. */
  pointer(slice: Slice): string | undefined;
  /** How many arrivals complete a phase. */
  arrivals(barrier: BarrierDecl): string;
  /** The number of threads that run this body, as the text names it. */
  readonly role: { readonly threads: string };
}

export const tile = (name: string, context: BodyContext): string =>
  (context.tile(name) ?? unreachable(`no tile ${name}`)).name;

export const ref = (r: TileRef, context: BodyContext): string => {
  const { name, decl } = context.tile(r.tile) ?? unreachable(`no tile ${r.tile}`);
  const stages = decl.place.kind === "shared" ? decl.place.stages : 1;
  return r.stage === undefined || stages === 1
    ? name
    : `${name}[${printExpression(r.stage, context.scope)}]`;
};

export const barrier = (r: BarrierRef, { names, scope }: BodyContext): string =>
  `${names.of(r.barrier)}[${printExpression(r.stage, scope)}]`;

export const halfType = (name: string, context: BodyContext): "f16" | "bf16" => {
  const dtype = context.tile(name)?.decl.dtype;
  return dtype === "f16" || dtype === "bf16"
    ? dtype
    : unreachable(`${name} is not of a 16-bit type`);
};
