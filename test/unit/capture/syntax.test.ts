// Every kind of TypeScript syntax is accepted, erased with the types, or refused with words of its own.

import { ts } from "ts-morph";
import { expect, test } from "vitest";
import { refusals, wordsOf } from "../../../codegen/capture/refusals.ts";
import { syntax } from "../../../codegen/capture/syntax.ts";
import { accepted, helper, types } from "./accepted.ts";
import { captureText, diagnosticsOf } from "./support.ts";

const K = ts.SyntaxKind;
const kinds: readonly ts.SyntaxKind[] = [
  ...new Set(Object.values(K).filter((k): k is ts.SyntaxKind => typeof k === "number")),
];

const parse = (text: string): ts.SourceFile =>
  ts.createSourceFile("kernel.ts", text, ts.ScriptTarget.ES2022, true);

const kindsIn = (text: string): ReadonlySet<ts.SyntaxKind> => {
  const found = new Set<ts.SyntaxKind>();
  const walk = (node: ts.Node): void => {
    found.add(node.kind);
    node.forEachChild(walk);
  };
  walk(parse(text));
  return found;
};

/** A snippet for each kind that a parser can produce and a kernel cannot hold. */
const refused: Readonly<Record<string, string>> = {
  IfStatement: "const f = () => { if (true) return 1; return 2; };",
  SwitchStatement: "const f = (x: number) => { switch (x) { default: return 1; } };",
  CaseBlock: "const f = (x: number) => { switch (x) { case 1: default: return 1; } };",
  CaseClause: "const f = (x: number) => { switch (x) { case 1: default: return 1; } };",
  DefaultClause: "const f = (x: number) => { switch (x) { case 1: default: return 1; } };",
  ForStatement: "const f = () => { for (;;) {} };",
  ForInStatement: "const f = () => { for (const a in {}) {} };",
  ForOfStatement: "const f = () => { for (const a of []) {} };",
  WhileStatement: "const f = () => { while (true) {} };",
  DoStatement: "const f = () => { do {} while (true) };",
  BreakStatement: "const f = () => { while (true) { break; } };",
  ContinueStatement: "const f = () => { while (true) { continue; } };",
  LabeledStatement: "a: while (true) {}",
  TryStatement: "try {} catch {}",
  CatchClause: "try {} catch {}",
  ThrowStatement: "const f = () => { throw 1; };",
  ExpressionStatement: "process;",
  DebuggerStatement: "debugger;",
  WithStatement: "with (a) {}",
  EqualsToken: "const f = (a: number) => (a = 1);",
  PlusEqualsToken: "const f = (a: number) => (a += 1);",
  MinusEqualsToken: "const f = (a: number) => (a -= 1);",
  AsteriskEqualsToken: "const f = (a: number) => (a *= 1);",
  AsteriskAsteriskEqualsToken: "const f = (a: number) => (a **= 1);",
  SlashEqualsToken: "const f = (a: number) => (a /= 1);",
  PercentEqualsToken: "const f = (a: number) => (a %= 1);",
  LessThanLessThanEqualsToken: "const f = (a: number) => (a <<= 1);",
  GreaterThanGreaterThanEqualsToken: "const f = (a: number) => (a >>= 1);",
  GreaterThanGreaterThanGreaterThanEqualsToken: "const f = (a: number) => (a >>>= 1);",
  AmpersandEqualsToken: "const f = (a: number) => (a &= 1);",
  BarEqualsToken: "const f = (a: number) => (a |= 1);",
  CaretEqualsToken: "const f = (a: number) => (a ^= 1);",
  BarBarEqualsToken: "const f = (a: number) => (a ||= 1);",
  AmpersandAmpersandEqualsToken: "const f = (a: number) => (a &&= 1);",
  QuestionQuestionEqualsToken: "const f = (a: number) => (a ??= 1);",
  PostfixUnaryExpression: "const f = (a: number) => a++;",
  DeleteExpression: "const f = (a: any) => delete a.b;",
  GreaterThanGreaterThanGreaterThanToken: "const f = (a: number) => a >>> 1;",
  EqualsEqualsToken: "const f = (a: number) => a == 1;",
  ExclamationEqualsToken: "const f = (a: number) => a != 1;",
  CommaToken: "const f = (a: number) => (a, 1);",
  QuestionQuestionToken: "const f = (a: any) => a ?? 1;",
  QuestionDotToken: "const f = (a: any) => a?.b;",
  TypeOfExpression: "const f = (a: any) => typeof a;",
  InKeyword: "const f = (a: any) => 'b' in a;",
  InstanceOfKeyword: "const f = (a: any) => a instanceof Object;",
  VoidExpression: "const f = (a: any) => void a;",
  ClassDeclaration: "class A {}",
  ClassExpression: "const A = class {};",
  NewExpression: "const a = new Map();",
  ThisKeyword: "const f = () => this;",
  SuperKeyword: "class A extends B { m() { super.m(); } }",
  PropertyDeclaration: "class A { x = 1 }",
  Constructor: "class A { constructor() {} }",
  ClassStaticBlockDeclaration: "class A { static {} }",
  SemicolonClassElement: "class A { ; }",
  HeritageClause: "class A extends B {}",
  PrivateIdentifier: "class A { #x = 1 }",
  Decorator: "@a class A {}",
  StaticKeyword: "class A { static x = 1 }",
  PublicKeyword: "class A { public x = 1 }",
  PrivateKeyword: "class A { private x = 1 }",
  ProtectedKeyword: "class A { protected x = 1 }",
  OverrideKeyword: "class A { override x = 1 }",
  AccessorKeyword: "class A { accessor x = 1 }",
  AbstractKeyword: "abstract class A {}",
  ExclamationToken: "let a!: number;",
  EnumDeclaration: "enum A { B }",
  EnumMember: "enum A { B }",
  ConstKeyword: "const enum A { B }",
  ModuleDeclaration: "namespace A {}",
  ModuleBlock: "namespace A {}",
  NamespaceExportDeclaration: "export as namespace A;",
  DeclareKeyword: "declare const a: 1;",
  ImportEqualsDeclaration: "import a = require('b');",
  ExternalModuleReference: "import a = require('b');",
  QualifiedName: "import a = B.C;",
  ExportAssignment: "export default 1;",
  DefaultKeyword: "export default function f() { return 1; }",
  ImportAttributes: "import a from 'b' with { type: 'json' };",
  ImportAttribute: "import a from 'b' with { type: 'json' };",
  ImportKeyword: "const a = import('b');",
  MetaProperty: "const a = import.meta;",
  FunctionExpression: "const f = function () { return 1; };",
  MethodDeclaration: "const a = { m() { return 1; } };",
  GetAccessor: "const a = { get m() { return 1; } };",
  SetAccessor: "const a = { set m(x: number) {} };",
  AsyncKeyword: "const f = async () => 1;",
  AwaitExpression: "const f = async () => await 1;",
  AwaitKeyword: "const f = async () => { for await (const a of b) {} };",
  YieldExpression: "function* f() { yield 1; }",
  AsteriskToken: "function* f() { return 1; }",
  SpreadElement: "const a = [...[1]];",
  DotDotDotToken: "const f = (...a: number[]) => 1;",
  ArrayBindingPattern: "const [a] = [1];",
  OmittedExpression: "const a = [, 1];",
  RegularExpressionLiteral: "const a = /b/;",
  BigIntLiteral: "const a = 1n;",
  NullKeyword: "const a = null;",
  TaggedTemplateExpression: "const a = b`c`;",
  TypeAssertionExpression: "const a = <any>1;",
  ExpressionWithTypeArguments: "const a = b<number>;",
  MissingDeclaration: "@a",
};

