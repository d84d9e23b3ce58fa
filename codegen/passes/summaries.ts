// Tensors that a mask reads along a sequence, summed up: the least and the greatest of every few elements, so that a
// key tile can be classified by two loads. A kernel of its own writes them before (summary-kernel.ts). Knows how
// to find the elements of a tile among the pieces; what follows from their bounds is expr/corners.ts's.

import { type Box, type Corners, cornersOf, movesIn } from "../expr/corners.ts";
import {
  add,
  children,
  constant,
  type Expr,
  floorDiv,
  i32,
  type Load,
  load,
  max,
  min,
  mul,
  substitute,
  variable,
  variables,
} from "../expr/expr.ts";
import { fromLinear, linear, minus, number, plus, textOf } from "../expr/linear.ts";
import { printExpr } from "../expr/print.ts";
import { provablyAtLeast } from "../expr/prove.ts";
import { simplify } from "../expr/simplify.ts";
import type { ElementBounds } from "../expr/tile-class.ts";
import type { TensorDecl } from "../tile/program.ts";
import type { Let } from "../tile/statement.ts";

export interface Summary {
  readonly tensor: TensorDecl;
  /** Which of its axes is cut, into pieces of `size` elements. */
  readonly axis: number;
  readonly size: number;
  /** Tensors of the workspace: the tensor's axes, with one element for each piece. */
  readonly least: string;
  readonly greatest: string;
}

/** What conditions on tiles read: summaries, and bounds over the tile of rows, which all key tiles share. */
export interface Reads {
  readonly summaries: readonly Summary[];
  readonly lets: readonly Let[];
}

/** More pieces than this are not worth their loads. */
const mostPieces = 9;

export class Summaries {
  readonly #tensors: readonly TensorDecl[];
  readonly #size: number;
  /** The variable that holds the first key of a tile, a multiple of the size. */
  readonly #origin: string;
  readonly #found = new Map<string, Summary>();
  readonly #lets: Let[] = [];

  constructor(tensors: readonly TensorDecl[], size: number, origin: string) {
    this.#tensors = tensors;
    this.#size = size;
    this.#origin = origin;
  }

  /** Bounds of a load over the box; undefined where its index moves too far, or on several axes. */
  readonly bounds: ElementBounds = (element, box, narrow) => {
    const axis = element.index.findIndex((i) => movesIn(i.value, box.corners));
    const moving = element.index.filter((i) => movesIn(i.value, box.corners));
    const tensor = this.#tensors.find((t) => t.name === element.tensor);
    const extent = tensor?.axes[axis]?.extent;
    if (tensor === undefined || extent === undefined) return undefined;
    if (element.type !== "i32" || moving.length !== 1) return undefined;
    const pieces = this.pieces(moving[0]!.value, extent, box, narrow);
    if (pieces === undefined) return undefined;
    const { least, greatest } = this.summary(tensor, axis);
    const over = (name: string, join: (a: Expr, b: Expr) => Expr): Expr =>
      pieces
        .map((piece): Expr => withIndex(element, name, axis, piece))
        .reduce((a, b) => join(a, b));
    const [lo, hi] = [over(least, min), over(greatest, max)];
    return { lo: linear(this.once("row_least", lo)), hi: linear(this.once("row_greatest", hi)) };
  };

