// The grammar of kernels: what they declare, their steps, their start and their roles.

import type { ScalarType } from "../expr/expr.ts";
import type { BodyNames } from "./body-names.ts";
import type { KernelDraft, KernelSource, RoleSource, StepSource } from "./build-program.ts";
import type { BuildExpr } from "./build-expression.ts";
import type { Rule } from "./grammar-expression.ts";
import type { Build } from "./grammar-operand.ts";
import { TileGrammar } from "./grammar-tile.ts";
import type { TileDecl } from "./program.ts";
import type { Statement } from "./statement.ts";
import { elementType } from "./scope.ts";
import { signs, word } from "./tokens.ts";

type Declaration = (kernel: KernelDraft, names: BodyNames) => void;
interface TypedName {
  readonly name: string;
  readonly type: ScalarType;
}

export class KernelGrammar extends TileGrammar {
  protected readonly kernel: Rule<KernelSource> = this.rule("kernel", () => {
    const start = this.CONSUME(word("kernel"));
    const name = this.nameText();
    const span = this.spanFrom(start);
    const declarations: Declaration[] = [];
    const steps: StepSource[] = [];
    const starts: Build<readonly Statement[]>[] = [];
    const roles: RoleSource[] = [];
    this.CONSUME(signs.openBrace);
    this.MANY(() =>
      this.OR([
        { ALT: () => declarations.push(this.SUBRULE(this.declaration)) },
        { ALT: () => steps.push(this.SUBRULE(this.step)) },
        { ALT: () => starts.push(this.SUBRULE(this.start)) },
        { ALT: () => roles.push(this.SUBRULE(this.role)) },
      ]),
    );
    this.CONSUME(signs.closeBrace);
    return { name, span, declarations, steps, starts, roles };
  });

  private readonly declaration: Rule<Declaration> = this.rule("declaration", () =>
    this.OR<Declaration>([
      { ALT: () => this.SUBRULE(this.hostValue) },
      { ALT: () => this.SUBRULE(this.grid) },
      { ALT: () => this.SUBRULE(this.axis) },
      { ALT: () => this.SUBRULE(this.launch) },
      {
        ALT: () => {
          const tile = this.SUBRULE(this.tile);
          return (kernel, names) => {
            kernel.tiles.push(tile);
            names.declare(tile.name, elementType(tile.dtype));
          };
        },
      },
      {
        ALT: () => {
          const barrier = this.SUBRULE(this.mbarrier);
          return (kernel) => void kernel.barriers.push(barrier);
        },
      },
    ]),
  );

  private readonly hostValue: Rule<Declaration> = this.rule("hostValue", () => {
    const value = this.SUBRULE(this.hostLet);
    return (kernel, names) => void kernel.host.push(value(names));
  });
  protected readonly hostLet = this.binding("host");

  private readonly grid: Rule<Declaration> = this.rule("grid", () => {
    this.CONSUME(word("grid"));
    return this.OR([
      { ALT: () => this.SUBRULE(this.blocks) },
      { ALT: () => this.SUBRULE(this.space) },
    ]);
  });

  private readonly blocks: Rule<Declaration> = this.rule("blocks", () => {
    this.CONSUME(word("blocks"));
    const count = this.SUBRULE(this.expression);
    return (kernel, names) => {
      kernel.grid = { kind: "blocks", count: count(names) };
    };
  });

  private readonly space: Rule<Declaration> = this.rule("space", () => {
    this.CONSUME(word("space"));
    const points: { readonly name: string; readonly extent: BuildExpr }[] = [];
    this.MANY(() => {
      const name = this.nameText();
      this.CONSUME(signs.less);
      points.push({ name, extent: this.SUBRULE(this.expression) });
      this.CONSUME(signs.comma);
    });
    this.CONSUME(word("rows"));
    const axis = this.nameText(1);
    this.CONSUME(word("from"));
    const origin = this.nameText(2);
    const columns = this.OPTION(() => {
      this.CONSUME1(signs.comma);
      this.CONSUME(word("columns"));
      const across = this.nameText(3);
      this.CONSUME1(word("from"));
      return { axis: across, origin: this.nameText(4) };
    });
    return (kernel, names) => {
      kernel.grid = {
        kind: "space",
        points: points.map((p) => ({ name: p.name, extent: p.extent(names) })),
        rows: { axis, origin },
        ...(columns && { columns }),
      };
      const origins = [origin, ...(columns ? [columns.origin] : [])];
      for (const name of [...points.map((p) => p.name), ...origins]) names.declare(name, "i32");
    };
  });