/** Forms of accepted kinds that are refused all the same. */
const forms: readonly string[] = [
  "let a = 1;",
  "var a = 1;",
  "using a = null as any;",
  "const f = (a = 1) => a;",
  "const f = (a?: number) => 1;",
  "const { a = 1 } = { a: 2 };",
  "const { ...a } = { a: 2 };",
  "const f = (a: number) => ++a;",
  "const f = (a: number) => --a;",
  "import './a.ts';",
  "import a from './a.ts';",
  "export * from './a.ts';",
  "function f(): number;",
  "const f = () => {};",
  "const f = () => { return; };",
  "const f = () => { return 1; const a = 2; };",
  "{ const a = 1; }",
];

const isErased = (kind: ts.SyntaxKind): boolean =>
  kind >= K.FirstTypeNode && kind <= K.LastTypeNode;

/** Kinds that no parser puts into the tree of a .ts file. */
const neverParsed = (kind: ts.SyntaxKind): boolean =>
  kind <= K.LastTriviaToken ||
  (kind >= K.FirstPunctuation && kind <= K.LastPunctuation) ||
  (kind >= K.FirstKeyword && kind <= K.LastKeyword) ||
  (kind >= K.FirstJSDocNode && kind <= K.LastJSDocNode) ||
  (kind >= K.JsxElement && kind <= K.JsxNamespacedName) ||
  (kind >= K.SyntaxList && kind < K.Count) ||
  kind === K.Count ||
  kind === K.NonTextFileMarkerTrivia ||
  K[kind] === "JSDocCommentTextToken" ||
  kind === K.ImportTypeAssertionContainer ||
  kind === K.JsxText ||
  kind === K.JsxTextAllWhiteSpaces ||
  kind === K.Bundle ||
  kind === K.SyntheticExpression;

