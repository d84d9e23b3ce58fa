// The shape of the code base, held to one table: who may import whom, how long a file may be, and what
// no file may contain.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ts } from "ts-morph";
import { expect, test } from "vitest";

/**
 * Rooms from the ground up, and what each may import: rooms of the table and packages. A room may
 * import itself; a row may name only rows above it, so the table has no cycle.
 */
const rooms: Readonly<Record<string, readonly string[]>> = {
  dsl: [],
  kernels: ["dsl"],
  "examples/kernels": ["dsl"],
  "codegen/base": [],
  "codegen/expr": ["codegen/base"],
  "codegen/spec": ["codegen/base", "codegen/expr"],
  "codegen/arch": ["codegen/base"],
  "codegen/tile": ["codegen/base", "codegen/expr", "codegen/spec", "codegen/arch", "chevrotain"],
  "codegen/capture": [
    "codegen/base",
    "codegen/expr",
    "codegen/spec",
    "codegen/arch",
    "ts-morph",
    "node:",
  ],
  "codegen/lower": ["codegen/base", "codegen/expr", "codegen/spec", "codegen/tile"],
  "codegen/passes": [
    "codegen/base",
    "codegen/expr",
    "codegen/spec",
    "codegen/arch",
    "codegen/tile",
  ],
  "codegen/cuda": ["codegen/base", "codegen/expr", "codegen/spec", "codegen/arch", "codegen/tile"],
  "codegen/numpy": ["codegen/base", "codegen/expr", "codegen/spec", "codegen/arch", "codegen/tile"],
  "codegen/sim": [
    "codegen/base",
    "codegen/expr",
    "codegen/spec",
    "codegen/arch",
    "codegen/tile",
    "node:",
  ],
  "codegen/cost": [
    "codegen/base",
    "codegen/expr",
    "codegen/spec",
    "codegen/arch",
    "codegen/tile",
    "codegen/sim",
  ],
  "codegen/compile.ts": [
    "codegen/base",
    "codegen/spec",
    "codegen/arch",
    "codegen/tile",
    "codegen/capture",
    "codegen/lower",
    "codegen/passes",
    "codegen/cuda",
    "codegen/numpy",
    "node:",
  ],
  "codegen/simulate.ts": [
    "codegen/base",
    "codegen/expr",
    "codegen/spec",
    "codegen/arch",
    "codegen/tile",
    "codegen/sim",
    "codegen/compile.ts",
  ],
  "codegen/package": [
    "codegen/base",
    "codegen/spec",
    "codegen/arch",
    "codegen/tile",
    "codegen/cuda",
    "codegen/compile.ts",
    "node:",
  ],
  "codegen/explain": [
    "codegen/base",
    "codegen/expr",
    "codegen/spec",
    "codegen/arch",
    "codegen/tile",
    "codegen/passes",
    "codegen/cost",
    "codegen/sim",
    "codegen/compile.ts",
    "codegen/package",
  ],
  "codegen/index.ts": [
    "codegen/base",
    "codegen/spec",
    "codegen/arch",
    "codegen/sim",
    "codegen/compile.ts",
    "codegen/simulate.ts",
  ],
  "codegen/ndarray.ts": ["codegen/sim", "codegen/index.ts"],
  "codegen/vitest.ts": ["codegen/sim", "codegen/simulate.ts", "vitest"],
  "codegen/cli": [
    "codegen/base",
    "codegen/expr",
    "codegen/spec",
    "codegen/arch",
    "codegen/tile",
    "codegen/cuda",
    "codegen/sim",
    "codegen/compile.ts",
    "codegen/simulate.ts",
    "codegen/cost",
    "codegen/package",
    "codegen/explain",
    "node:",
  ],
  "codegen/cli.ts": ["codegen/base", "codegen/cli", "commander", "node:"],
  examples: [
    "codegen/cli",
    "codegen/index.ts",
    "codegen/base",
    "codegen/arch",
    "codegen/sim",
    "codegen/explain",
    "codegen/expr",
    "codegen/tile",
    "node:",
  ],
};

const root = new URL("../..", import.meta.url).pathname;
const folders = ["dsl", "codegen", "kernels", "examples", "test"];

const sources: readonly { readonly path: string; readonly text: string }[] = folders
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map(
      (f) => `${folder}/${f}`,
    ),
  )
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

const isTest = (path: string): boolean => path.startsWith("test/") || path.endsWith(".test.ts");

/** The longest row that the path lies under. */
const roomOf = (path: string): string | undefined =>
  Object.keys(rooms)
    .filter((room) => path === room || path.startsWith(`${room}/`))
    .toSorted((a, b) => b.length - a.length)[0];

