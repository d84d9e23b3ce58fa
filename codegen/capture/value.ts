// What an expression of a kernel file can be worth: known now (numbers, objects, functions), or a number
// or truth value that exists only in the kernel (`symbolic`). Knows no syntax.

import type { ts } from "ts-morph";
import type { Span } from "../base/span.ts";
import type { Expr } from "../expr/expr.ts";
import type { BodyTile } from "../spec/body.ts";
import type { DType, Formula, OutputRole, TensorSpec } from "../spec/description.ts";

/** A number or truth value of the kernel. */
export interface Symbolic {
  readonly kind: "symbolic";
  readonly expr: Expr;
}
/** `a / b` of two integers: no value of its own, but Math.floor of it is one. */
export interface Quotient {
  readonly kind: "quotient";
  readonly a: Expr;
  readonly b: Expr;
  readonly span: Span;
}
export interface ArrayValue {
  readonly kind: "array";
  readonly items: readonly Value[];
}
export interface Field {
  readonly value: Value;
  /** Of the name, and of the expression behind it. */
  readonly nameSpan: Span;
  readonly span: Span;
  /** The expression as the author wrote it. */
  readonly source: string;
}
export interface ObjectValue {
  readonly kind: "object";
  readonly fields: ReadonlyMap<string, Field>;
  readonly span: Span;
}
/** What a function can see. */
export interface Environment {
  get(name: string, span: Span): Value;
}
/** A function of the author's, or of the DSL's sources: a node and what it can see. */
export interface Closure {
  readonly kind: "closure";
  readonly node: ts.ArrowFunction | ts.FunctionDeclaration | ts.MethodDeclaration;
  readonly scope: Environment;
}
/** A function that the compiler itself provides. */
export interface Native {
  readonly kind: "native";
  readonly name: string;
  readonly call: (args: readonly Argument[], span: Span) => Value;
}
export interface Argument {
  readonly value: Value;
  readonly span: Span;
}
/** `Math`, or `import * as x`: names that are looked up when they are used. */
export interface Namespace {
  readonly kind: "namespace";
  readonly name: string;
  readonly get: (name: string, span: Span) => Value;
}
/** A product of sizes known at launch. */
export interface DimValue {
  readonly kind: "dim";
  readonly factors: readonly string[];
}
export interface TensorTypeValue {
  readonly kind: "dtype";
  readonly dtype: DType;
}
export interface TensorValue {
  readonly kind: "tensor";
  readonly dtype: DType;
  readonly shape: ObjectValue;
  readonly span: Span;
}
export interface OutputValue {
  readonly kind: "output";
  readonly role: OutputRole;
  readonly tensor: TensorValue;
  readonly span: Span;
}
export interface AttentionValue {
  readonly kind: "attention";
  readonly fields: ObjectValue;
  readonly span: Span;
}
/** `kernel({ ... })`, its body not yet walked. */
export interface KernelValue {
  readonly kind: "kernel";
  readonly fields: ObjectValue;
  readonly span: Span;
}
/** A tensor inside a body: to be loaded or stored, and if it is an input read by element. */
export interface ViewValue {
  readonly kind: "view";
  readonly tensor: TensorSpec;
  readonly read?: Native;
}
/** `tile.rows(Sq)`. */
export interface RowsValue {
  readonly kind: "rows";
  readonly extent: Value;
  readonly span: Span;
}
/** `tile.columns(Skv, { mask })`: what a loop walks, and in the loop where it is. */
export interface ColumnsValue {
  readonly kind: "columns";
  readonly extent: Value;
  readonly mask?: Formula;
  readonly span: Span;
}
/** A tile of a body. */
export interface TileValue {
  readonly kind: "tile";
  readonly tile: BodyTile;
}

export type Value =
  | undefined
  | number
  | boolean
  | string
  | Symbolic
  | Quotient
  | ArrayValue
  | ObjectValue
  | Closure
  | Native
  | Namespace
  | DimValue
  | TensorTypeValue
  | TensorValue
  | OutputValue
  | AttentionValue
  | KernelValue
  | ViewValue
  | RowsValue
  | ColumnsValue
  | TileValue;

export const symbolic = (expr: Expr): Symbolic => ({ kind: "symbolic", expr });

/** What a value is, for messages. */
export const describeValue = (value: Value): string => {
  if (value === undefined) return "undefined";
  if (typeof value !== "object") return `the ${typeof value} ${JSON.stringify(value)}`;
  switch (value.kind) {
    case "symbolic":
      return value.expr.type === "bool" ? "a truth value of the kernel" : "a number of the kernel";
    case "quotient":
      return "a quotient of integers";
    case "array":
      return "an array";
    case "object":
      return "an object";
    case "closure":
    case "native":
      return "a function";
    case "namespace":
      return `the namespace ${value.name}`;
    case "dim":
      return `the size ${value.factors.join(" * ")}`;
    case "dtype":
      return `the dtype ${value.dtype}`;
    case "tensor":
      return "a tensor";
    case "output":
      return "an output";
    case "attention":
    case "kernel":
      return "a kernel";
    case "view":
      return `the tensor ${value.tensor.name}`;
    case "rows":
      return "rows of tiles";
    case "columns":
      return "columns of tiles";
    case "tile":
      return showTile(value.tile);
  }
};

/** `a tile of q by 128`. */
export const showTile = ({ shape }: BodyTile): string =>
  shape.length === 1 ? "a row vector" : `a tile of ${shape.join(" by ")}`;
