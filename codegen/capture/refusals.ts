// What a kernel file may not use, and what to write instead. Works on the parsed file alone, so that syntax
// is refused also where nothing evaluates it.

import { ts } from "ts-morph";
import { codes } from "../base/codes.ts";
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import {
  effectDetail,
  forDetail,
  inBody,
  isBody,
  noLoops,
  noState,
  returnDetail,
  type Words,
} from "./body-syntax.ts";
import { binaryOperators, prefixOperators } from "./operators.ts";
import { syntax } from "./syntax.ts";

const K = ts.SyntaxKind;

/** Levels of nesting in a kernel file, and of calls when it is evaluated. */
export const maxDepth = 300;

type SpanOf = (node: ts.Node) => Span;

/**
 * The first node that lies too deep, if any: to be asked before TypeScript checks the file, whose walks
 * are recursive, and take for ever in a chain of thousands of operators. This one is not recursive.
 */
export const nestingRefusal = (file: ts.SourceFile, span: SpanOf): Diagnostic | undefined => {
  const pending: (readonly [node: ts.Node, depth: number])[] = [[file, 0]];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [node, depth] = next;
    if (depth > maxDepth) return codes.nestedTooDeep(span(node), maxDepth);
    node.forEachChild((child) => {
      pending.push([child, depth + 1]);
    });
  }
  return undefined;
};

/** All that is refused in a file, in order; nothing inside a refused node is reported again. */
export const refusals = (file: ts.SourceFile, span: SpanOf): readonly Diagnostic[] => {
  const found: Diagnostic[] = [];
  const walk = (node: ts.Node): void => {
    const erased = ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node);
    if (erased || syntax.get(node.kind) === "type") return;
    const refusal = refusalOf(node, span);
    if (refusal) found.push(refusal);
    else node.forEachChild(walk);
  };
  walk(file);
  return found;
};

const refusalOf = (node: ts.Node, span: SpanOf): Diagnostic | undefined => {
  if (node.kind === K.BinaryExpression) return operatorRefusal(node as ts.BinaryExpression, span);
  const words = syntax.has(node.kind) ? detailOf(node) : wordsOf(node.kind);
  if (!words) return undefined;
  const place = ts.isVariableDeclarationList(node) ? (node.getFirstToken() ?? node) : node;
  const isStatement = ts.isStatement(node) && !ts.isBlock(node);
  return isStatement && inBody(node)
    ? codes.notInBody(span(place), words[0])
    : codes.notAccepted(span(place), ...words);
};

const operatorRefusal = (node: ts.BinaryExpression, span: SpanOf): Diagnostic | undefined => {
  const { kind } = node.operatorToken;
  if (binaryOperators.includes(kind)) return undefined;
  if (kind === K.EqualsToken && inBody(node)) {
    const isStatement = ts.isExpressionStatement(node.parent) && ts.isIdentifier(node.left);
    return isStatement ? undefined : codes.notInBody(span(node), "an assignment inside something");
  }
  const text = node.operatorToken.getText();
  if (kind === K.EqualsEqualsToken || kind === K.ExclamationEqualsToken)
    return codes.looseEquality(span(node.operatorToken), text);
  return codes.notAccepted(span(node), ...wordsOf(kind));
};

const constOnly = "declare a new const with the new value";
const useConditional = "choose between two values with condition ? a : b";
const useArrow = "write a constant arrow function: const f = (x: number) => ...";
const noAsync = "a kernel file describes, and is never run; remove it";
const passPlain = "list names and values one by one";

