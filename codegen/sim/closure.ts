// L1 expressions as closures over a frame of numbers, for code that evaluates the same expression at
// millions of points. In float64; the meaning is expr/evaluate.ts's, op by op.

import { codes } from "../base/codes.ts";
import { fail, unreachable } from "../base/diagnostic.ts";
import { binaryValue, convertValue, dividesIntegers, unaryValue } from "../expr/evaluate.ts";
import type { Binary, Expr, Load } from "../expr/expr.ts";
import type { NdArray } from "./ndarray.ts";

export type Closure = () => number;

/** Where variables live, and which arrays loads read. */
export class Frame {
  readonly values: Float64Array;
  readonly tensors: Readonly<Record<string, NdArray>>;
  private readonly slots: ReadonlyMap<string, number>;

  constructor(names: readonly string[], tensors: Readonly<Record<string, NdArray>>) {
    this.slots = new Map(names.map((name, i) => [name, i]));
    this.values = new Float64Array(names.length);
    this.tensors = tensors;
  }

  slot(name: string): number {
    return (
      this.slots.get(name) ?? unreachable("an expression names a variable that is not there", name)
    );
  }

  set(name: string, value: number): void {
    this.values[this.slot(name)] = value;
  }
}

/** The value of `e` for what `frame` holds whenever the closure is called. */
export const closure = (e: Expr, frame: Frame): Closure => {
  switch (e.kind) {
    case "const": {
      const { value } = e;
      return () => value;
    }
    case "var": {
      const { values } = frame;
      const slot = frame.slot(e.name);
      return () => values[slot]!;
    }
    case "load":
      return loading(e, frame);
    case "convert": {
      const a = closure(e.a, frame);
      if (e.type === "f32") return a;
      const { type } = e;
      return () => convertValue(type, a(), "f64");
    }
    case "unary": {
      const { op, type } = e;
      const a = closure(e.a, frame);
      return () => unaryValue(op, type, a(), "f64");
    }
    case "binary":
      return combining(e, closure(e.a, frame), closure(e.b, frame));
    case "select": {
      const condition = closure(e.condition, frame);
      const a = closure(e.a, frame);
      const b = closure(e.b, frame);
      return () => (condition() !== 0 ? a() : b());
    }
  }
};

/** The ops of most scores and masks go without a dispatch per element. */
const combining = (e: Binary, a: Closure, b: Closure): Closure => {
  const { op, type } = e;
  switch (op) {
    case "add":
      return () => a() + b();
    case "sub":
      return () => a() - b();
    case "mul":
      return type === "f32" ? () => a() * b() : () => a() * b() + 0; // integers have one zero
    case "lt":
      return () => (a() < b() ? 1 : 0);
    case "le":
      return () => (a() <= b() ? 1 : 0);
    case "and":
      return () => (a() !== 0 && b() !== 0 ? 1 : 0);
    case "or":
      return () => (a() !== 0 || b() !== 0 ? 1 : 0);
    default:
      if (!dividesIntegers(op, type)) return () => binaryValue(op, type, a(), b(), "f64");
      return () => {
        const divisor = b();
        if (divisor === 0) fail(codes.integerDivisionByZero(e.span));
        return binaryValue(op, type, a(), divisor, "f64");
      };
  }
};

const loading = (e: Load, frame: Frame): Closure => {
  const tensor = frame.tensors[e.tensor] ?? unreachable("no tensor", e.tensor);
  const { data, shape, strides, offset } = tensor;
  const index = e.index.map((i) => closure(i.value, frame));
  return () => {
    let position = offset;
    for (let i = 0; i < index.length; i++) {
      const x = index[i]!();
      if (!(x >= 0 && x < shape[i]!))
        fail(codes.outsideAxis(e.span, x, `${e.index[i]!.axis} of ${e.tensor}`, shape[i]!));
      position += x * strides[i]!;
    }
    return data[position]!;
  };
};
