// The tiles of a body's program: which tile holds which value, and under what name. Knows no statement.

import { unreachable } from "../base/diagnostic.ts";
import { snakeCase } from "../base/text.ts";
import type { BodyTile } from "../spec/body.ts";
import type { DType, KernelDescription } from "../spec/description.ts";
import { isTakenFromTiles } from "../spec/names.ts";
import type { TileDecl } from "../tile/program.ts";

export class BodyTiles {
  private readonly description: KernelDescription;
  private readonly hasSoftmax: boolean;
  private readonly taken: Set<string>;
  private readonly loaded: TileDecl[] = [];
  private readonly computed: TileDecl[] = [];
  private readonly homes = new Map<string, string>();
  private readonly byKey = new Map<string, string>();

  constructor(description: KernelDescription) {
    const { name, inputs, outputs, dims, scalars } = description;
    this.description = description;
    this.hasSoftmax = description.body.some(
      (s) => s.kind === "columns" && s.body.some((inner) => inner.kind === "online_softmax"),
    );
    const tensors = [...inputs, ...outputs].map((t) => t.name);
    this.taken = new Set([name, ...tensors, ...dims, ...scalars.map((s) => s.name)]);
  }

  /** Queries first: they are there before the loops. */
  declared(): readonly TileDecl[] {
    const rows = this.loaded.filter((t) => t.shape[0] === "q");
    return [...rows, ...this.loaded.filter((t) => !rows.includes(t)), ...this.computed];
  }

  /** The tile of a box, the same for the same key. */
  ofBox(key: string, tensor: string, box: BodyTile): string {
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const name = this.declare(this.loaded, box, this.description.names.get(box.id) ?? `${tensor}s`);
    this.byKey.set(key, name);
    return name;
  }

  /** A new tile for a value, by the author's name for it. */
  make(value: BodyTile, otherwise: string, dtype: DType = value.dtype): string {
    const name = this.description.names.get(value.id) ?? otherwise;
    return this.declare(this.computed, { ...value, dtype }, name);
  }

  settle(value: BodyTile, tile: string): void {
    this.homes.set(value.id, tile);
  }

  has(value: BodyTile): boolean {
    return this.homes.has(value.id);
  }

  of(value: BodyTile): string {
    return this.homes.get(value.id) ?? unreachable("a tile without a value", value.id);
  }

  private declare(to: TileDecl[], { dtype, shape }: BodyTile, wanted: string): string {
    const name = this.fresh(snakeCase(wanted));
    to.push({ name, dtype, shape, place: { kind: "value" } });
    return name;
  }

  private fresh(wanted: string): string {
    const stem = isTakenFromTiles(wanted, this.hasSoftmax) ? `${wanted}_tile` : wanted;
    let name = stem;
    for (let i = 2; this.taken.has(name); i++) name = `${stem}_${i}`;
    this.taken.add(name);
    return name;
  }
}
