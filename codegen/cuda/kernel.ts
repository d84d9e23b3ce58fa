// One kernel: its constants, its parameters, what a block computes, and the device function with the tiles,
// the steps as lambdas and the role's body.

import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, Program, Role, Step } from "../tile/program.ts";
import type { Statement } from "../tile/statement.ts";
import type { Slice } from "../tile/statement-parts.ts";
import { statementsOf } from "../tile/walk.ts";
import type { NamedTile } from "./elements.ts";
import { scalarType } from "./expression.ts";
import { rule } from "./helpers.ts";
import { layoutText } from "./layout.ts";
import { blockLets, isHot, namesIn, printLocate, withoutLets } from "./locate.ts";
import { Identifiers } from "./names.ts";
import { elementType, parametersOf, printParams } from "./params.ts";
import { type Scope, deviceScope } from "./scope.ts";
import type { Used } from "./used.ts";
import { pointerText, pointsUseOnly } from "./slice.ts";
import type { BodyContext } from "./body.ts";
import { printBody } from "./statement.ts";
import { arrivalsOf, computingRole, namedRoles, roleThreads, warpConstant } from "./roles.ts";
import { nonNegative } from "./sign.ts";
import { type Lines, braces, comment, indent, withNote } from "./text.ts";
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
  const located = printLocate(kernel, outer);
  const printer = new KernelPrinter(kernel, outer, located.members);
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
  const computing = warpConstant(kernel, computingRole(kernel));
  const axes = kernel.axes.flatMap(({ name, size }) => {
    if (size === undefined) return [];
    const part = (p: "TILE" | "WARP" | "THREAD"): string => axisConstant(p, name);
    return [
      `constexpr int ${part("TILE")} = ${size};  // ${comment(name)} of a block`,
      ...(dealt.has(name)
        ? [
            `constexpr int ${part("WARP")} = ${part("TILE")} / ${computing};  // of a warp`,
            `constexpr int ${part("THREAD")} = ${part("WARP")} / 8;  // of a thread, shared with ${layoutText(arch).others}`,
          ]
        : []),
    ];
  });
  return [
    `constexpr int WARPS = ${warpsOf(kernel)}, THREADS = WARPS * 32;`,
    ...(kernel.roles.length === 1
      ? []
      : namedRoles(kernel).map(
          (r) =>
            `constexpr int ${warpConstant(kernel, r)} = ${r.warps};  // of role ${comment(r.name)}`,
        )),
    ...(kernel.launch ? [`constexpr int BLOCKS_PER_SM = ${kernel.launch.blocksPerSM};`] : []),
    ...axes,
  ].join("\n");
};

const sum = (terms: readonly string[]): string =>
  terms.length === 1 ? terms.join("") : `(${terms.join(" + ")})`;

class KernelPrinter {
  private readonly names: Identifiers;
  private readonly scope: Scope;
  private readonly tiles = new Map<string, NamedTile>();
  private readonly pointers = new Map<string, string>();
  private readonly kernel: Kernel;
  private readonly located: ReadonlyMap<string, string>;

  constructor(kernel: Kernel, outer: Scope, located: ReadonlyMap<string, string>) {
    this.kernel = kernel;
    this.located = located;
    this.names = new Identifiers("locals");
    this.scope = outer.inner([["block", "block_index()"]]);
    for (const l of blockLets(kernel))
      this.scope.name(
        l.name,
        `at.${located.get(l.name) ?? l.name}`,
        nonNegative(l.value, this.scope),
      );
    for (const decl of kernel.tiles)
      this.tiles.set(decl.name, { decl, name: this.names.of(decl.name) });
  }

  print(): Lines {
    const { kernel } = this;
    const [only = unreachable("no role"), ...others] = kernel.roles;
    return [
      ...this.sharedTiles(),
      ...(this.located.size > 0 ? ["const At at = locate(params);"] : []),
      ...printBody(withoutLets(kernel, kernel.start), this.context(only)),
      ...(others.length === 0 ? this.role(only) : this.branches()),
    ];
  }

