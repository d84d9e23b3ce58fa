// What the handlers of syntax know of the evaluator that calls them.

import type { ts } from "ts-morph";
import type { Span } from "../base/span.ts";
import type { Expr } from "../expr/expr.ts";
import type { Scope } from "./scope.ts";
import type { Argument, Symbolic, Value } from "./value.ts";

export interface Context {
  evaluate(node: ts.Expression, scope: Scope): Value;
  /** Where a node stands, and from where its function was called. */
  span(node: ts.Node): Span;
  call(callee: Value, args: readonly Argument[], span: Span): Value;
  /** Evaluates what belongs to a file, whoever needed it first. */
  outsideCalls<T>(evaluate: () => T): T;
  /** Makes a value of an expression, unless it has grown too large. */
  symbolic(expr: Expr): Symbolic;
}

/** Evaluates one kind of expression. */
export type Handler = (node: ts.Expression, scope: Scope, context: Context) => Value;
