// Files as scopes: their constants, functions, imports and exports. Knows no expression.

import { ts } from "ts-morph";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Context } from "./context.ts";
import { bind, boundNames } from "./expressions.ts";
import type { Sources } from "./project.ts";
import { Scope } from "./scope.ts";
import type { Value } from "./value.ts";

export interface Module {
  readonly scope: Scope;
  /** Names of constants, in the order of the file. */
  readonly constants: readonly ts.Identifier[];
  /** Exported name to the name inside, in the order of the file. */
  readonly exports: ReadonlyMap<string, { readonly name: string; readonly node: ts.Node }>;
}

/** Names that the compiler defines in place of a file's own definition. */
export type Intercepted = (file: ts.SourceFile) => ReadonlyMap<string, Value>;

export class Modules {
  private readonly loaded = new Map<string, Module>();
  private readonly sources: Sources;
  private readonly globals: Scope;
  private readonly intercepted: Intercepted;
  private readonly c: Context;

  constructor(sources: Sources, globals: Scope, intercepted: Intercepted, c: Context) {
    this.sources = sources;
    this.globals = globals;
    this.intercepted = intercepted;
    this.c = c;
  }

  module(file: ts.SourceFile): Module {
    const known = this.loaded.get(file.fileName);
    if (known) return known;
    const scope = new Scope(this.globals);
    const exports = new Map<string, { name: string; node: ts.Node }>();
    const module = { scope, exports, constants: constantsOf(file) };
    this.loaded.set(file.fileName, module);
    for (const statement of file.statements) this.define(statement, scope, exports, file);
    for (const [name, value] of this.intercepted(file)) scope.define(name, value);
    return module;
  }

  exported(file: ts.SourceFile, name: string, from: ts.Node): Value {
    const { scope, exports } = this.module(file);
    const span = this.c.span(from);
    const inside = exports.get(name) ?? fail(codes.unknownIdentifier(span, name));
    return scope.get(inside.name, span);
  }

  private define(
    s: ts.Statement,
    scope: Scope,
    exports: Map<string, { name: string; node: ts.Node }>,
    file: ts.SourceFile,
  ): void {
    const isExported =
      ts.canHaveModifiers(s) &&
      (ts.getModifiers(s) ?? []).some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
    const add = (node: ts.Identifier): void => {
      if (isExported) exports.set(node.text, { name: node.text, node });
    };
    if (ts.isVariableStatement(s))
      for (const declaration of s.declarationList.declarations) {
        const names = boundNames(declaration.name);
        names.forEach(add);
        this.defineConstant(declaration, names, scope);
      }
    else if (ts.isFunctionDeclaration(s) && s.name) {
      add(s.name);
      scope.define(s.name.text, { kind: "closure", node: s, scope });
    } else if (ts.isImportDeclaration(s)) this.defineImports(s, scope, file);
    else if (ts.isExportDeclaration(s)) this.defineExports(s, scope, exports, file);
  }

  /** A pattern is evaluated once, whichever of its names is used first. */
  private defineConstant(
    { name, initializer }: ts.VariableDeclaration,
    names: readonly ts.Identifier[],
    scope: Scope,
  ): void {
    if (!initializer) return;
    const inner = new Scope();
    let bound = false;
    for (const { text } of names)
      scope.defineLater(text, () => {
        if (!bound)
          this.c.outsideCalls(() => bind(name, this.c.evaluate(initializer, scope), inner, this.c));
        bound = true;
        return inner.get(text, this.c.span(name));
      });
  }

  private defineImports(s: ts.ImportDeclaration, scope: Scope, file: ts.SourceFile): void {
    const bindings = s.importClause?.namedBindings;
    if (!bindings || s.importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return;
    const target = this.target(s.moduleSpecifier, file);
    if (ts.isNamespaceImport(bindings))
      scope.define(bindings.name.text, this.namespace(target, bindings));
    else
      for (const e of bindings.elements)
        scope.defineLater(e.name.text, () =>
          this.exported(target, (e.propertyName ?? e.name).text, e),
        );
  }

  private defineExports(
    s: ts.ExportDeclaration,
    scope: Scope,
    exports: Map<string, { name: string; node: ts.Node }>,
    file: ts.SourceFile,
  ): void {
    if (s.isTypeOnly || !s.exportClause) return;
    const target = s.moduleSpecifier && this.target(s.moduleSpecifier, file);
    const { exportClause: clause } = s;
    if (ts.isNamespaceExport(clause)) {
      const { text } = clause.name;
      if (target) scope.define(`export ${text}`, this.namespace(target, clause));
      exports.set(text, { name: `export ${text}`, node: clause.name });
      return;
    }
    for (const e of clause.elements) {
      if (e.isTypeOnly) continue;
      const inside = (e.propertyName ?? e.name).text;
      const name = target ? `export ${e.name.text}` : inside; // no identifier holds a space
      if (target) scope.defineLater(name, () => this.exported(target, inside, e));
      exports.set(e.name.text, { name, node: e.name });
    }
  }

  private target(specifier: ts.Expression, file: ts.SourceFile): ts.SourceFile {
    const text = ts.isStringLiteral(specifier) ? specifier.text : "";
    return this.sources.imported(text, file) ?? fail(codes.noModule(this.c.span(specifier), text));
  }

  private namespace(target: ts.SourceFile, node: ts.Node): Value {
    return {
      kind: "namespace",
      name: target.fileName.replace(/^.*[\\/]|\.ts$/g, ""),
      get: (name) => this.exported(target, name, node),
    };
  }
}

const constantsOf = (file: ts.SourceFile): readonly ts.Identifier[] =>
  file.statements.flatMap((s) =>
    ts.isVariableStatement(s)
      ? s.declarationList.declarations.flatMap((d) => boundNames(d.name))
      : [],
  );