  /** Of what has been asked for, what the conditions read. */
  readBy(conditions: readonly Expr[]): Reads {
    const names = new Set(conditions.flatMap((e) => [...variables(e)]));
    const lets = this.#lets.toReversed().filter((s) => {
      if (names.has(s.name)) for (const name of variables(s.value)) names.add(name);
      return names.has(s.name);
    });
    const tensors = new Set([...conditions, ...lets.map((s) => s.value)].flatMap(tensorsOf));
    const summaries = [...this.#found.values()].filter(
      (s) => tensors.has(s.least) || tensors.has(s.greatest),
    );
    return { summaries, lets: lets.toReversed() };
  }

  private summary(tensor: TensorDecl, axis: number): Summary {
    const key = `${tensor.name} ${axis}`;
    const n = this.#found.size;
    const summary = this.#found.get(key) ?? {
      ...{ tensor, axis, size: this.#size },
      ...{ least: `least_${n}`, greatest: `greatest_${n}` },
    };
    this.#found.set(key, summary);
    return summary;
  }

  /** The numbers of the pieces in which the index lies. */
  private pieces(
    index: Expr,
    extent: Expr,
    box: Box,
    narrow: (e: Expr) => Expr,
  ): readonly Expr[] | undefined {
    const corners = cornersOf(linear(unclamped(index, extent)), box);
    if (corners === undefined) return undefined;
    const { lo, hi } = corners;
    const count = this.countOf(corners, box);
    if (count === undefined) return undefined;
    const end = plus(linear(extent), number(-1));
    const known = (a: Corners["lo"], b: Corners["lo"]): boolean => provablyAtLeast(a, b, box.facts);
    const piece = (of: Corners["lo"]): Expr => {
      const below = known(end, of) ? this.pieceOf(of) : min(this.pieceOf(of), this.pieceOf(end));
      return narrow(simplify(known(of, number(0)) ? below : max(below, constant("i64", 0))));
    };
    if (count === 1) return [piece(lo)];
    const [first, last] = [this.once("row_first", piece(lo)), this.once("row_last", piece(hi))];
    return Array.from({ length: count }, (_, i) =>
      i === 0 ? first : i === count - 1 ? last : min(add(first, i32(i)), last),
    );
  }

  /** The first key of a tile is a multiple of the size: div(kv0 + 63, 64) is div(kv0, 64). */
  private pieceOf(form: Corners["lo"]): Expr {
    const tile = variable("i32", "tile");
    const size = i32(this.#size);
    const aligned = new Map([[this.#origin, mul(tile, size)]]);
    const at = simplify(
      floorDiv(simplify(substitute(fromLinear(form, "i64"), aligned)), constant("i64", this.#size)),
    );
    const origin = floorDiv(variable("i32", this.#origin), size);
    return substitute(at, new Map([[tile.name, origin]]));
  }

  private countOf({ lo, hi }: Corners, box: Box): number | undefined {
    if (printExpr(this.pieceOf(lo)) === printExpr(this.pieceOf(hi))) return 1;
    for (let count = 2; count <= mostPieces; count++) {
      const widest = number((count - 1) * this.#size);
      if (provablyAtLeast(widest, minus(hi, lo), box.facts)) return count;
    }
    return undefined;
  }

  /** Named where all key tiles share it. */
  private once(stem: keyof typeof notes, value: Expr): Expr {
    if (variables(value).has(this.#origin)) return value;
    const known = this.#lets.find((s) => printExpr(s.value) === printExpr(value));
    const others = this.#lets.filter((s) => s.name.startsWith(stem));
    const name = known?.name ?? `${stem}_${others.length}`;
    if (!known) this.#lets.push({ kind: "let", name, type: "i32", value, note: notes[stem] });
    return variable("i32", name);
  }
}

const notes = {
  row_first: "first piece that the rows read",
  row_last: "last piece that the rows read",
  row_least: "least element that the rows read",
  row_greatest: "greatest element that the rows read",
} as const;

/** Without the bounds of the axis: they hold for pieces too. */
const unclamped = (index: Expr, extent: Expr): Expr => {
  if (index.kind !== "binary") return index;
  const { op, a, b } = index;
  if (op === "max" && b.kind === "const" && b.value === 0) return unclamped(a, extent);
  const last = textOf(plus(linear(extent), number(-1)));
  return op === "min" && textOf(linear(b)) === last ? unclamped(a, extent) : index;
};

const withIndex = (element: Load, tensor: string, axis: number, piece: Expr): Load =>
  load(
    element.type,
    tensor,
    element.index.map((i, n) => (n === axis ? { ...i, value: piece } : i)),
    element.span,
  );

const tensorsOf = (e: Expr): readonly string[] => [
  ...(e.kind === "load" ? [e.tensor] : []),
  ...children(e).flatMap(tensorsOf),
];
