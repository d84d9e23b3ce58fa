// Kernel file to descriptions: parse, type-check, refuse what is not accepted, evaluate, describe. Nothing
// of the file is executed.

import { ts } from "ts-morph";
import { codes } from "../base/codes.ts";
import { DiagnosticError, fail } from "../base/diagnostic.ts";
import { commentText } from "../base/text.ts";
import type { Description } from "../spec/description.ts";
import type { CurrentBody } from "./body-builder.ts";
import { describe } from "./describe.ts";
import { describeKernel } from "./describe-kernel.ts";
import { typeScriptErrors } from "./diagnose.ts";
import { Evaluator } from "./evaluate.ts";
import { mathNamespace } from "./math.ts";
import { Modules } from "./modules.ts";
import { type Declared, natives, nativesOf } from "./natives.ts";
import { forgetProject, inDsl, loadSources, type Sources } from "./project.ts";
import { maxDepth, refusals } from "./refusals.ts";
import { Scope } from "./scope.ts";

export interface CaptureOptions {
  /** Values for the file's parameters: `--set D=64`. */
  readonly set?: Readonly<Record<string, string>>;
  /**
   * The project: nothing outside is read, and messages show paths relative to it. The working directory if
   * absent; a file that lies elsewhere is then its folder's.
   */
  readonly root?: string;
}

/** Every exported kernel of a file, in its order. Throws DiagnosticError. */
export const captureFile = (
  file: string,
  { set = {}, root }: CaptureOptions = {},
): readonly Description[] => {
  const sources = withoutOverflow(file, () => checkedSources(file, root));
  return withoutOverflow(file, () => descriptions(sources, set));
};

const checkedSources = (file: string, root: string | undefined): Sources => {
  const sources = loadSources(file, root);
  const errors = typeScriptErrors(sources);
  if (errors.length > 0) throw new DiagnosticError(errors);
  const refused = sources.files.flatMap((f) => refusals(f, sources.span));
  if (refused.length > 0) throw new DiagnosticError(refused);
  return sources;
};

/** Code nested beyond all measure exhausts the stack of TypeScript's parser, or ours. */
const withoutOverflow = <T>(file: string, run: () => T): T => {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    forgetProject();
    const span = { file, line: 1, column: 1, length: 1 };
    return fail(codes.nestedTooDeep(span, maxDepth));
  }
};

const descriptions = (
  sources: Sources,
  set: Readonly<Record<string, string>>,
): readonly Description[] => {
  const declared: Declared = { set, scalars: new Map(), params: new Map() };
  const evaluator = new Evaluator(sources.span);
  const bodies: CurrentBody = { current: undefined };
  const intercepted = natives(evaluator, declared, bodies);
  const modules = new Modules(
    sources,
    globals(evaluator),
    (file) => (inDsl(file.fileName) ? nativesOf(intercepted, file.fileName) : new Map()),
    evaluator,
  );
  const { scope, constants, exports } = modules.module(sources.entry);
  for (const name of constants) scope.get(name.text, sources.span(name));
  const unknown = Object.keys(set).find((name) => !declared.params.has(name));
  if (unknown !== undefined)
    fail(codes.unknownParam(undefined, unknown, [...declared.params.keys()]));
  const summary = summaryOf(sources.entry);
  const facts = { file: sources.shown, declared, ...(summary !== "" && { summary }) };
  const kernels = [...exports].flatMap(([exportName, { name, node }]): readonly Description[] => {
    const value = scope.get(name, sources.span(node));
    const span = sources.span(node);
    if (typeof value !== "object") return [];
    if (value.kind === "attention") return [describe(exportName, span, value, facts, evaluator)];
    if (value.kind !== "kernel") return [];
    return [describeKernel(exportName, span, value, facts, evaluator, bodies)];
  });
  checkNames(kernels);
  return kernels;
};

const globals = (evaluator: Evaluator): Scope => {
  const scope = new Scope();
  scope.define("undefined", undefined);
  scope.define("NaN", Number.NaN);
  scope.define("Infinity", Number.POSITIVE_INFINITY);
  scope.define("Math", mathNamespace(evaluator));
  return scope;
};

/** The first paragraph of the comment that opens the file, on one line. */
const summaryOf = (file: ts.SourceFile): string => {
  const [comment] = ts.getLeadingCommentRanges(file.text, 0) ?? [];
  if (!comment) return "";
  const from = file.text.slice(comment.pos);
  const block =
    comment.kind === ts.SyntaxKind.MultiLineCommentTrivia
      ? file.text.slice(comment.pos, comment.end).replace(/^\/\*+|\*+\/$/g, "")
      : (/^(?:\/\/[^\r\n]*(?:\r?\n|$))+/.exec(from)?.[0] ?? "");
  const lines = block.split(/\r?\n/).map((l) => l.replace(/^\s*(\/\/+|\*+)?\s*/, "").trim());
  const start = lines.findIndex((l) => l !== "");
  const end = lines.findIndex((l, i) => i > start && l === "");
  return commentText(lines.slice(Math.max(start, 0), end < 0 ? undefined : end).join(" "));
};

const checkNames = (kernels: readonly Description[]): void => {
  const first = new Map<string, string>();
  for (const { name, exportName, span } of kernels) {
    const other = first.get(name);
    if (other !== undefined) fail(codes.sameKernel(span, name, other, exportName));
    first.set(name, exportName);
  }
};
