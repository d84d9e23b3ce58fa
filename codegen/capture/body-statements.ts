// The statements of a body, walked in order: constants, variables, assignments, stores, and loops over keys, each walked
// once. What a loop assigns is carried from one step to the next.

import { ts } from "ts-morph";
import { codes } from "../base/codes.ts";
import { fail, unreachable } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import type { BodyTile, Carried } from "../spec/body.ts";
import type { BodyBuilder } from "./body-builder.ts";
import type { Context } from "./context.ts";
import { bind, boundNames } from "./expressions.ts";
import { Scope } from "./scope.ts";
import { extentOf } from "./tensors.ts";
import { describeValue, showTile, type Value } from "./value.ts";

export class BodyWalker {
  private readonly builder: BodyBuilder;
  private readonly c: Context;

  constructor(builder: BodyBuilder, c: Context) {
    this.builder = builder;
    this.c = c;
  }

  block(statements: readonly ts.Statement[], scope: Scope): void {
    for (const s of statements)
      if (ts.isFunctionDeclaration(s) && s.name)
        scope.define(s.name.text, { kind: "closure", node: s, scope });
    for (const s of statements) this.statement(s, scope);
  }

  private statement(s: ts.Statement, scope: Scope): void {
    if (ts.isVariableStatement(s))
      for (const { name, initializer } of s.declarationList.declarations) {
        if (!initializer) continue;
        bind(name, this.c.evaluate(initializer, scope), scope, this.c);
        for (const { text } of boundNames(name))
          this.named(text, scope.get(text, this.c.span(name)));
      }
    else if (ts.isForOfStatement(s)) this.loop(s, scope);
    else if (ts.isExpressionStatement(s)) this.effect(s.expression, scope);
  }

  private effect(e: ts.Expression, scope: Scope): void {
    if (!ts.isBinaryExpression(e)) this.c.evaluate(e, scope);
    else if (ts.isIdentifier(e.left)) scope.assign(e.left.text, this.c.evaluate(e.right, scope));
  }

  /** A tile goes by the first name that it is given. */
  private named(name: string, value: Value): void {
    if (typeof value !== "object") return;
    const { names } = this.builder;
    if (value.kind === "tile" && !names.has(value.tile.id)) names.set(value.tile.id, name);
    if (value.kind === "object")
      for (const [field, { value: inner }] of value.fields) this.named(field, inner);
  }

  private loop(node: ts.ForOfStatement, scope: Scope): void {
    const { builder, c } = this;
    const span = c.span(node.expression);
    if (builder.inLoop) fail(codes.nestedLoop(c.span(node.getFirstToken() ?? node)));
    const columns = c.evaluate(node.expression, scope);
    if (typeof columns !== "object" || columns.kind !== "columns")
      return fail(codes.wrongTile(span, "a loop", describeValue(columns), "tile.columns(...)"));
    const keys = { value: columns.extent, nameSpan: span, span: columns.span, source: "" };
    builder.columns.push({ extent: extentOf("kv", keys), span });
    const list = node.initializer;
    const [name] = ts.isVariableDeclarationList(list) ? list.declarations : [];
    if (!name || !ts.isBlock(node.statement)) return unreachable("a loop of another form");
    const { statements } = node.statement;
    const inner = new Scope(scope);
    bind(name.name, columns, inner, c);
    const variables = assignedIn(statements).map((node) => this.carry(node, scope));
    const body = builder.within(() => this.block(statements, inner));
    const carried = variables.flatMap((v) => this.carriedBy(v, scope));
    const mask = columns.mask && { mask: columns.mask };
    builder.add({ kind: "columns", ...mask, carried, body, span });
  }

  /** Before the loop: the variable's tiles become those of a step. */
  private carry(node: ts.Identifier, scope: Scope): Variable {
    const span = this.c.span(node);
    const before = scope.get(node.text, span);
    const leaves = leavesOf(before);
    if (leaves === undefined)
      return fail(codes.carriedValue(span, node.text, describeValue(before)));
    const inside = replaced(before, (t) => this.sameAs(t, span));
    scope.assign(node.text, inside);
    return { node, before: leaves, inside: leavesOf(inside) ?? [] };
  }