  /** Each role its warps, in order. */
  private branches(): Lines {
    const { kernel } = this;
    return kernel.roles.flatMap((role, i) => {
      const before = kernel.roles.slice(0, i).map((r) => warpConstant(kernel, r));
      const first = before.length === 0 ? "0" : `${sum(before)} * 32`;
      const end = `${sum([...before, warpConstant(kernel, role)])} * 32`;
      const last = i === kernel.roles.length - 1;
      const head = `${i > 0 ? "} else " : ""}${last ? "" : `if (threadIdx.x < ${end}) `}{  // ${comment(role.name)}`;
      const body = role.single
        ? braces(`if (threadIdx.x == ${first})`, this.role(role))
        : this.role(role);
      return [
        ...(i === 0 ? [""] : []),
        head,
        ...indent([...this.budget(role), ...body]),
        ...(last ? ["}"] : []),
      ];
    });
  }

  private budget({ registers }: Role): Lines {
    if (registers === undefined) return [];
    const launched = Math.floor(65536 / (warpsOf(this.kernel) * 32) / 8) * 8;
    this.scope.helper("set_registers");
    return [`${registers > launched ? "more" : "fewer"}_registers<${registers}>();`];
  }

  private role(role: Role): Lines {
    const body = withoutLets(this.kernel, role.body);
    const end = body.findLastIndex(isHot) + 1;
    const mine = role === computingRole(this.kernel);
    return [
      ...this.pointerLines(role, mine ? this.kernel.steps : []),
      ...(mine ? this.registerTiles() : []),
      ...(mine ? this.kernel.steps.flatMap((step) => ["", ...this.step(step, role)]) : []),
      ...(mine ? [""] : []),
      ...this.firstTurn(role),
      ...printBody(body.slice(0, end), this.context(role)),
      ...this.after(body.slice(end), end > 0, role),
    ];
  }

  /** Somebody must pass the first turn to the first warpgroup. */
  private firstTurn(role: Role): Lines {
    const parts = [role, ...this.kernel.steps].flatMap((part) => [...statementsOf(part.body)]);
    if (role.single || !parts.some((s) => s.kind === "take_turn")) return [];
    this.scope.helper("take_turn");
    const threads = roleThreads(this.kernel, role);
    const pass = `if (threadIdx.x / 128 == ${threads} / 128 - 1) pass_turn<${threads} / 128>();`;
    return withNote([pass], "the first turn is warpgroup 0's");
  }

  /** What follows the loop asks anew where it is, so that the loop need not remember. */
  private after(body: readonly Statement[], afterLoop: boolean, role: Role): Lines {
    if (!afterLoop) return printBody(body, this.context(role));
    if (body.length === 0) return [];
    const names = namesIn(body);
    const again = [...this.located.keys()].some((n) => names.has(n));
    const lines = printBody(body, this.context(role));
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

  private context(role: Role, texts: Iterable<readonly [string, string]> = []): BodyContext {
    const scope = this.scope.inner(texts);
    return {
      kernel: this.kernel,
      names: this.names,
      scope,
      tile: (name) => this.tiles.get(name),
      pointer: (slice) => this.pointers.get(pointerText(slice, scope)),
      arrivals: (barrier) => arrivalsOf(this.kernel, barrier),
      role: { threads: roleThreads(this.kernel, role) },
    };
  }

  private sharedTiles(): Lines {
    const { kernel, names, scope } = this;
    const tiles = kernel.tiles.filter((t) => t.place.kind === "shared");
    if (tiles.length + kernel.barriers.length === 0) return [];
    scope.helper("shared_address");
    for (const t of tiles)
      scope.helper(t.place.kind === "shared" && t.place.panel !== undefined ? "Panels" : "Shared");
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
  private pointerLines(role: Role, steps: readonly Step[]): Lines {
    const known = new Set([
      ...this.located.keys(),
      ...this.scope.parameters.values.keys(),
      "block",
    ]);
    const copies = [role, ...steps]
      .flatMap((part) => statementsOf(part.body))
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

  private step(step: Step, role: Role): Lines {
    for (const decl of step.tiles)
      this.tiles.set(decl.name, { decl, name: this.names.of(decl.name) });
    const params = [
      ...step.params,
      ...step.flags.map((name) => ({ name, type: "bool" as const })),
    ].map(({ name, type }) => ({ name, type, text: this.names.of(name) }));
    const context = this.context(
      role,
      params.map((p) => [p.name, p.text]),
    );
    const list = params.map((p) => `${scalarType(p.type)} ${p.text}`).join(", ");
    return braces(
      `auto ${this.names.of(step.name)} = [&](${list}) INLINED`,
      [...this.declare(step.tiles), ...printBody(step.body, context)],
      "};",
    );
  }
}
