// The grammar of kernels: what they declare, their steps and their roles.

import type { RowBits } from "../arch/fragments.ts";
import type { ScalarType } from "../expr/expr.ts";
import type { DType } from "../spec/description.ts";
import type { BodyNames } from "./body-names.ts";
import type { KernelDraft, KernelSource, RoleSource, StepSource } from "./build-program.ts";
import type { BuildExpr } from "./build-expression.ts";
import type { Rule } from "./grammar-expression.ts";
import { StatementGrammar } from "./grammar-statement.ts";
import type { BarrierDecl, Layout, TileDecl } from "./program.ts";
import { elementType } from "./scope.ts";
import { signs, word } from "./tokens.ts";

type Declaration = (kernel: KernelDraft, names: BodyNames) => void;
interface TypedName {
  readonly name: string;
  readonly type: ScalarType;
}

const dtypes: readonly DType[] = ["f16", "bf16", "f32", "i32"];
const layouts: readonly Layout[] = ["accumulator", "operand", "pairs", "rows", "lanes", "chunks"];

export class KernelGrammar extends StatementGrammar {
  protected readonly dtype = this.choice("dtype", dtypes);
  private readonly layout = this.choice("layout", layouts);

  protected readonly kernel: Rule<KernelSource> = this.rule("kernel", () => {
    const start = this.CONSUME(word("kernel"));
    const name = this.nameText();
    const span = this.spanFrom(start);
    const declarations: Declaration[] = [];
    const steps: StepSource[] = [];
    const roles: RoleSource[] = [];
    this.CONSUME(signs.openBrace);
    this.MANY(() =>
      this.OR([
        { ALT: () => declarations.push(this.SUBRULE(this.declaration)) },
        { ALT: () => steps.push(this.SUBRULE(this.step)) },
        { ALT: () => roles.push(this.SUBRULE(this.role)) },
      ]),
    );
    this.CONSUME(signs.closeBrace);
    return { name, span, declarations, steps, roles };
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
  private readonly hostLet = this.binding("host");

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
    return (kernel, names) => {
      kernel.grid = {
        kind: "space",
        points: points.map((p) => ({ name: p.name, extent: p.extent(names) })),
        rows: { axis, origin },
      };
      for (const name of [...points.map((p) => p.name), origin]) names.declare(name, "i32");
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

  private readonly tile: Rule<TileDecl> = this.rule("tile", () => {
    const start = this.LA(1);
    const tile = this.OR([
      { ALT: () => this.SUBRULE(this.valueTile) },
      { ALT: () => this.SUBRULE(this.registerTile) },
      { ALT: () => this.SUBRULE(this.sharedTile) },
    ]);
    const span = this.spanFrom(start);
    const marks = this.SUBRULE(this.marks);
    return { ...tile, span, ...marks };
  });

  private readonly valueTile: Rule<TileDecl> = this.rule("valueTile", () => {
    this.CONSUME(word("value"));
    const tile = this.SUBRULE(this.typedTile);
    return { ...tile, place: { kind: "value" } };
  });

  private readonly registerTile: Rule<TileDecl> = this.rule("registerTile", () => {
    this.CONSUME(word("registers"));
    const tile = this.SUBRULE(this.typedTile);
    this.CONSUME(word("as"));
    const layout = this.SUBRULE(this.layout);
    return { ...tile, place: { kind: "registers", layout } };
  });

  private readonly sharedTile: Rule<TileDecl> = this.rule("sharedTile", () => {
    this.CONSUME(word("shared"));
    const tile = this.SUBRULE(this.typedTile);
    const stages = this.OPTION(() => this.SUBRULE(this.stages)) ?? 1;
    this.CONSUME(word("at"));
    const offset = this.SUBRULE(this.integer);
    this.CONSUME(word("swizzle"));
    const swizzle = this.SUBRULE2(this.integer);
    const rowBits = this.OPTION2(() => this.SUBRULE(this.rowBits));
    const place = { kind: "shared", stages, offset, swizzle } as const;
    return { ...tile, place: rowBits === undefined ? place : { ...place, rowBits } };
  });

  private readonly rowBits: Rule<RowBits> = this.rule("rowBits", () => {
    this.CONSUME(word("by"));
    const low = this.SUBRULE(this.integer);
    const middle = this.SUBRULE2(this.integer);
    const high = this.SUBRULE3(this.integer);
    return [low, middle, high] as const;
  });

  private readonly stages: Rule<number> = this.rule("stages", () => {
    this.CONSUME(word("stages"));
    return this.SUBRULE(this.integer);
  });

  private readonly typedTile: Rule<Omit<TileDecl, "place">> = this.rule("typedTile", () => {
    const name = this.nameText();
    this.CONSUME(signs.colon);
    const dtype = this.SUBRULE(this.dtype);
    this.CONSUME(signs.openBracket);
    const shape = this.list(() =>
      this.OR<string | number>([
        { ALT: () => this.nameText(1) },
        { ALT: () => this.SUBRULE(this.integer) },
      ]),
    );
    this.CONSUME(signs.closeBracket);
    return { name, dtype, shape };
  });

  private readonly mbarrier: Rule<BarrierDecl> = this.rule("mbarrier", () => {
    const start = this.CONSUME(word("mbarrier"));
    const name = this.nameText();
    const stages = this.SUBRULE(this.stages);
    this.CONSUME(word("at"));
    const offset = this.SUBRULE(this.integer);
    const span = this.spanFrom(start);
    const marks = this.SUBRULE(this.marks);
    return { name, stages, offset, span, ...marks };
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
    const span = this.spanFrom(start);
    this.CONSUME(signs.openBrace);
    const body = this.SUBRULE(this.body);
    this.CONSUME(signs.closeBrace);
    return {
      name,
      ...(warps !== undefined && { warps }),
      ...(registers !== undefined && { registers }),
      body,
      span,
    };
  });
}
