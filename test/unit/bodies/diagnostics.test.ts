// What a body may not say: each diagnostic with what provokes it.

import { expect, test } from "vitest";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { bodyOf, compileText } from "./support.ts";

const load = "const qs = tile.load(q, { b, h, q: rows });";
const scores = "tile.qk(qs, tile.load(k, { b, hkv, kv: cols }))";
const store = "tile.store(lse, { b, h, q: rows }, l);";

const cases: readonly (readonly [message: string, body: string])[] = [
  ["A2020: if cannot stand in the body of a kernel", "if (1 > 0) { }"],
  ["A2020: a loop cannot stand in the body of a kernel", "while (true) { }"],
  [
    "A2020: a loop of this form cannot stand in the body of a kernel",
    "for (let c of tile.columns(Skv)) { }",
  ],
  [
    "A2020: an assignment inside something cannot stand in the body of a kernel",
    "let x = 1; const y = (x = 2);",
  ],
  [
    "A2022: the loop assigns n, which is the number 0",
    `${load} let n = 0; for (const cols of tile.columns(Skv)) { n = n + 1; }`,
  ],
  [
    "A2023: l is a row vector before the loop, and a tile of q by 64 after a step of it",
    `${load} let l: any = tile.zeros(rows); for (const cols of tile.columns(Skv)) { l = tile.zeros(rows, D); }`,
  ],
  [
    "A2023: state is an object of tiles before the loop, and a row vector after a step of it",
    `${load} let state: any = tile.emptySoftmax(rows, D); for (const cols of tile.columns(Skv)) { state = state.m; }`,
  ],
  [
    "A2024: s takes a tile of the loop's keys out of the loop",
    `${load} let s: any = tile.zeros(rows, D); for (const cols of tile.columns(Skv)) { s = ${scores}; }`,
  ],
  [
    "A2025: this loop over keys stands in another",
    "for (const cols of tile.columns(Skv)) { for (const others of tile.columns(Skv)) { } }",
  ],
  ["A2026: a loop is given an array", "for (const cols of [1, 2]) { }"],
  [
    "A2026: tile.map is given a tile of q by 64 of f16",
    `${load} const l = tile.rowSum(tile.map(qs as any, (x) => x));`,
  ],
  [
    "A2026: tile.store is given a tile inside a loop",
    `${load} for (const cols of tile.columns(Skv)) { const l = tile.rowSum(${scores}); ${store} }`,
  ],
  [
    "A1008: axis kv has Sq elements in tile.columns, but Skv in k",
    "for (const cols of tile.columns(Sq)) { }",
  ],
  [
    "A2014: lse is read at { b, h }",
    "const l = tile.zeros(rows); tile.store(lse, { b, h } as any, l);",
  ],
];

test.each(cases)("%s", async (message, body) => {
  const error: unknown = await compileText(bodyOf(body)).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DiagnosticError);
  const [first] = (error as DiagnosticError).diagnostics;
  expect(`${first?.code}: ${first?.message}`).toBe(message);
  expect(first?.span?.file).toBe("kernel.ts");
});

test("A2021: a tile outside any body", async () => {
  const error: unknown = await compileText("const x = tile.zeros(grid.q);").catch(
    (e: unknown) => e,
  );
  const [first] = (error as DiagnosticError).diagnostics;
  expect(`${first?.code}: ${first?.message}`).toBe(
    "A2021: tile.zeros is called outside the body of a kernel",
  );
});

test("statements of bodies are refused elsewhere", async () => {
  for (const text of [
    "export const f = attention({ inputs, outputs: { o: out.values(q) }, score: (s) => { let x = s; return x; } });",
    "const f = { other(x: number) { return x; } };",
    "tile.rows(Sq);",
  ]) {
    const error: unknown = await compileText(text).catch((e: unknown) => e);
    expect((error as DiagnosticError).diagnostics[0]?.code, text).toBe("A2003");
  }
});
