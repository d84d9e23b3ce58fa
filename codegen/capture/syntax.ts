// The syntax that a kernel file may use: this table is all of it. Whatever is not here is refused
// (refusals.ts says with which words).

import { ts } from "ts-morph";
import type { Context, Handler } from "./context.ts";
import {
  arrayLiteral,
  arrowFunction,
  callExpression,
  elementAccess,
  identifier,
  inner,
  numericLiteral,
  objectLiteral,
  propertyAccess,
  stringLiteral,
  template,
} from "./expressions.ts";
import { binaryExpression, binaryOperators, conditional, prefixUnary } from "./operators.ts";
import type { Scope } from "./scope.ts";
import type { Value } from "./value.ts";

const K = ts.SyntaxKind;

/** An expression has a handler; statements and parts are read by what contains them; types are erased. */
export type Role = Handler | "statement" | "part" | "type";

const on = <N extends ts.Expression>(
  kind: N["kind"],
  handler: (node: N, scope: Scope, context: Context) => Value,
): readonly [ts.SyntaxKind, Role] => [kind, (node, scope, c) => handler(node as N, scope, c)];

const all = (role: Role, kinds: readonly ts.SyntaxKind[]): readonly [ts.SyntaxKind, Role][] =>
  kinds.map((kind) => [kind, role]);

export const syntax: ReadonlyMap<ts.SyntaxKind, Role> = new Map<ts.SyntaxKind, Role>([
  on<ts.NumericLiteral>(K.NumericLiteral, numericLiteral),
  on<ts.StringLiteral>(K.StringLiteral, stringLiteral),
  on<ts.NoSubstitutionTemplateLiteral>(K.NoSubstitutionTemplateLiteral, stringLiteral),
  on<ts.TemplateExpression>(K.TemplateExpression, template),
  on<ts.TrueLiteral>(K.TrueKeyword, () => true),
  on<ts.FalseLiteral>(K.FalseKeyword, () => false),
  on<ts.Identifier>(K.Identifier, identifier),
  on<ts.ParenthesizedExpression>(K.ParenthesizedExpression, inner),
  on<ts.AsExpression>(K.AsExpression, inner),
  on<ts.SatisfiesExpression>(K.SatisfiesExpression, inner),
  on<ts.NonNullExpression>(K.NonNullExpression, inner),
  on<ts.ArrayLiteralExpression>(K.ArrayLiteralExpression, arrayLiteral),
  on<ts.ObjectLiteralExpression>(K.ObjectLiteralExpression, objectLiteral),
  on<ts.PropertyAccessExpression>(K.PropertyAccessExpression, propertyAccess),
  on<ts.ElementAccessExpression>(K.ElementAccessExpression, elementAccess),
  on<ts.CallExpression>(K.CallExpression, callExpression),
  on<ts.ArrowFunction>(K.ArrowFunction, arrowFunction),
  on<ts.BinaryExpression>(K.BinaryExpression, binaryExpression),
  on<ts.PrefixUnaryExpression>(K.PrefixUnaryExpression, prefixUnary),
  on<ts.ConditionalExpression>(K.ConditionalExpression, conditional),

  ...all("statement", [
    K.ImportDeclaration,
    K.ExportDeclaration,
    K.VariableStatement,
    K.FunctionDeclaration,
    K.ReturnStatement,
    K.EmptyStatement,
    // In the body of a kernel alone.
    K.ExpressionStatement,
    K.ForOfStatement,
  ]),

  ...all("part", [
    K.SourceFile,
    K.EndOfFileToken,
    K.ImportClause,
    K.NamedImports,
    K.ImportSpecifier,
    K.NamespaceImport,
    K.NamedExports,
    K.ExportSpecifier,
    K.NamespaceExport,
    K.ExportKeyword,
    K.VariableDeclarationList,
    K.VariableDeclaration,
    K.Block,
    K.Parameter,
    K.ObjectBindingPattern,
    K.BindingElement,
    K.PropertyAssignment,
    K.MethodDeclaration,
    K.ShorthandPropertyAssignment,
    K.SpreadAssignment,
    K.ComputedPropertyName,
    K.TemplateHead,
    K.TemplateMiddle,
    K.TemplateTail,
    K.TemplateSpan,
    K.EqualsGreaterThanToken,
    K.QuestionToken,
    K.ColonToken,
    K.EqualsToken,
    ...binaryOperators,
  ]),

  ...all("type", [K.InterfaceDeclaration, K.TypeAliasDeclaration, K.TypeParameter]),
]);
