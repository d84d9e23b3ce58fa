// Literals, names, properties, calls: the expressions that build no operation themselves.

import { ts } from "ts-morph";
import { codes } from "../base/codes.ts";
import { fail, unreachable } from "../base/diagnostic.ts";
import type { Context } from "./context.ts";
import { Scope } from "./scope.ts";
import { describeValue, type Field, type Value } from "./value.ts";

export const numericLiteral = (node: ts.NumericLiteral): Value =>
  Number(node.text.replaceAll("_", ""));
export const stringLiteral = (node: ts.StringLiteralLike): Value => node.text;

export const identifier = (node: ts.Identifier, scope: Scope, c: Context): Value =>
  scope.get(node.text, c.span(node));

/** Parentheses, `as`, `satisfies` and `!` say nothing about the value. */
export const inner = (
  node:
    ts.ParenthesizedExpression | ts.AsExpression | ts.SatisfiesExpression | ts.NonNullExpression,
  scope: Scope,
  c: Context,
): Value => c.evaluate(node.expression, scope);

export const template = (node: ts.TemplateExpression, scope: Scope, c: Context): Value =>
  node.head.text +
  node.templateSpans
    .map(({ expression, literal }) => {
      const value = c.evaluate(expression, scope);
      if (typeof value !== "object") return `${String(value)}${literal.text}`;
      const found = describeValue(value);
      return fail(
        codes.wrongOperand(c.span(expression), "a template string", found, "a known value"),
      );
    })
    .join("");

export const arrayLiteral = (node: ts.ArrayLiteralExpression, scope: Scope, c: Context): Value => ({
  kind: "array",
  items: node.elements.map((e) => c.evaluate(e, scope)),
});

export const objectLiteral = (
  node: ts.ObjectLiteralExpression,
  scope: Scope,
  c: Context,
): Value => {
  const fields = new Map<string, Field>();
  for (const property of node.properties)
    for (const [name, field] of fieldsOf(property, scope, c)) {
      fields.delete(name); // a later field also takes the later place
      fields.set(name, field);
    }
  return { kind: "object", fields, span: c.span(node) };
};

const fieldsOf = (
  property: ts.ObjectLiteralElementLike,
  scope: Scope,
  c: Context,
): Iterable<readonly [string, Field]> => {
  if (ts.isPropertyAssignment(property)) {
    const name = propertyName(property.name, scope, c);
    return [[name, field(property.name, property.initializer, scope, c)]];
  }
  if (ts.isShorthandPropertyAssignment(property))
    return [[property.name.text, field(property.name, property.name, scope, c)]];
  if (ts.isMethodDeclaration(property)) return [method(property, scope, c)];
  if (!ts.isSpreadAssignment(property)) return unreachable("object field", property.kind);
  const value = c.evaluate(property.expression, scope);
  if (typeof value === "object" && value.kind === "object") return value.fields;
  const span = c.span(property.expression);
  return fail(codes.wrongOperand(span, "'...'", describeValue(value), "an object"));
};

const field = (name: ts.Node, value: ts.Expression, scope: Scope, c: Context): Field => ({
  value: c.evaluate(value, scope),
  nameSpan: c.span(name),
  span: c.span(value),
  source: value.getText(),
});

/** `body(...) { ... }`: a closure like any other. */
const method = (node: ts.MethodDeclaration, scope: Scope, c: Context): readonly [string, Field] => {
  const value: Value = { kind: "closure", node, scope };
  const name = propertyName(node.name, scope, c);
  const span = c.span(node.name);
  return [name, { value, nameSpan: span, span, source: node.getText() }];
};

export const propertyName = (name: ts.PropertyName, scope: Scope, c: Context): string => {
  if (!ts.isComputedPropertyName(name)) return name.text;
  const value = c.evaluate(name.expression, scope);
  if (typeof value === "string" || typeof value === "number") return String(value);
  const span = c.span(name.expression);
  return fail(codes.wrongOperand(span, "a field's name", describeValue(value), "a known string"));
};

export const propertyAccess = (
  node: ts.PropertyAccessExpression,
  scope: Scope,
  c: Context,
): Value => property(c.evaluate(node.expression, scope), node.name.text, node, c);