/** Kinds that are accepted, in forms that are not. */
const detailOf = (node: ts.Node): Words | undefined => {
  if (ts.isForOfStatement(node)) return forDetail(node);
  if (ts.isExpressionStatement(node)) return effectDetail(node);
  if (ts.isMethodDeclaration(node))
    return isBody(node) && !node.asteriskToken && !node.modifiers
      ? undefined
      : ["a function of this form", useArrow];
  if (
    ts.isVariableDeclarationList(node) &&
    (node.flags & ts.NodeFlags.BlockScoped) !== ts.NodeFlags.Const &&
    !((node.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Let && inBody(node))
  )
    return [node.getFirstToken()?.getText() ?? "this declaration", "declare it with const"];
  if (
    ts.isVariableDeclaration(node) &&
    !node.initializer &&
    !ts.isForOfStatement(node.parent.parent)
  )
    return ["a constant without a value", "give it its value"];
  if (ts.isParameter(node) && (node.initializer ?? node.dotDotDotToken ?? node.questionToken))
    return [
      "an optional parameter",
      "give the function one parameter for each value that it needs",
    ];
  if (ts.isBindingElement(node) && (node.initializer ?? node.dotDotDotToken))
    return ["a default or a rest in a pattern", "name the fields that are used"];
  if (ts.isShorthandPropertyAssignment(node) && node.objectAssignmentInitializer)
    return wordsOf(K.EqualsToken);
  if (ts.isPrefixUnaryExpression(node) && !prefixOperators.includes(node.operator))
    return wordsOf(node.operator);
  if (ts.isImportDeclaration(node) && !node.importClause)
    return ["an import without names", "import the names that are used"];
  if (ts.isImportClause(node) && node.name)
    return ["a default import", "import by name: import { name } from ..."];
  if (ts.isExportDeclaration(node) && !node.exportClause)
    return ["export *", "export by name: export { name } from ..."];
  if (ts.isFunctionDeclaration(node) && !(node.body && node.name))
    return ["a function without a body or a name", useArrow];
  if (ts.isFunctionDeclaration(node) && node.asteriskToken) return ["a generator", noLoops];
  if (ts.isBlock(node)) return blockDetail(node);
  return undefined;
};

/** Only bodies of functions: constants, and a return at the end; and those of kernels and their loops. */
const blockDetail = (node: ts.Block): Words | undefined => {
  if (ts.isForOfStatement(node.parent)) return undefined;
  if (isBody(node.parent)) return returnDetail(node);
  if (!ts.isArrowFunction(node.parent) && !ts.isFunctionDeclaration(node.parent))
    return ["a block of its own", noState];
  const last = node.statements.at(-1);
  const early = node.statements.slice(0, -1).some(ts.isReturnStatement);
  if (last && ts.isReturnStatement(last) && last.expression && !early) return undefined;
  return [
    early ? "a statement after a return" : "a function that returns nothing",
    "write constants, and then one return",
  ];
};

const words = (what: string, instead: string, ...kinds: readonly ts.SyntaxKind[]) =>
  kinds.map((kind): readonly [ts.SyntaxKind, Words] => [kind, [what, instead]]);

const table: ReadonlyMap<ts.SyntaxKind, Words> = new Map([
  ...words("if", useConditional, K.IfStatement),
  ...words("switch", useConditional, K.SwitchStatement, K.CaseBlock, K.CaseClause, K.DefaultClause),
  ...words(
    "a loop",
    noLoops,
    K.ForStatement,
    K.ForInStatement,
    K.ForOfStatement,
    K.WhileStatement,
    K.DoStatement,
    K.BreakStatement,
    K.ContinueStatement,
    K.LabeledStatement,
  ),
  ...words("an exception", noState, K.TryStatement, K.CatchClause, K.ThrowStatement),
  ...words(
    "a statement that only has an effect",
    noState,
    K.ExpressionStatement,
    K.DebuggerStatement,
    K.WithStatement,
  ),
  ...words(
    "an assignment",
    constOnly,
    K.EqualsToken,
    K.PlusEqualsToken,
    K.MinusEqualsToken,
    K.AsteriskEqualsToken,
    K.AsteriskAsteriskEqualsToken,
    K.SlashEqualsToken,
    K.PercentEqualsToken,
    K.LessThanLessThanEqualsToken,
    K.GreaterThanGreaterThanEqualsToken,
    K.GreaterThanGreaterThanGreaterThanEqualsToken,
    K.AmpersandEqualsToken,
    K.BarEqualsToken,
    K.CaretEqualsToken,
    K.BarBarEqualsToken,
    K.AmpersandAmpersandEqualsToken,
    K.QuestionQuestionEqualsToken,
    K.PlusPlusToken,
    K.MinusMinusToken,
    K.PostfixUnaryExpression,
    K.DeleteExpression,
  ),
  ...words(
    "an unsigned shift",
    "use >>, which keeps the sign, and & for the bits that are wanted",
    K.GreaterThanGreaterThanGreaterThanToken,
  ),
  ...words("the comma operator", constOnly, K.CommaToken),
  ...words("??", useConditional, K.QuestionQuestionToken),
  ...words("?.", "use . on a value that is there", K.QuestionDotToken),
  ...words(
    "a test of a type",
    useConditional,
    K.TypeOfExpression,
    K.InKeyword,
    K.InstanceOfKeyword,
  ),
  ...words("void", noState, K.VoidExpression),
  ...words(
    "a class",
    noState,
    K.ClassDeclaration,
    K.ClassExpression,
    K.NewExpression,
    K.ThisKeyword,
    K.SuperKeyword,
    K.PropertyDeclaration,
    K.Constructor,
    K.ClassStaticBlockDeclaration,
    K.SemicolonClassElement,
    K.HeritageClause,
    K.PrivateIdentifier,
    K.Decorator,
  ),
  ...words(
    "an enum",
    "use constants, or a union of string literals",
    K.EnumDeclaration,
    K.EnumMember,
  ),
  ...words(
    "a namespace or a declaration of something elsewhere",
    "import what is used from a .ts file",
    K.ModuleDeclaration,
    K.ModuleBlock,
    K.NamespaceExportDeclaration,
    K.DeclareKeyword,
    K.ImportEqualsDeclaration,
    K.ExternalModuleReference,
    K.MissingDeclaration,
  ),
  ...words("a default export", "export by name", K.ExportAssignment, K.DefaultKeyword),
  ...words("an import with attributes", "import .ts files", K.ImportAttributes, K.ImportAttribute),
  ...words(
    "import() or a property of new or import",
    "import at the top",
    K.ImportKeyword,
    K.MetaProperty,
  ),
  ...words(
    "a function of this form",
    useArrow,
    K.FunctionExpression,
    K.MethodDeclaration,
    K.GetAccessor,
    K.SetAccessor,
  ),
  ...words("async", noAsync, K.AsyncKeyword, K.AwaitExpression, K.AwaitKeyword),
  ...words("a generator", noLoops, K.YieldExpression),
  ...words("a spread of values", passPlain, K.SpreadElement, K.DotDotDotToken),
  ...words("an array pattern", "use an object pattern, or xs[0]", K.ArrayBindingPattern),
  ...words("a gap in an array", "give every element", K.OmittedExpression),
  ...words("a regular expression", noState, K.RegularExpressionLiteral),
  ...words("a big integer", "use a number; sizes and indices are i32", K.BigIntLiteral),
  ...words("null", "leave the field out", K.NullKeyword),
  ...words("a tagged template", useArrow, K.TaggedTemplateExpression),
  ...words("a conversion <T>x", "write x as T", K.TypeAssertionExpression),
  ...words(
    "a call with type arguments",
    "let TypeScript infer them",
    K.ExpressionWithTypeArguments,
  ),
]);

/** Every kind has words; those without their own are named as TypeScript names them. */
export const wordsOf = (kind: ts.SyntaxKind): Words =>
  table.get(kind) ?? [
    K[kind] ?? String(kind),
    "docs/writing-kernels.md lists what a kernel file may contain",
  ];
