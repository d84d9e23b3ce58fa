// What the body of a kernel has come to while it is walked: its statements so far, and the tiles that they make.
// Knows no syntax.

import { unreachable } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import type { AlongTiles, BodyStatement, BodyTile } from "../spec/body.ts";
import type { DType, Extent } from "../spec/description.ts";

export class BodyBuilder {
  /** What the author calls tiles first, by id. */
  readonly names = new Map<string, string>();
  /** Where instances stand: the names of `grid`, and `hkv` where there are key and value heads. */
  readonly points: readonly string[];
  /** Of the keys that loops walk, in the order of the loops. */
  readonly columns: { readonly extent: Extent; readonly span: Span }[] = [];
  private readonly blocks: BodyStatement[][] = [[]];
  private made = 0;

  constructor(points: readonly string[]) {
    this.points = points;
  }

  tile(dtype: DType, shape: readonly (AlongTiles | number)[], span: Span): BodyTile {
    return { id: `%${++this.made}`, dtype, shape, span };
  }

  add(statement: BodyStatement): void {
    this.blocks.at(-1)?.push(statement);
  }

  get inLoop(): boolean {
    return this.blocks.length > 1;
  }

  /** What `walk` adds, apart. */
  within(walk: () => void): readonly BodyStatement[] {
    this.blocks.push([]);
    walk();
    return this.blocks.pop() ?? unreachable("blocks of a body");
  }

  finished(): readonly BodyStatement[] {
    return this.blocks[0] ?? [];
  }
}

/** The body that is being walked, if one is. */
export interface CurrentBody {
  current: BodyBuilder | undefined;
}
