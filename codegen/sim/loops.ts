// L1 expressions over whole tiles: each becomes one JavaScript loop over rows and columns. evaluate.ts defines
// what it computes; here it is only made fast. The loop's text is made from the fixed templates below,
// from integers that number its operands, and from numeric literals: never from a name or text of a user's.

import { type Accumulator, laneOfColumn } from "../arch/fragments.ts";
import { codes } from "../base/codes.ts";
import { fail, unreachable } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import { binaryValue } from "../expr/evaluate.ts";
import { type Binary, computesBoth, type Expr, type Load, type ScalarType } from "../expr/expr.ts";
import type { Numbers } from "./global.ts";
import { binaryText, conversion, helpers, literal, unaryText } from "./templates.ts";
import type { Form } from "./tiles.ts";

/** What a loop needs, by number. `load` reads the element that the loop's i-th load names. */
export interface Operands {
  readonly tiles: readonly Numbers[];
  readonly scalars: readonly number[];
  readonly load: (i: number, ...index: readonly number[]) => number;
}

/** Rows first to last, and of each the columns below `cols`, `width` apart. */
export interface Extent {
  readonly first: number;
  readonly last: number;
  readonly cols: number;
  readonly width: number;
}

export interface Loop {
  /** Names of the operands, in the order of their numbers. */
  readonly tiles: readonly string[];
  readonly scalars: readonly string[];
  readonly loads: readonly Load[];
  run(out: Numbers | Uint8Array, operands: Operands, extent: Extent): void;
}

/** How often a value changes: never, with the row, or with every element. */
const level = { never: 0, row: 1, element: 2 } as const;
type Level = (typeof level)[keyof typeof level];

/** `formOf` tells the form of the tiles that the expression may name; other names are scalars. */
export const compileLoop = (
  value: Expr,
  form: Form,
  accumulator: Accumulator,
  formOf: (name: string) => Form | undefined,
): Loop => new Compiler(form, accumulator, formOf).compile(value);

class Compiler {
  private readonly tiles: string[] = [];
  private readonly scalars: string[] = [];
  private readonly loads: Load[] = [];
  private readonly spans: (Span | undefined)[] = [];
  /** Definitions that stand before the loops, and before each row. */
  private readonly hoisted: readonly [Map<string, string>, Map<string, string>] = [
    new Map(),
    new Map(),
  ];
  private readonly form: Form;
  private readonly accumulator: Accumulator;
  private readonly formOf: (name: string) => Form | undefined;

  constructor(form: Form, accumulator: Accumulator, formOf: (name: string) => Form | undefined) {
    this.form = form;
    this.accumulator = accumulator;
    this.formOf = formOf;
  }

  compile(value: Expr): Loop {
    const element = this.emit(value, true);
    const result = value.type === "bool" ? `${element} ? 1 : 0` : element;
    const define = (map: Map<string, string>): string =>
      [...map].map(([text, name]) => `const ${name} = ${text};`).join("\n");
    const body = [
      "const { tiles, scalars, load } = operands;",
      ...this.tiles.map((_, i) => `const t${i} = tiles[${i}];`),
      ...this.scalars.map((_, i) => `const s${i} = scalars[${i}];`),
      define(this.hoisted[0]),
      "for (let row = first; row < last; row++) {",
      define(this.hoisted[1]),
      "for (let col = 0, i = row * width; col < cols; col++, i++)",
      `out[i] = ${result};`,
      "}",
    ].join("\n");
    const run = functionOf(body);
    const { tiles, scalars, loads, spans } = this;
    const divide = (op: "div" | "mod" | "rem", a: number, b: number, span: number): number =>
      b === 0
        ? fail(codes.integerDivisionByZero(spans[span]))
        : binaryValue(op, "i32", a, b, "f32");
    return {
      tiles,
      scalars,
      loads,
      run: (out, operands, { first, last, cols, width }) =>
        run(out, operands, first, last, cols, width, helpers, divide),
    };
  }

  /** `certain`: the element is evaluated wherever the loop runs, not only where a condition holds. */
  private emit(e: Expr, certain: boolean): string {
    const text = this.node(e, certain);
    const changes = this.levelOf(e);
    if (changes === level.element || isAtom(e) || !(certain || isTotal(e))) return text;
    const names = this.hoisted[changes];
    const name = names.get(text) ?? `h${changes}_${names.size}`;
    names.set(text, name);
    return name;
  }

  private node(e: Expr, certain: boolean): string {
    switch (e.kind) {
      case "const":
        return literal(e);
      case "var":
        return this.variable(e.name, e.type);
      case "load":
        return this.load(e, certain);
      case "convert":
        return conversion(e, this.emit(e.a, certain));
      case "unary":
        return unaryText(e, this.emit(e.a, certain));
      case "binary":
        return this.binary(e, certain);
      case "select":
        return `(${this.emit(e.condition, certain)} ? ${this.emit(e.a, false)} : ${this.emit(e.b, false)})`;
    }
  }