const refusedKinds = Object.keys(refused).map((name) => K[name as keyof typeof K]);

test("a file with everything that is accepted is captured, and holds every accepted kind", () => {
  const diagnostics = diagnosticsOf(() => captureText(accepted, {}, { "helper.ts": helper }));
  expect(diagnostics).toEqual([]);
  const [first, second] = captureText(accepted, {}, { "helper.ts": helper });
  expect([first?.name, second?.name]).toEqual(["accepted", "twice"]);
  expect(first?.scale).toMatchObject({ kind: "const", value: 0.125 });
  const found = kindsIn(accepted);
  const missing = [...syntax.keys()].filter((kind) => !found.has(kind)).map((kind) => K[kind]);
  expect(missing).toEqual([]);
});

test("types are erased", () => {
  expect(
    refusals(parse(types), () => ({ file: "kernel.ts", line: 1, column: 1, length: 1 })),
  ).toEqual([]);
  const found = kindsIn(types);
  const missing = kinds.filter((kind) => isErased(kind) && !found.has(kind)).map((kind) => K[kind]);
  expect(missing).toEqual([]);
});

const spanOf = (node: ts.Node) => ({
  file: "kernel.ts",
  line: 1,
  column: node.getStart() + 1,
  length: node.getWidth(),
});

test.each(Object.entries(refused))("%s is refused", (name, text) => {
  expect(kindsIn(text), text).toContain(K[name as keyof typeof K]);
  const found = refusals(parse(text), spanOf);
  expect(found.length, text).toBeGreaterThan(0);
  for (const d of found) {
    expect(["A2003", "A2009"]).toContain(d.code);
    expect(d.remedy.length).toBeGreaterThan(3);
  }
});

test.each(forms)("refused: %s", (text) => {
  expect(refusals(parse(text), spanOf).map((d) => d.code)).toEqual(["A2003"]);
});

test("every kind is accepted, erased, refused by a test above, or never parsed", () => {
  const erased = kindsIn(types);
  const rest = kinds.filter(
    (kind) =>
      !syntax.has(kind) &&
      !isErased(kind) &&
      !erased.has(kind) &&
      !refusedKinds.includes(kind) &&
      !neverParsed(kind),
  );
  expect(rest.map((kind) => K[kind])).toEqual([]);
});

test("every kind that is not accepted has words, should it be met after all", () => {
  for (const kind of kinds.filter((k) => !syntax.has(k))) {
    const [what, instead] = wordsOf(kind);
    expect(what.length).toBeGreaterThan(0);
    expect(instead.length).toBeGreaterThan(0);
  }
});
