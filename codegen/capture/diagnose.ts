// What TypeScript says of a file, in our words: the first errors are the author's to mend, and end the
// capture. A sentence that the DSL's types carry (`Problem<"...">`) is the message itself.

import { ts } from "ts-morph";
import { codes } from "../base/codes.ts";
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import type { Sources } from "./project.ts";
import { nestingRefusal } from "./refusals.ts";

const maxSeconds = 10;

/** Errors of all the author's files: of syntax if there are any, then of nesting, else of types. */
export const typeScriptErrors = (sources: Sources, seconds = maxSeconds): readonly Diagnostic[] => {
  const { program, files } = sources;
  const parsed = files.flatMap((f) => program.getSyntacticDiagnostics(f));
  if (parsed.length > 0) return parsed.map((d) => codes.parseError(place(d, sources), text(d)));
  const deep = files.flatMap((f) => nestingRefusal(f, sources.span) ?? []);
  if (deep.length > 0) return deep;
  const token = deadline(seconds);
  try {
    return files
      .flatMap((f) => program.getSemanticDiagnostics(f, token))
      .filter((d) => d.category === ts.DiagnosticCategory.Error)
      .map((d) => converted(d, sources));
  } catch (error) {
    if (!(error instanceof ts.OperationCanceledException)) throw error;
    return [codes.checkTooLong(sources.span(sources.entry), seconds)];
  }
};

const deadline = (seconds: number): ts.CancellationToken => {
  const end = performance.now() + seconds * 1000;
  const isCancellationRequested = (): boolean => performance.now() > end;
  return {
    isCancellationRequested,
    throwIfCancellationRequested: () => {
      if (isCancellationRequested()) throw new ts.OperationCanceledException();
    },
  };
};

const converted = (d: ts.Diagnostic, sources: Sources): Diagnostic => {
  const span = place(d, sources);
  const message = text(d);
  const problem = /Problem<"((?:[^"\\]|\\.)*)"/.exec(message);
  if (problem?.[1] !== undefined) return codes.misdeclared(span, problem[1]);
  const specifier = specifierAt(d);
  if (specifier !== undefined) return codes.noModule(span, specifier);
  return codes.typeError(span, brief(message), d.code);
};

/** The name of a module, if that is what the error marks: TypeScript words it in many ways. */
const specifierAt = (d: ts.Diagnostic): string | undefined =>
  d.file?.statements
    .flatMap((s) =>
      (ts.isImportDeclaration(s) || ts.isExportDeclaration(s)) && s.moduleSpecifier
        ? [s.moduleSpecifier]
        : [],
    )
    .find((m): m is ts.StringLiteral => ts.isStringLiteral(m) && m.getStart(d.file) === d.start)
    ?.text;

const text = (d: ts.Diagnostic): string => ts.flattenDiagnosticMessageText(d.messageText, "\n");

/** The chain of causes on one line, with the insides of long types left out. */
const brief = (message: string): string =>
  message
    .split("\n")
    .map((line) => withoutInsides(line.trim()).replace(/\.$/, ""))
    .join("; ");

/** `Views<{ readonly q: Tensor<...>; ... }>` becomes `Views<...>`. */
const withoutInsides = (line: string): string => {
  if (line.length <= 160) return line;
  const shorter = line.replace(/<[^<>]{12,}>/g, "<...>").replace(/\{[^{}]{24,}\}/g, "{...}");
  return shorter === line ? line : withoutInsides(shorter);
};

const place = (d: ts.Diagnostic, sources: Sources): Span | undefined =>
  d.file && d.start !== undefined
    ? sources.spanAt(d.file, d.start, d.start + (d.length ?? 1))
    : undefined;