  private readonly axis: Rule<Declaration> = this.rule("axis", () => {
    const start = this.CONSUME(word("axis"));
    const name = this.nameText();
    this.CONSUME(signs.is);
    const extent = this.SUBRULE(this.expression);
    const size = this.OPTION(() => {
      this.CONSUME(word("by"));
      return this.SUBRULE(this.integer);
    });
    const span = this.spanFrom(start);
    return (kernel, names) =>
      void kernel.axes.push({
        ...{ name, extent: extent(names) },
        ...(size !== undefined && { size }),
        span,
      });
  });

  private readonly launch: Rule<Declaration> = this.rule("launch", () => {
    this.CONSUME(word("launch"));
    this.CONSUME(word("warps"));
    const warps = this.SUBRULE(this.integer);
    this.CONSUME(signs.comma);
    this.CONSUME(word("blocks_per_sm"));
    const blocksPerSM = this.SUBRULE2(this.integer);
    return (kernel) => {
      kernel.launch = { warps, blocksPerSM };
    };
  });

  protected readonly typedName: Rule<TypedName> = this.rule("typedName", () => {
    const name = this.nameText();
    this.CONSUME(signs.colon);
    const type = this.SUBRULE(this.scalarType);
    return { name, type };
  });

  private readonly parameter: Rule<TypedName | string> = this.rule("parameter", () => {
    const name = this.nameText();
    this.CONSUME(signs.colon);
    return this.OR<TypedName | string>([
      { ALT: () => ({ name, type: this.SUBRULE(this.scalarType) }) },
      {
        ALT: () => {
          this.CONSUME(word("flag"));
          return name;
        },
      },
    ]);
  });

  private readonly step: Rule<StepSource> = this.rule("step", () => {
    const start = this.CONSUME(word("step"));
    const name = this.nameText();
    this.CONSUME(signs.open);
    const parameters: (TypedName | string)[] = [];
    this.MANY_SEP({
      SEP: signs.comma,
      DEF: () => {
        parameters.push(this.SUBRULE(this.parameter));
      },
    });
    this.CONSUME(signs.close);
    const span = this.spanFrom(start);
    this.CONSUME(signs.openBrace);
    const tiles: TileDecl[] = [];
    this.MANY(() => {
      tiles.push(this.SUBRULE(this.tile));
    });
    const body = this.SUBRULE(this.body);
    this.CONSUME(signs.closeBrace);
    const flags = parameters.filter((p) => typeof p === "string");
    const params = parameters.filter((p) => typeof p !== "string");
    return { name, params, flags, tiles, body, span };
  });

  private readonly start: Rule<Build<readonly Statement[]>> = this.rule("start", () => {
    this.CONSUME(word("start"));
    this.CONSUME(signs.openBrace);
    const body = this.SUBRULE(this.body);
    this.CONSUME(signs.closeBrace);
    return body;
  });

  private readonly role: Rule<RoleSource> = this.rule("role", () => {
    const start = this.CONSUME(word("role"));
    const name = this.nameText();
    const warps = this.OPTION(() => {
      this.CONSUME(word("warps"));
      return this.SUBRULE(this.integer);
    });
    const registers = this.OPTION2(() => {
      this.CONSUME(word("registers"));
      return this.SUBRULE2(this.integer);
    });
    const single = this.OPTION3(() => this.CONSUME(word("single"))) !== undefined;
    const span = this.spanFrom(start);
    this.CONSUME(signs.openBrace);
    const body = this.SUBRULE(this.body);
    this.CONSUME(signs.closeBrace);
    return {
      name,
      ...(warps !== undefined && { warps }),
      ...(registers !== undefined && { registers }),
      ...(single && { single }),
      body,
      span,
    };
  });
}
