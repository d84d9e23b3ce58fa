// Writing what was generated: all of it or nothing, never over a file that someone else wrote.
// Knows nothing of what the files mean.

import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codes } from "../base/codes.ts";
import { DiagnosticError, fail, unreachable } from "../base/diagnostic.ts";

export interface OutputFile {
  /** A plain name, without a directory. */
  readonly name: string;
  readonly data: string | Uint8Array;
}

/** Each generated kind of file begins in its own way; anything else is not ours to replace. */
const beginnings: Readonly<Record<string, RegExp>> = {
  cu: /^\/\/ .*Generated/s,
  json: /^\{[^]*"generator": "tilewright/,
  tile: /^(;[^\n]*\n|\s)*program /,
  py: /^(#|""")[^]*Generated/,
  typed: /^# Generated/,
  npy: /^\x93NUMPY/,
  svg: /^<svg [^>]*>\s*<!-- Generated/,
};

const looksOurs = (name: string, head: string): boolean =>
  beginnings[name.slice(name.lastIndexOf(".") + 1)]?.test(head) ?? false;

/** Letters, digits, `_` and `-`, and at least one ending. */
export const isPlainName = (name: string): boolean =>
  /^[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_]+)+$/.test(name);

/** Writes `files` into `directory`, making it if need be, and returns their paths. Throws DiagnosticError. */
export const writeFiles = (directory: string, files: readonly OutputFile[]): readonly string[] => {
  const moves = files.map(({ name, data }) => {
    if (!isPlainName(name)) unreachable("unsafe file name", name);
    const path = join(directory, name);
    return { path, data, temporary: join(directory, `.${name}.${process.pid}.tmp`) };
  });
  const begun: string[] = [];
  try {
    mkdirSync(directory, { recursive: true });
    for (const { path } of moves) refuseForeign(path);
    for (const { temporary, data } of moves) {
      begun.push(temporary);
      writeFileSync(temporary, data);
    }
    for (const { temporary, path } of moves) renameSync(temporary, path);
  } catch (error) {
    for (const temporary of begun) rmSync(temporary, { force: true });
    if (error instanceof DiagnosticError) throw error;
    return fail(codes.cannotWrite(undefined, directory, reason(error)));
  }
  return moves.map(({ path }) => path);
};

const refuseForeign = (path: string): void => {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return;
  if (!entry.isFile() || !looksOurs(path, readFileSync(path, "latin1").slice(0, 4096)))
    fail(codes.notOurFile(undefined, path));
};

export const reason = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/, .*$/s, "") : String(error);
