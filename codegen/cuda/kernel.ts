// One kernel: its constants, its parameters, what a block computes, and the device function with the tiles,
// the steps as lambdas and the role's body.

import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, Program, Role, Step } from "../tile/program.ts";
import type { Slice, Statement } from "../tile/statement.ts";
import { statementsOf } from "../tile/walk.ts";
import type { NamedTile } from "./elements.ts";
import { nonNegative, scalarType } from "./expression.ts";
import { rule } from "./helpers.ts";
import { layoutText } from "./layout.ts";
import { blockLets, isHot, namesIn, printLocate } from "./locate.ts";
import { Identifiers } from "./names.ts";
import { elementType, parametersOf, printParams } from "./params.ts";
import { type Scope, deviceScope } from "./scope.ts";
import type { Used } from "./used.ts";
import { pointerText, pointsUseOnly } from "./slice.ts";
import { type BodyContext, printBody } from "./statement.ts";
import { type Lines, braces, comment, withNote } from "./text.ts";
import {
  address,
  axisConstant,
  declareRegisters,
  declareShared,
  rowAxis,
  warpsOf,
} from "./tiles.ts";

/** The name of the device function, and of what the launcher starts. */
export const kernelSymbol = (program: Program, kernel: Kernel): string =>
  `${program.name}_${program.arch}_${program.kernels.length === 1 ? "kernel" : kernel.name}`;

export const printKernel = (program: Program, kernel: Kernel, used: Used): string => {
  const parameters = parametersOf(program, kernel);
  const outer = deviceScope(program, kernel, parameters, used);
  const [role = unreachable("no role"), ...others] = kernel.roles;
  if (others.length > 0) unreachable(`roles of ${kernel.name}`);
  const located = printLocate(kernel, role, outer);
  const printer = new KernelPrinter(kernel, role, outer, located.members);
  const bounds = kernel.launch?.blocksPerSM === undefined ? "THREADS" : "THREADS, BLOCKS_PER_SM";
  const signature = `${kernelSymbol(program, kernel)}(const __grid_constant__ Params params)`;
  return [
    `\n${rule(kernel.name)}\n`,
    printConstants(kernel, used),
    "",
    printParams(program, kernel, parameters),
    "",
    ...(located.text === "" ? [] : [located.text, ""]),
    `extern "C" __global__ void __launch_bounds__(${bounds})`,
    ...braces(signature, printer.print()),
  ].join("\n");
};

/** Every size that the kernel's text names. */
const printConstants = (kernel: Kernel, { arch }: Used): string => {
  const dealt = new Set(
    [...kernel.tiles, ...kernel.steps.flatMap((s) => s.tiles)].flatMap((t) =>
      t.place.kind === "registers" && t.place.layout !== "chunks" ? [rowAxis(t)] : [],
    ),
  );
  const axes = kernel.axes.flatMap(({ name, size }) => {
    if (size === undefined) return [];
    const part = (p: "TILE" | "WARP" | "THREAD"): string => axisConstant(p, name);
    return [
      `constexpr int ${part("TILE")} = ${size};  // ${comment(name)} of a block`,
      ...(dealt.has(name)
        ? [
            `constexpr int ${part("WARP")} = ${part("TILE")} / WARPS;  // of a warp`,
            `constexpr int ${part("THREAD")} = ${part("WARP")} / 8;  // of a thread, shared with ${layoutText(arch).others}`,
          ]
        : []),
    ];
  });
  return [
    `constexpr int WARPS = ${warpsOf(kernel)}, THREADS = WARPS * 32;`,
    ...(kernel.launch ? [`constexpr int BLOCKS_PER_SM = ${kernel.launch.blocksPerSM};`] : []),
    ...axes,
  ].join("\n");
};

class KernelPrinter {
  private readonly names: Identifiers;
  private readonly scope: Scope;
  private readonly tiles = new Map<string, NamedTile>();
  private readonly pointers = new Map<string, string>();
  private readonly kernel: Kernel;
  private readonly role: Role;
  private readonly located: ReadonlyMap<string, string>;

  constructor(kernel: Kernel, role: Role, outer: Scope, located: ReadonlyMap<string, string>) {
    this.kernel = kernel;
    this.role = role;
    this.located = located;
    this.names = new Identifiers("locals");
    this.scope = outer.inner([["block", "block_index()"]]);
    const lets = blockLets(role);
    for (const l of lets)
      this.scope.name(
        l.name,
        `at.${located.get(l.name) ?? l.name}`,
        nonNegative(l.value, this.scope),
      );
    for (const decl of kernel.tiles)
      this.tiles.set(decl.name, { decl, name: this.names.of(decl.name) });
  }

