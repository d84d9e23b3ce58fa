// The grammar of what holds data: tiles in registers and shared memory, and mbarriers.

import type { RowBits } from "../arch/fragments.ts";
import type { DType } from "../spec/description.ts";
import type { Rule } from "./grammar-expression.ts";
import { StatementGrammar } from "./grammar-statement.ts";
import type { BarrierDecl, Layout, TileDecl } from "./program.ts";
import { signs, word } from "./tokens.ts";

const dtypes: readonly DType[] = ["f16", "bf16", "f32", "i32"];
const layouts: readonly Layout[] = ["accumulator", "operand", "pairs", "rows", "lanes", "chunks"];
const counted: readonly BarrierDecl["counts"][] = ["threads", "warps", "bytes"];

export class TileGrammar extends StatementGrammar {
  protected readonly dtype = this.choice("dtype", dtypes);
  private readonly layout = this.choice("layout", layouts);
  private readonly arrivals = this.choice("arrivals", counted);

  protected readonly tile: Rule<TileDecl> = this.rule("tile", () => {
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
    const panel = this.OPTION3(() => {
      this.CONSUME(word("panel"));
      return this.SUBRULE3(this.integer);
    });
    const place = { kind: "shared" as const, stages, offset, swizzle, ...(rowBits && { rowBits }) };
    return { ...tile, place: { ...place, ...(panel !== undefined && { panel }) } };
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

  protected readonly mbarrier: Rule<BarrierDecl> = this.rule("mbarrier", () => {
    const start = this.CONSUME(word("mbarrier"));
    const name = this.nameText();
    const stages = this.SUBRULE(this.stages);
    this.CONSUME(word("at"));
    const offset = this.SUBRULE(this.integer);
    this.CONSUME(word("counts"));
    const counts = this.SUBRULE(this.arrivals);
    const span = this.spanFrom(start);
    const marks = this.SUBRULE(this.marks);
    return { name, counts, stages, offset, span, ...marks };
  });
}
