// Which integers can be told not to be negative, so that C++ may divide them as it does. Prints nothing.

import { unreachable } from "../base/diagnostic.ts";
import type { Expr } from "../expr/expr.ts";

/** What is known of a variable. */
export interface Signs {
  nonNegative(name: string): boolean;
}

/** Whether an integer expression is provably at least zero, from its form alone. */
export const nonNegative = (e: Expr, scope: Signs): boolean => {
  switch (e.kind) {
    case "const":
      return e.value >= 0;
    case "var":
      return scope.nonNegative(e.name);
    case "convert":
      return e.type !== "f32" && e.a.type !== "f32" && nonNegative(e.a, scope);
    case "select":
      return nonNegative(e.a, scope) && nonNegative(e.b, scope);
    case "load":
      return false;
    case "unary":
      return e.op === "floorPow2";
    case "binary": {
      const [a, b] = [nonNegative(e.a, scope), nonNegative(e.b, scope)];
      switch (e.op) {
        case "add":
        case "mul":
        case "min":
        case "div":
        case "rem":
          return a && b;
        case "mod":
          return b;
        case "max":
          return a || b;
        default:
          return false;
      }
    }
    default:
      return unreachable("expression", e);
  }
};
