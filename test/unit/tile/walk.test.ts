// Traversals, and the op table that they and the printer rest on.

import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { i32 } from "../../../codegen/expr/expr.ts";
import { opOf, ops } from "../../../codegen/tile/ops.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import { printBody } from "../../../codegen/tile/print-statement.ts";
import type { Kernel } from "../../../codegen/tile/program.ts";
import type { Statement } from "../../../codegen/tile/statement.ts";
import { statementWords } from "../../../codegen/tile/tokens.ts";
import {
  barriersOf,
  bodyOf,
  expressionsOf,
  mapBodies,
  mapExpressions,
  mapStatements,
  readsOf,
  statementsOf,
  tilesOf,
  visits,
  writesOf,
} from "../../../codegen/tile/walk.ts";
import { anyProgram } from "./random.ts";

const program = (name: string) =>
  parseProgram(readFileSync(new URL(`../../files/${name}.tile`, import.meta.url), "utf8"), name);
const ring = program("causal-mbarriers");
const kernel = ring.kernels[0] as Kernel;
const all = [...visits(ring)].map((v) => v.statement);
const one = (kind: Statement["kind"], nth = 0): Statement => {
  const s = all.filter((x) => x.kind === kind)[nth];
  if (s === undefined) throw new Error(`no ${kind} ${nth}`);
  return s;
};
const isTile = (name: string): boolean => tilesOf(kernel).some((t) => t.name === name);
const reads = (s: Statement): readonly string[] => readsOf(s, isTile).map((r) => r.tile);
const writes = (s: Statement): readonly string[] => writesOf(s).map((r) => r.tile);

test("reads and writes of ops", () => {
  expect([reads(one("product", 1)), writes(one("product", 1))]).toEqual([
    ["p", "vs", "acc"],
    ["acc"],
  ]);
  expect([reads(one("reduce")), writes(one("reduce"))]).toEqual([["s"], ["t_max"]]);
  expect(reads(one("reduce", 1))).toEqual(["s", "l"]);
  expect([reads(one("map", 1)), writes(one("map", 1))]).toEqual([["limit", "s"], ["s"]]);
  expect([reads(one("copy")), writes(one("copy"))]).toEqual([[], ["ks"]]);
  expect([reads(one("if_any")), writes(one("if_any"))]).toEqual([["t_max", "m"], []]);
  expect(barriersOf(one("arrive")).map((b) => b.barrier)).toEqual(["k_full"]);
});

test("a visit says where a statement stands", () => {
  const visit = [...visits(ring)].find((v) => v.statement.kind === "call");
  expect(visit?.owner.name).toBe("all");
  expect(visit?.inside.map((s) => s.kind)).toEqual(["if", "for"]);
  const found = visit?.path.reduce<Statement | undefined>(
    (s, i) => (s === undefined ? visit.owner.body[i] : bodyOf(s)?.[i]),
    undefined,
  );
  expect(found).toBe(visit?.statement);
});

test("the start is visited and rebuilt as bodies of roles are", () => {
  const p = program("causal-warpgroups");
  const [k] = p.kernels as [Kernel];
  const inStart = [...visits(p)].filter((v) => v.owner.name === "start");
  expect(inStart.map((v) => v.statement)).toEqual([...statementsOf(k.start)]);
  const emptied = mapBodies(k, (body) => (body === k.start ? [] : body));
  expect(emptied).toEqual({ ...k, start: [] });
});

test("mapStatements works from the leaves up and may remove, keep and add", () => {
  const order: string[] = [];
  const body = mapStatements(kernel.roles[0]?.body ?? [], (s) => {
    order.push(s.kind);
    return s.kind === "call" ? [] : s.kind === "barrier" ? [s, s] : [s];
  });
  expect(order.indexOf("call")).toBeLessThan(order.indexOf("for"));
  const kinds = statementsOf(body).map((s) => s.kind);
  expect(kinds).not.toContain("call");
  expect(kinds.filter((k) => k === "barrier").length).toBe(4);
});

test("the identity changes nothing", () => {
  fc.assert(
    fc.property(anyProgram, (p) => {
      for (const k of p.kernels) {
        const same = mapBodies(k, (b) => mapStatements(b, (s) => [mapExpressions(s, (e) => e)]));
        expect(same).toEqual(k);
      }
    }),
    { numRuns: 50, seed: 30 },
  );
});

test("expressions are listed as they are mapped, and all of them are", () => {
  fc.assert(
    fc.property(anyProgram, (p) => {
      for (const { statement } of visits(p)) {
        const marked = mapExpressions(statement, () => i32(7));
        expect(expressionsOf(marked)).toEqual(expressionsOf(statement).map(() => i32(7)));
        const bodiless = (s: Statement) => ({ ...s, type: 0, body: [], then: [], span: 0 });
        const text = JSON.stringify(bodiless(marked)).replaceAll(JSON.stringify(i32(7)), "");
        expect(text).not.toContain('"type":"');
      }
    }),
    { numRuns: 50, seed: 31 },
  );
});

test("every op's first word is its own, and the printer uses it", () => {
  expect(new Set(statementWords).size).toBe(statementWords.length);
  const files = readdirSync(new URL("../../files/", import.meta.url));
  const samples = files
    .filter((f) => /^(causal|visits|order)/.test(f))
    .map((f) => program(f.slice(0, -5)));
  const seen = new Set<string>();
  for (const p of samples)
    for (const { statement, kernel: k } of visits(p)) {
      const word = /^\w+/.exec(printBody([statement], k, {})[0]?.text ?? "")?.[0];
      expect(opOf(statement).keywords).toContain(word);
      seen.add(statement.kind);
    }
  expect([...seen].sort()).toEqual(Object.keys(ops).sort());
});