export const elementAccess = (
  node: ts.ElementAccessExpression,
  scope: Scope,
  c: Context,
): Value => {
  const of = c.evaluate(node.expression, scope);
  const key = c.evaluate(node.argumentExpression, scope);
  if (typeof key === "string" || typeof key === "number") return property(of, String(key), node, c);
  const span = c.span(node.argumentExpression);
  const wanted =
    "a number or string known when the kernel is compiled; for a table, an input tensor";
  return fail(codes.wrongOperand(span, "'[]'", describeValue(key), wanted));
};

const property = (of: Value, name: string, node: ts.Expression, c: Context): Value => {
  const missing = (): never => fail(codes.noProperty(c.span(node), describeValue(of), name));
  if (typeof of !== "object") return missing();
  switch (of.kind) {
    case "object":
      return of.fields.get(name)?.value;
    case "array":
      if (name === "length") return of.items.length;
      return /^\d+$/.test(name) ? of.items[Number(name)] : missing();
    case "namespace":
      return of.get(name, c.span(node));
    case "dim":
      return name === "times" ? times(of.factors) : missing();
    default:
      return missing();
  }
};

/** `G.times(Hkv)`. */
const times = (factors: readonly string[]): Value => ({
  kind: "native",
  name: "times",
  call: ([other], span) =>
    typeof other?.value === "object" && other.value.kind === "dim"
      ? { kind: "dim", factors: [...factors, ...other.value.factors] }
      : fail(
          codes.wrongArguments(span, "times", describeValue(other?.value), "a size made by dims"),
        ),
});

export const callExpression = (node: ts.CallExpression, scope: Scope, c: Context): Value => {
  const callee = c.evaluate(node.expression, scope);
  const args = node.arguments.map((argument) => ({
    value: c.evaluate(argument, scope),
    span: c.span(argument),
  }));
  return c.call(callee, args, c.span(node));
};

export const arrowFunction = (node: ts.ArrowFunction, scope: Scope): Value => ({
  kind: "closure",
  node,
  scope,
});

/** Gives the names of a constant or parameter their values. */
export const bind = (name: ts.BindingName, value: Value, scope: Scope, c: Context): void => {
  if (ts.isIdentifier(name)) scope.define(name.text, value);
  else
    for (const element of name.elements)
      if (ts.isBindingElement(element)) bindElement(element, value, scope, c);
};

const bindElement = (node: ts.BindingElement, value: Value, scope: Scope, c: Context): void => {
  const key = node.propertyName ?? node.name;
  const name =
    ts.isObjectBindingPattern(key) || ts.isArrayBindingPattern(key)
      ? ""
      : propertyName(key, scope, c);
  if (typeof value !== "object" || value.kind !== "object")
    return fail(
      codes.wrongOperand(c.span(node), "a pattern { ... }", describeValue(value), "an object"),
    );
  bind(node.name, value.fields.get(name)?.value, scope, c);
};

/** Every name of a pattern. */
export const boundNames = (name: ts.BindingName): readonly ts.Identifier[] =>
  ts.isIdentifier(name)
    ? [name]
    : name.elements.flatMap((e) => (ts.isBindingElement(e) ? boundNames(e.name) : []));

/** The value of a function's body: one expression, or constants and a return. */
export const functionBody = (body: ts.ConciseBody | undefined, scope: Scope, c: Context): Value => {
  if (body === undefined) return undefined;
  if (!ts.isBlock(body)) return c.evaluate(body, scope);
  for (const statement of body.statements)
    if (ts.isFunctionDeclaration(statement) && statement.name)
      scope.define(statement.name.text, { kind: "closure", node: statement, scope });
  for (const statement of body.statements) {
    if (ts.isReturnStatement(statement))
      return statement.expression && c.evaluate(statement.expression, scope);
    if (ts.isVariableStatement(statement))
      for (const { name, initializer } of statement.declarationList.declarations)
        if (initializer) bind(name, c.evaluate(initializer, scope), scope, c);
  }
  return undefined;
};