/** What a file imports, types and dynamic imports too: paths inside the project, or packages. */
const importsOf = (path: string, text: string): readonly string[] =>
  ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith(".") ? relative(root, join(root, dirname(path), fileName)) : fileName,
    );

const allowed = (room: string, target: string): boolean => {
  const packageOf = target.startsWith("node:") ? "node:" : target;
  const home = folders.includes(target.split("/")[0] ?? "") ? roomOf(target) : packageOf;
  return home !== undefined && (home === room || (rooms[room] ?? []).includes(home));
};

const violations = (files: typeof sources): readonly string[] =>
  files
    .filter(({ path }) => !isTest(path))
    .flatMap(({ path, text }) => {
      const room = roomOf(path);
      if (room === undefined) return [`${path} has no room in the table`];
      return importsOf(path, text)
        .filter((target) => !allowed(room, target))
        .map((target) => `${path} imports ${target}`);
    });

const cycles = (files: typeof sources): readonly string[] => {
  const graph = new Map(files.map(({ path, text }) => [path, importsOf(path, text)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push([...trail.slice(at), path].join(" -> "));
    if (at >= 0 || done.has(path)) return;
    for (const target of graph.get(path) ?? [])
      if (graph.has(target)) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
};

/** Every node of a kind, as `path:line`. */
const nodes = (wanted: (node: ts.Node) => boolean, files: typeof sources): readonly string[] =>
  files.flatMap(({ path, text }) => {
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    const found: string[] = [];
    const walk = (node: ts.Node): void => {
      if (wanted(node)) {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
        found.push(`${path}:${line + 1}`);
      }
      node.forEachChild(walk);
    };
    walk(file);
    return found;
  });

const isDefaultExport = (node: ts.Node): boolean =>
  (ts.isExportAssignment(node) && !node.isExportEquals) ||
  (node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent));

test("a row of the table names only rows above it", () => {
  const names = Object.keys(rooms);
  for (const [i, name] of names.entries())
    for (const target of rooms[name] ?? [])
      if (folders.includes(target.split("/")[0] ?? ""))
        expect(names.slice(0, i), `${name} -> ${target}`).toContain(target);
});

test("imports go only where the table lets them", () => {
  expect(violations(sources)).toEqual([]);
});

test("no file imports itself by way of others", () => {
  expect(cycles(sources)).toEqual([]);
});

test("no file is longer than 300 lines", () => {
  const long = sources.filter(({ text }) => text.split("\n").length > 301);
  expect(long.map(({ path, text }) => `${path}: ${text.split("\n").length - 1}`)).toEqual([]);
});

test("no any, and no default export outside configuration files", () => {
  const code = sources.filter(({ path }) => !path.endsWith(".config.ts"));
  const saying = (word: RegExp): typeof sources => code.filter(({ text }) => word.test(text));
  expect(nodes((n) => n.kind === ts.SyntaxKind.AnyKeyword, saying(/\bany\b/))).toEqual([]);
  expect(nodes(isDefaultExport, saying(/\bdefault\b/))).toEqual([]);
});

test("every file of ours opens by saying what it is for", () => {
  const silent = sources.filter(({ text }) => !/^(#!.*\n)?(\/\/|\/\*\*)/.test(text));
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test("each of these guards sees what it is there for", () => {
  const upward = { path: "codegen/expr/x.ts", text: `import { y } from "../tile/y.ts";` };
  const lazy = { path: "codegen/sim/x.ts", text: `const y = await import("../capture/y.ts");` };
  const library = { path: "codegen/base/x.ts", text: `import { Command } from "commander";` };
  expect(violations([upward, lazy, library])).toEqual([
    "codegen/expr/x.ts imports codegen/tile/y.ts",
    "codegen/sim/x.ts imports codegen/capture/y.ts",
    "codegen/base/x.ts imports commander",
  ]);
  const a = { path: "codegen/base/a.ts", text: `import type { B } from "./b.ts";` };
  const b = { path: "codegen/base/b.ts", text: `export { a } from "./a.ts";` };
  expect(cycles([a, b])).toEqual(["codegen/base/a.ts -> codegen/base/b.ts -> codegen/base/a.ts"]);
  const loose = { path: "x.ts", text: "export const f = (x: any) => x;\nexport default f;" };
  expect(nodes((n) => n.kind === ts.SyntaxKind.AnyKeyword, [loose])).toEqual(["x.ts:1"]);
  expect(nodes(isDefaultExport, [loose])).toEqual(["x.ts:2"]);
});
