// codegen/base/codes/ read as text: each entry's code, message and remedy with `<name>` where a detail goes. For the
// tests of the catalogue and the page that documents it.

import { readdirSync, readFileSync } from "node:fs";
import { ts } from "ts-morph";

export interface Entry {
  readonly code: string;
  readonly name: string;
  readonly message: string;
  readonly remedy: string;
}

const folder = new URL("../../codegen/base/codes/", import.meta.url).pathname;
const files = readdirSync(folder)
  .toSorted()
  .map((name) =>
    ts.createSourceFile(name, readFileSync(folder + name, "utf8"), ts.ScriptTarget.Latest, true),
  );

/** The alternatives of a text, details as `<name>`. */
const wording = (node: ts.Node): string => {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return (
      node.head.text + node.templateSpans.map((s) => detail(s.expression) + s.literal.text).join("")
    );
  if (ts.isConditionalExpression(node))
    return `${wording(node.whenTrue)} / ${wording(node.whenFalse)}`;
  if (ts.isParenthesizedExpression(node)) return wording(node.expression);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return wording(node.left) + wording(node.right);
  return detail(node);
};

const detail = (node: ts.Node): string => {
  if (ts.isConditionalExpression(node) || ts.isParenthesizedExpression(node)) return wording(node);
  const [argument] = ts.isCallExpression(node) ? node.arguments : [];
  if (argument !== undefined && ts.isIdentifier(argument)) return detail(argument);
  const first = /[A-Za-z_]\w*/.exec(node.getText());
  return `<${first?.[0] ?? "detail"}>`;
};

const property = (object: ts.Node, name: string): string => {
  let found: string | undefined;
  const walk = (node: ts.Node): void => {
    if (found !== undefined) return;
    if (ts.isPropertyAssignment(node) && node.name.getText() === name)
      found = wording(node.initializer);
    else if (ts.isShorthandPropertyAssignment(node) && node.name.text === name) found = `<${name}>`;
    else node.forEachChild(walk);
  };
  walk(object);
  return found ?? "";
};

const entries = (node: ts.Node): readonly Entry[] => {
  const found: Entry[] = [];
  const walk = (child: ts.Node): void => {
    if (ts.isPropertyAssignment(child) && ts.isCallExpression(child.initializer)) {
      const [code, text] = child.initializer.arguments;
      if (code && text && ts.isStringLiteral(code))
        found.push({
          code: code.text,
          name: child.name.getText(),
          message: property(text, "message"),
          remedy: property(text, "remedy"),
        });
      return;
    }
    child.forEachChild(walk);
  };
  walk(node);
  return found;
};

/** By code. */
export const catalogue: readonly Entry[] = files
  .flatMap(entries)
  .toSorted((a, b) => (a.code < b.code ? -1 : 1));