  private sameAs(t: BodyTile, span: Span): BodyTile {
    const made = this.builder.tile(t.dtype, t.shape, span);
    const name = this.builder.names.get(t.id);
    if (name !== undefined) this.builder.names.set(made.id, name);
    return made;
  }

  /** After it: what the step has left in the variable is carried on. */
  private carriedBy({ node, before, inside }: Variable, scope: Scope): readonly Carried[] {
    const span = this.c.span(node);
    const value = scope.get(node.text, span);
    const next = leavesOf(value);
    const fields = (leaves: readonly Leaf[]): string =>
      String(leaves.map((l) => l.path).toSorted());
    if (next === undefined || fields(next) !== fields(before))
      return fail(codes.carriedShape(span, node.text, show(before), describeValue(value)));
    const after = replaced(value, (t) => this.sameAs(t, span));
    scope.assign(node.text, after);
    const ends = leavesOf(after) ?? [];
    return before.map((b, i): Carried => {
      const at = (leaf: Leaf): boolean => leaf.path === b.path;
      const [s, n, a] = [inside[i], next.find(at), ends.find(at)];
      if (!s || !n || !a) return unreachable("leaves of a carried variable");
      const name = `${node.text}${b.path}`;
      if (b.tile.shape[1] !== n.tile.shape[1] && n.tile.shape[1] === "kv")
        fail(codes.endsWithLoop(span, name));
      if (String(b.tile.shape) !== String(n.tile.shape) || b.tile.dtype !== n.tile.dtype)
        fail(codes.carriedShape(span, name, showTile(b.tile), showTile(n.tile)));
      return { before: b.tile, inside: s.tile, next: n.tile, after: a.tile };
    });
  }
}

interface Leaf {
  /** `.m` of an object; empty for a tile itself. */
  readonly path: string;
  readonly tile: BodyTile;
}

interface Variable {
  readonly node: ts.Identifier;
  readonly before: readonly Leaf[];
  readonly inside: readonly Leaf[];
}

const show = (leaves: readonly Leaf[]): string =>
  leaves.length === 1 && leaves[0]?.path === "" ? showTile(leaves[0].tile) : "an object of tiles";

/** The tiles of a value that is made of nothing else, by the names of their fields; undefined: it is not. */
const leavesOf = (value: Value, path = ""): readonly Leaf[] | undefined => {
  if (typeof value !== "object") return undefined;
  if (value.kind === "tile") return [{ path, tile: value.tile }];
  if (value.kind !== "object") return undefined;
  const parts = [...value.fields].map(([name, f]) => leavesOf(f.value, `${path}.${name}`));
  return parts.every((p) => p !== undefined) ? parts.flat() : undefined;
};

const replaced = (value: Value, f: (t: BodyTile) => BodyTile): Value => {
  if (typeof value !== "object") return value;
  if (value.kind === "tile") return { kind: "tile", tile: f(value.tile) };
  if (value.kind !== "object") return value;
  const fields = [...value.fields].map(
    ([name, field]) => [name, { ...field, value: replaced(field.value, f) }] as const,
  );
  return { ...value, fields: new Map(fields) };
};

/** Names from outside that assignments give a value, each once, in the order of the text. */
const assignedIn = (statements: readonly ts.Statement[]): readonly ts.Identifier[] => {
  const found = new Map<string, ts.Identifier>();
  const own = statements
    .filter(ts.isVariableStatement)
    .flatMap((s) => s.declarationList.declarations.flatMap((d) => boundNames(d.name)))
    .map((name) => name.text);
  for (const s of statements) {
    if (!ts.isExpressionStatement(s) || !ts.isBinaryExpression(s.expression)) continue;
    const { left } = s.expression;
    if (ts.isIdentifier(left) && !own.includes(left.text) && !found.has(left.text))
      found.set(left.text, left);
  }
  return [...found.values()];
};