  private load(e: Load, certain: boolean): string {
    const index = e.index.map((i) => this.emit(i.value, certain));
    this.loads.push(e);
    return `load(${[this.loads.length - 1, ...index].join(", ")})`;
  }

  private binary(e: Binary, certain: boolean): string {
    const lazy = (e.op === "and" || e.op === "or") && !computesBoth(e);
    const a = this.emit(e.a, certain);
    const b = this.emit(e.b, certain && !lazy);
    if (e.type !== "f32" && (e.op === "div" || e.op === "mod" || e.op === "rem")) {
      this.spans.push(e.span);
      return `divide("${e.op}", ${a}, ${b}, ${this.spans.length - 1})`;
    }
    return binaryText(e, a, b);
  }

  private variable(name: string, type: ScalarType): string {
    const text = this.coordinate(name) ?? this.tile(name) ?? this.scalar(name);
    return type === "bool" ? `(${text} !== 0)` : text;
  }

  private coordinate(name: string): string | undefined {
    const { laneBits, laneColumns } = this.accumulator;
    switch (name) {
      case "row":
        return "row";
      case "col":
        return "col";
      case "lane_col":
        return this.form === "lanes"
          ? `((col & 1) * ${laneBits[0]} + (col >> 1) * ${laneBits[1]})`
          : `(col & ${laneColumns})`;
      case "fixed_col":
        return `(col & ~${laneColumns})`;
      default:
        return undefined;
    }
  }

  private tile(name: string): string | undefined {
    const form = this.formOf(name);
    if (form === undefined) return undefined;
    const tile = `t${number(this.tiles, name)}`;
    if (form === this.form) return `${tile}[i]`;
    if (form === "rows") return `${tile}[row]`;
    if (form === "lanes" && this.form === "matrix")
      return `${tile}[row * 4 + ${laneOfColumn(this.accumulator, "col")}]`;
    return unreachable(`${name} has more elements than what is computed from it`);
  }

  private scalar(name: string): string {
    return `s${number(this.scalars, name)}`;
  }

  private levelOf(e: Expr): Level {
    switch (e.kind) {
      case "const":
        return level.never;
      case "var":
        return this.levelOfVariable(e.name);
      case "load":
        return this.highest(e.index.map((i) => i.value));
      case "convert":
      case "unary":
        return this.levelOf(e.a);
      case "binary":
        return this.highest([e.a, e.b]);
      case "select":
        return this.highest([e.condition, e.a, e.b]);
    }
  }

  private levelOfVariable(name: string): Level {
    if (name === "row") return level.row;
    if (this.coordinate(name) !== undefined) return level.element;
    const form = this.formOf(name);
    if (form === undefined) return level.never;
    return form === "rows" && this.form !== "rows" ? level.row : level.element;
  }

  private highest(parts: readonly Expr[]): Level {
    return parts.reduce<Level>((top, e) => {
      const own = this.levelOf(e);
      return own > top ? own : top;
    }, level.never);
  }
}

const number = (names: string[], name: string): number => {
  const at = names.indexOf(name);
  return at >= 0 ? at : names.push(name) - 1;
};

const isAtom = (e: Expr): boolean => e.kind === "const" || e.kind === "var";

/** Whether evaluating it can never be an error. */
const isTotal = (e: Expr): boolean => {
  switch (e.kind) {
    case "const":
    case "var":
      return true;
    case "load":
      return false;
    case "convert":
    case "unary":
      return isTotal(e.a);
    case "binary": {
      const divides = e.type !== "f32" && (e.op === "div" || e.op === "mod" || e.op === "rem");
      return !divides && isTotal(e.a) && isTotal(e.b);
    }
    case "select":
      return isTotal(e.condition) && isTotal(e.a) && isTotal(e.b);
  }
};

type Run = (
  out: Numbers | Uint8Array,
  operands: Operands,
  first: number,
  last: number,
  cols: number,
  width: number,
  library: typeof helpers,
  divide: (op: "div" | "mod" | "rem", a: number, b: number, span: number) => number,
) => void;

const parameters = ["out", "operands", "first", "last", "cols", "width", "helpers", "divide"];
const functions = new Map<string, Run>();

/** Expressions of one structure share their loop, and so its compiled machine code. */
const functionOf = (body: string): Run => {
  const known = functions.get(body);
  if (known !== undefined) return known;
  const run = new Function(
    ...parameters,
    `"use strict"; const fround = Math.fround;\n${body}`,
  ) as Run;
  functions.set(body, run);
  return run;
};
