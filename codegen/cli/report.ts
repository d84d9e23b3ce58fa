// How every command ends: one JSON document or lines for people, and the exit code. Knows no command.

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Diagnostic, DiagnosticError } from "../base/diagnostic.ts";
import { showDiagnostic } from "../base/frame.ts";
import { version } from "../base/version.ts";

/** What a command found: `results` for machines, `lines` for people. */
export interface Report {
  readonly results: readonly object[];
  readonly lines: readonly string[];
  readonly diagnostics?: readonly Diagnostic[];
}

export interface Output {
  readonly json: boolean;
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

/** 0 done, 1 the kernel or a check is wrong, 2 usage, 3 a tool outside failed, 70 a bug of ours. */
export type ExitCode = 0 | 1 | 2 | 3 | 70;

/** Runs a command and prints what came of it; never throws. */
export const finish = async (command: () => Promise<Report>, output: Output): Promise<ExitCode> => {
  try {
    const report = await command();
    print(report, output);
    return exitCode(report.diagnostics ?? []);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) return printBug(error, output);
    print({ results: [], lines: [], diagnostics: error.diagnostics }, output);
    return exitCode(error.diagnostics);
  }
};

/** The section of the catalogue says whose fault it is. */
const exitCode = (diagnostics: readonly Diagnostic[]): ExitCode => {
  if (diagnostics.length === 0) return 0;
  if (diagnostics.some((d) => d.code.startsWith("A62"))) return 2;
  return diagnostics.every((d) => d.code.startsWith("A63")) ? 3 : 1;
};

const print = (report: Report, { json, out, error }: Output): void => {
  const diagnostics = report.diagnostics ?? [];
  if (json) {
    out(document(diagnostics.length === 0, diagnostics.map(flat), report.results));
    return;
  }
  if (report.lines.length > 0) out(report.lines.join("\n"));
  for (const d of diagnostics) error(showDiagnostic(d, lineOf));
};

const document = (
  ok: boolean,
  diagnostics: readonly object[],
  results: readonly object[],
): string => JSON.stringify({ ok, diagnostics, results }, null, 2);

const flat = ({ code, message, remedy, span }: Diagnostic): object => ({
  code,
  message,
  ...(span && { file: span.file, line: span.line, column: span.column }),
  remedy,
});

const lineOf = (file: string, line: number): string | undefined => {
  try {
    return readFileSync(file, "utf8").split(/\r?\n/)[line - 1];
  } catch {
    return undefined;
  }
};

const printBug = async (error: unknown, output: Output): Promise<ExitCode> => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const reproducer = await writeReproducer(error, text);
  const message = `this is a bug of Tilewright ${version}, not of your kernel`;
  const remedy = `open an issue with ${reproducer} attached: it holds the command, the fault and the program`;
  if (output.json)
    output.out(document(false, [{ code: "bug", message: `${message}: ${text}`, remedy }], []));
  else output.error(`${text}\n\n${message}; please ${remedy}.`);
  return 70;
};

/** The command and the fault as comments, then the last program there was. */
const writeReproducer = async (error: unknown, text: string): Promise<string> => {
  const command = process.argv
    .slice(2)
    .map((a) => JSON.stringify(a))
    .join(" ");
  const header = `tilewright ${version}, node ${process.version}: ${command}\n${text}`;
  const comment = header
    .split("\n")
    .map((line) => `; ${line}`)
    .join("\n");
  const path = join(mkdtempSync(join(tmpdir(), "tilewright-")), "reproducer.tile");
  writeFileSync(path, `${comment}\n${await printedProgram(error)}`);
  return path;
};

/** Loads the compiler only here: most commands end without a bug, and some never needed it. */
const printedProgram = async (error: unknown): Promise<string> => {
  const { CompilerBug } = await import("../compile.ts");
  if (!(error instanceof CompilerBug) || error.program === undefined) return "";
  const { printProgram } = await import("../tile/print.ts");
  return printProgram(error.program);
};