  print(): Lines {
    const lets: ReadonlySet<Statement> = new Set(blockLets(this.role));
    const body = this.role.body.filter((s) => !lets.has(s));
    const end = body.findLastIndex(isHot) + 1;
    return [
      ...this.sharedTiles(),
      ...(this.located.size > 0 ? ["const At at = locate(params);"] : []),
      ...this.pointerLines(),
      ...this.registerTiles(),
      ...this.kernel.steps.flatMap((step) => ["", ...this.step(step)]),
      "",
      ...printBody(body.slice(0, end), this.context()),
      ...this.after(body.slice(end), end > 0),
    ];
  }

  /** What follows the loop asks anew where it is, so that the loop need not remember. */
  private after(body: readonly Statement[], afterLoop: boolean): Lines {
    if (!afterLoop) return printBody(body, this.context());
    if (body.length === 0) return [];
    const names = namesIn(body);
    const again = [...this.located.keys()].some((n) => names.has(n));
    const lines = printBody(body, this.context());
    return [
      "",
      ...(again
        ? braces("", [
            "const At at = locate(params);  // anew: the loop keeps no registers for it",
            ...lines,
          ])
        : lines),
    ];
  }

  private context(texts: Iterable<readonly [string, string]> = []): BodyContext {
    const scope = this.scope.inner(texts);
    return {
      kernel: this.kernel,
      names: this.names,
      scope,
      tile: (name) => this.tiles.get(name),
      pointer: (slice) => this.pointers.get(pointerText(slice, scope)),
    };
  }

  private sharedTiles(): Lines {
    const { kernel, names, scope } = this;
    const tiles = kernel.tiles.filter((t) => t.place.kind === "shared");
    if (tiles.length + kernel.barriers.length === 0) return [];
    scope.helper("shared_address");
    if (tiles.length > 0) scope.helper("Shared");
    if (kernel.barriers.length > 0) scope.helper("Barriers");
    return [
      "extern __shared__ __align__(128) char memory[];",
      "const u32 shared = shared_address(memory);",
      ...tiles.flatMap((t) =>
        withNote([declareShared(kernel, t, names.of(t.name), scope.used.arch)], t.note),
      ),
      ...kernel.barriers.flatMap((b) =>
        withNote(
          [`const Barriers<${b.stages}> ${names.of(b.name)}{${address(b.offset)}};`],
          b.note,
        ),
      ),
    ];
  }

  /** One pointer for each head of a tensor that copies read, formed once. */
  private pointerLines(): Lines {
    const known = new Set([
      ...this.located.keys(),
      ...this.scope.parameters.values.keys(),
      "block",
    ]);
    const copies = [this.role, ...this.kernel.steps]
      .flatMap((part) => [...statementsOf(part.body)])
      .flatMap((s): readonly Slice[] => (s.kind === "copy" || s.kind === "fetch" ? [s.from] : []));
    return copies.flatMap((slice) => {
      const text = pointerText(slice, this.scope.inner());
      if (this.pointers.has(text) || !pointsUseOnly(slice, known)) return [];
      const name = this.names.fresh(slice.tensor);
      this.pointers.set(text, name);
      const { dtype } = this.scope.members(slice.tensor).decl;
      return [`const ${elementType(dtype)}* ${name} = ${text};`];
    });
  }

  private registerTiles(): Lines {
    return this.declare(this.kernel.tiles);
  }

  private declare(tiles: Kernel["tiles"]): Lines {
    return tiles.flatMap((t) => {
      if (t.place.kind !== "registers") return [];
      if (t.place.layout === "accumulator") this.scope.helper("Accumulator");
      if (t.place.layout === "operand") this.scope.helper("Operand");
      if (t.place.layout === "pairs") this.scope.helper("Pairs");
      if (t.place.layout === "chunks") this.scope.helper("Chunks");
      if (t.dtype === "f16" || t.dtype === "bf16") this.scope.helper(t.dtype);
      return withNote([declareRegisters(t, this.names.of(t.name))], t.note);
    });
  }

  private step(step: Step): Lines {
    for (const decl of step.tiles)
      this.tiles.set(decl.name, { decl, name: this.names.of(decl.name) });
    const params = [
      ...step.params,
      ...step.flags.map((name) => ({ name, type: "bool" as const })),
    ].map(({ name, type }) => ({ name, type, text: this.names.of(name) }));
    const context = this.context(params.map((p) => [p.name, p.text]));
    const list = params.map((p) => `${scalarType(p.type)} ${p.text}`).join(", ");
    return braces(
      `auto ${this.names.of(step.name)} = [&](${list}) INLINED`,
      [...this.declare(step.tiles), ...printBody(step.body, context)],
      "};",
    );
  }
}
