// What the verifier finds in programs that no text can hold: passes build trees, not text. The rules
// that text can break are in test/files/.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import {
  constant,
  type Expr,
  f32,
  i32,
  load,
  unary,
  variable,
} from "../../../codegen/expr/expr.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import { printProgram } from "../../../codegen/tile/print.ts";
import type { Program } from "../../../codegen/tile/program.ts";
import type { Statement } from "../../../codegen/tile/statement.ts";
import { verify } from "../../../codegen/tile/verify.ts";
import { mapBodies } from "../../../codegen/tile/walk.ts";
import { dense } from "../../support/descriptions.ts";

const file = new URL("../../files/causal-block-barriers.tile", import.meta.url);
const sound = parseProgram(readFileSync(file, "utf8"), "causal.tile");

const found = (p: Program): readonly string[] =>
  verify(p, archs.sm_80).map((d) => `${d.code} ${d.message}`);

/** The program with statements put before each role's body. */
const before = (...statements: readonly Statement[]): Program => ({
  ...sound,
  kernels: sound.kernels.map((k) =>
    mapBodies(k, (body, owner) =>
      k.roles.some((r) => r === owner) ? [...statements, ...body] : body,
    ),
  ),
});
const binding = (value: Expr, more: object = {}): Statement => ({
  ...{ kind: "let", name: "fresh", type: value.type, value },
  ...more,
});

test("the program itself is sound", () => {
  expect(found(sound)).toEqual([]);
  expect(found(before(binding(i32(1))))).toEqual([]);
});

test.each(["", "1st", "a b", "true", "x;y", "ö", "*/"])("A4102 the name %j", (name) => {
  expect(found(before(binding(i32(1), { name })))).toEqual([
    `A4102 ${JSON.stringify(name)} cannot be a name`,
  ]);
  expect(found({ ...sound, name })[0]).toMatch(/^A4102/);
});

test.each(["", " x", "x ", "two\nlines", "two\u2028lines"])("A4103 the note %j", (note) => {
  expect(found(before(binding(i32(1), { note })))[0]).toMatch(/^A4103 the note/);
});

test("A4003 a variable that nothing declares, and tensors as values", () => {
  expect(found(before(binding(variable("i32", "nothing"))))[0]).toMatch(/^A4003.*nothing/);
  expect(found(before(binding(variable("f32", "q"))))[0]).toMatch(/^A4003.*called q/);
});

test("A4004 nodes whose operands have other types", () => {
  const mixed: Expr = { kind: "binary", op: "add", type: "f32", a: f32(1), b: i32(1) };
  const wrongResult: Expr = { kind: "binary", op: "lt", type: "i32", a: i32(1), b: i32(1) };
  const arms: Expr = {
    ...{ kind: "select", type: "f32", condition: constant("bool", 1) },
    ...{ a: f32(1), b: i32(0) },
  };
  const problems = [mixed, wrongResult, arms, unary("exp2", i32(1))].flatMap((e) =>
    found(before(binding(e))),
  );
  expect(problems).toEqual([
    "A4004 + takes f32 and i32",
    "A4004 < of i32 is not i32",
    "A4004 ? and : choose between f32 and i32",
    "A4004 exp2 does not take i32",
  ]);
});

test("A4005 a load that names other axes than the tensor has", () => {
  const index = ["b", "kv", "h", "d"].map((axis) => ({ axis, value: i32(0) }));
  expect(found(before(binding(load("f32", "q", index))))).toEqual([
    "A4005 q has 4 axes (b, q, h, d), but is indexed by 4",
  ]);
});

test("A4007 integers that are none", () => {
  const numbers = [constant("i32", 0.5), constant("i32", 2 ** 31), constant("i64", 2 ** 60)];
  for (const e of numbers) expect(found(before(binding(e)))[0]).toMatch(/^A4007/);
});

test("A4104 a variable of another type than it was declared with", () => {
  expect(found(before(binding(variable("f32", "Sq"))))).toEqual(["A4104 Sq must be i32, not f32"]);
});

test("A4107 facts of another architecture", () => {
  expect(verify(sound, archs.sm_90).map((d) => d.message)).toEqual([
    "a program for sm_80 has no place in an sm_90 program",
  ]);
});

describe("where lanes have other elements as operand than as accumulator", () => {
  const volta = schedule(lower(dense()), archs.sm_70);
  const edited = (from: string, to: string): readonly string[] => {
    const text = printProgram(volta);
    expect(text).toContain(from);
    const program = parseProgram(text.replaceAll(from, to), "volta.tile");
    return verify(program, archs.sm_70).map((d) => `${d.code} ${d.message}`);
  };

  test("A4110 weights wait in pairs", () => {
    expect(edited("as pairs", "as pairs")).toEqual([]);
    expect(edited("as pairs", "as operand")).toContain(
      "A4110 p is operand, but must be pairs here",
    );
  });

  test("A4117 a swizzle by what is no bit of a row", () => {
    expect(edited("by 1 2 8", "by 1 2 3")).toEqual(["A4117 ks has a swizzle by 1 2 3"]);
  });
});

test("A4115 calls with arguments and flags missing", () => {
  const call: Statement = { kind: "call", step: "body", args: [], flags: [] };
  expect(found(before(call))).toEqual(
    expect.arrayContaining([
      "A4115 the call of body gives 0 arguments for 1 parameters",
      "A4115 the call of body gives 0 flags for 1",
    ]),
  );
  expect(found(before({ ...call, step: "nowhere" }))).toEqual([
    "A4115 the call of nowhere names no step",
  ]);
});

test("A4120 groups in flight", () => {
  expect(found(before({ kind: "wait", pending: -1 }))[0]).toMatch(
    /^A4120 the number of groups is -1/,
  );
});

test("between passes both levels are allowed, in a finished program neither gap", () => {
  const [kernel] = sound.kernels;
  if (!kernel) throw new Error("no kernel");
  const values = kernel.tiles.map((t) =>
    t.name === "inverse" ? { ...t, place: { kind: "value" as const } } : t,
  );
  const halfway = { ...sound, kernels: [{ ...kernel, tiles: values }] };
  expect(verify(halfway)).toEqual([]);
  expect(found(halfway)).toEqual(["A4107 a value tile has no place in a scheduled program"]);
});
