// Reading text: single expressions, where errors point, and what is accepted beside what is printed.

import { expect, test } from "vitest";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { printExpr } from "../../../codegen/expr/print.ts";
import { parseExpr, parseProgram } from "../../../codegen/tile/parse.ts";
import { printProgram } from "../../../codegen/tile/print.ts";
import { Names, type Scope } from "../../../codegen/tile/scope.ts";

const names = new Names();
for (const name of ["q", "kv", "h"]) names.declare(name, "i32");
names.declare("s", "f32");
names.declare("far", "i64");
const axes = [{ axis: "h" as const }];
const scope: Scope = {
  variable: (name) => names.variable(name),
  names: () => names.names(),
  tensor: (name) => (name === "slopes" ? { dtype: "f16", axes } : undefined),
};
const echo = (text: string): string => printExpr(parseExpr(text, scope));

test("a mask from the command line", () => {
  const mask = parseExpr("kv <= q && q - kv < 4096", scope);
  expect(mask.type).toBe("bool");
  expect(printExpr(mask)).toBe("kv <= q && q - kv < 4096");
});

test("numbers widen to one another, and the printed text says so", () => {
  expect(echo("s * 2")).toBe("s * 2.0");
  expect(echo("s + kv")).toBe("s + f32(kv)");
  expect(echo("far + kv")).toBe("far + i64(kv)");
  expect(echo("kv < q ? s : 0")).toBe("kv < q ? s : 0.0");
  expect(echo("s + slopes[h] * (kv - q)")).toBe("s + slopes[h] * f32(kv - q)");
});

test("a sign before a number makes a constant", () => {
  expect(parseExpr("-2147483648", scope)).toMatchObject({ kind: "const", value: -(2 ** 31) });
  expect(parseExpr("-inf", scope)).toMatchObject({ kind: "const", value: -Infinity });
  expect(parseExpr("-(3)", scope)).toMatchObject({ kind: "unary", op: "neg" });
  expect(parseExpr("kv -1", scope)).toMatchObject({ kind: "binary", op: "sub" });
});

const refusal = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return error.diagnostics
      .map((d) => `${d.span?.line}:${d.span?.column}+${d.span?.length} ${d.code} ${d.message}`)
      .join();
  }
  return "accepted";
};
const refused = (text: string): string => refusal(() => parseExpr(text, scope));

test.each([
  ["", "1:1+1 A4002 expected a value, found the end of the text"],
  ["kv +", "1:4+1 A4002 expected a value, found the end of the text"],
  ["kv + )", "1:6+1 A4002 expected a value, found ')'"],
  ["min(kv, q", "1:9+1 A4002 expected ')', found the end of the text"],
  ["kv q", "1:4+1 A4002 nothing may follow here, found 'q'"],
  ["kv < q < h", "1:8+1 A4002 nothing may follow here, found '<'"],
  ["kv # q", "1:4+1 A4001 '#' has no meaning in a tile program"],
  ["2 * page", "1:5+4 A4003 no value is called page here"],
  ["kv + !q", "1:6+2 A4004 not does not take i32"],
  ["exp(kv)", "1:1+7 A4004 exp does not take i32"],
  ["kv ? s : s", "1:1+10 A4004 the condition before ? is i32"],
  ["slopes[s]", "1:1+9 A4004 an index of slopes is no integer"],
  ["slopes[h, h]", "1:1+12 A4005 slopes has 1 axes (h), but is indexed by 2"],
  ["pow(s)", "1:1+6 A4006 pow takes 2 arguments, but 1 are given"],
  ["kv < 2147483648", "1:6+10 A4007 2147483648 is beyond the range of i32"],
])("%s", (text, message) => {
  expect(refused(text)).toBe(message);
});

const program = (kernel: string): string => `program p from "p.tile"\n\nkernel k {\n${kernel}\n}\n`;

test("what could stand there is listed", () => {
  const at = (kernel: string): string => refusal(() => parseProgram(program(kernel), "p.tile"));
  expect(at("grid lines 3")).toBe("4:6+5 A4002 expected 'blocks' or 'space', found 'lines'");
  expect(at("registers a: f32[16] as columns")).toContain(
    "expected 'accumulator', 'operand', 'pairs', 'rows', 'lanes' or 'chunks', found 'columns'",
  );
  expect(at("role all {\n  multiply\n}")).toMatch(/^5:3\+8 A4002 .*found 'multiply'/);
});

test("order and layout are free, comments go, notes stay", () => {
  const text = program(
    "; a comment\n role all { barrier ; meet\n ; another\n }\n axis q = 7  axis\nkv=1 grid blocks\n2",
  );
  expect(printProgram(parseProgram(text, "p.tile"))).toBe(
    program(
      "  grid blocks 2\n  axis q = 7\n  axis kv = 1\n\n  role all {\n    barrier                                                 ; meet\n  }",
    ),
  );
});
