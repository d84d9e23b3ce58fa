// Syntax that the body of a kernel alone may have: let, loops over tiles, assignments and calls as statements.

import { ts } from "ts-morph";

export type Words = readonly [what: string, instead: string];

export const noLoops = "write the formula of one element; the compiler makes the loops over tiles";
export const noState = "use constants and functions; a kernel file describes, and is never run";

/** Is the node's nearest function the body of a kernel: a method, or the value of a field, of that name? */
export const inBody = (node: ts.Node): boolean => {
  const f = ts.findAncestor(node.parent, ts.isFunctionLike);
  return f !== undefined && isBody(f);
};

export const isBody = (f: ts.Node): boolean => {
  const named = ts.isMethodDeclaration(f) ? f : ts.isArrowFunction(f) ? f.parent : undefined;
  return (
    named !== undefined &&
    (ts.isMethodDeclaration(named) || ts.isPropertyAssignment(named)) &&
    ts.isIdentifier(named.name) &&
    named.name.text === "body"
  );
};

/** Only in bodies, over the tiles of one name. */
export const forDetail = (node: ts.ForOfStatement): Words | undefined => {
  if (!inBody(node)) return ["a loop", noLoops];
  const list = node.initializer;
  const [name] = ts.isVariableDeclarationList(list) ? list.declarations : [];
  const isConst = (list.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Const;
  const fits = isConst && name && ts.isIdentifier(name.name) && ts.isBlock(node.statement);
  return fits && !node.awaitModifier ? undefined : ["a loop of this form", noLoops];
};

/** Only in bodies: an assignment, or a call. */
export const effectDetail = ({ expression }: ts.ExpressionStatement): Words | undefined => {
  const fits = ts.isCallExpression(expression) || ts.isBinaryExpression(expression);
  return fits && inBody(expression) ? undefined : ["a statement that only has an effect", noState];
};

export const returnDetail = (node: ts.Block): Words | undefined =>
  node.statements.some(ts.isReturnStatement)
    ? ["a return in the body of a kernel", "store tiles with tile.store"]
    : undefined;
