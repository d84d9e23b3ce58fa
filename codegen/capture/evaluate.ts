// The staged evaluator: walks typed syntax, computes what is known and builds expressions of what is not.
// It runs nothing of a kernel file, and counts its steps, so that it always ends.

import { ts } from "ts-morph";
import { codes } from "../base/codes.ts";
import { fail, unreachable } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import { children, type Expr } from "../expr/expr.ts";
import type { Context } from "./context.ts";
import { bind, functionBody } from "./expressions.ts";
import { maxDepth } from "./refusals.ts";
import { Scope } from "./scope.ts";
import { syntax } from "./syntax.ts";
import {
  type Argument,
  type Closure,
  describeValue,
  type Symbolic,
  symbolic,
  type Value,
} from "./value.ts";

const maxSteps = 100_000;
/** Of a formula, counted as the tree that later stages walk; and of its height. */
const maxNodes = 4096;
const maxHeight = 400;

interface Measure {
  readonly nodes: number;
  readonly height: number;
}

export class Evaluator implements Context {
  private readonly spanOf: (node: ts.Node) => Span;
  private readonly measures = new WeakMap<Expr, Measure>();
  private calledFrom: Span | undefined;
  private steps = 0;
  private depth = 0;

  constructor(spanOf: (node: ts.Node) => Span) {
    this.spanOf = spanOf;
  }

  span(node: ts.Node): Span {
    const span = this.spanOf(node);
    return this.calledFrom ? { ...span, calledFrom: this.calledFrom } : span;
  }

  evaluate(node: ts.Expression, scope: Scope): Value {
    const handler = syntax.get(node.kind);
    if (typeof handler !== "function")
      return unreachable("refused syntax reached the evaluator", ts.SyntaxKind[node.kind]);
    if (++this.steps > maxSteps) return fail(codes.tooManySteps(this.span(node), maxSteps));
    if (this.depth === maxDepth) return fail(codes.nestedTooDeep(this.span(node), maxDepth));
    this.depth++;
    try {
      return handler(node, scope, this);
    } finally {
      this.depth--;
    }
  }

  call(callee: Value, args: readonly Argument[], span: Span): Value {
    if (typeof callee === "object")
      switch (callee.kind) {
        case "closure":
          return this.callClosure(callee, args, span);
        case "native":
          return callee.call(args, span);
        case "view":
          if (callee.read) return callee.read.call(args, span);
          break;
        case "dtype":
          return tensorOf(callee.dtype, args, span);
      }
    return fail(codes.wrongOperand(span, "a call", describeValue(callee), "a function"));
  }

  /** Calls a function that is the value of a field; one that is written there has no other caller. */
  callField(callee: Value, args: readonly Argument[], span: Span): Value {
    if (typeof callee === "object" && callee.kind === "closure") {
      const own = this.spanOf(callee.node);
      if (own.file === span.file && own.line === span.line && own.column === span.column)
        return this.callClosure(callee, args, undefined);
    }
    return this.call(callee, args, span);
  }

  private callClosure(
    { node, scope }: Closure,
    args: readonly Argument[],
    span: Span | undefined,
  ): Value {
    return this.withCaller(span, () => {
      const inner = new Scope(scope);
      node.parameters.forEach((p, i) => bind(p.name, args[i]?.value, inner, this));
      return functionBody(node.body, inner, this);
    });
  }

  outsideCalls<T>(evaluate: () => T): T {
    return this.withCaller(undefined, evaluate);
  }

  private withCaller<T>(caller: Span | undefined, run: () => T): T {
    const { calledFrom } = this;
    this.calledFrom = caller;
    try {
      return run();
    } finally {
      this.calledFrom = calledFrom;
    }
  }

  symbolic(expr: Expr): Symbolic {
    const { nodes, height } = this.measure(expr);
    if (nodes > maxNodes) fail(codes.formulaTooLarge(expr.span, maxNodes));
    if (height > maxHeight) fail(codes.nestedTooDeep(expr.span, maxHeight));
    return symbolic(expr);
  }

  private measure(expr: Expr): Measure {
    const known = this.measures.get(expr);
    if (known) return known;
    const parts = children(expr).map((child) => this.measure(child));
    const measure = {
      nodes: parts.reduce((sum, p) => sum + p.nodes, 1),
      height: 1 + Math.max(0, ...parts.map((p) => p.height)),
    };
    this.measures.set(expr, measure);
    return measure;
  }
}

const tensorOf = (
  dtype: "f16" | "bf16" | "f32" | "i32",
  [shape]: readonly Argument[],
  span: Span,
): Value =>
  typeof shape?.value === "object" && shape.value.kind === "object"
    ? { kind: "tensor", dtype, shape: shape.value, span }
    : fail(
        codes.wrongArguments(span, dtype, describeValue(shape?.value), "labelled axes { b: B }"),
      );
