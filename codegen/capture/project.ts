// Kernel files and what they import, read, parsed and type-checked. TypeScript sees a file system in memory
// that holds these files, its own library and the DSL: nothing else on the disk is ever read.

import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { Project, type SourceFile, ts } from "ts-morph";
import { codes } from "../base/codes.ts";
import { fail, unreachable } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";

/** The folder of the DSL's sources, beside this package's code or above its compiled form. */
const findDsl = (folder: string): string => {
  const candidate = join(folder, "dsl");
  if (existsSync(join(candidate, "index.ts"))) return candidate;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("tilewright bug: the DSL's sources are missing");
  return findDsl(parent);
};
export const dslFolder = realpathSync(findDsl(dirname(fileURLToPath(import.meta.url))));

const dslIndex = join(dslFolder, "index.ts");

export const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es5.d.ts", "lib.es2015.core.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  allowImportingTsExtensions: true,
  isolatedModules: true,
  noErrorTruncation: true, // a sentence of the DSL's types stays whole; diagnose.ts shortens the rest
  skipLibCheck: true,
  noEmit: true,
  paths: { "tilewright/dsl": [dslIndex] },
};

const maxBytes = 1 << 20;
const maxFiles = 100;

/** One capture's files. */
export interface Sources {
  readonly entry: ts.SourceFile;
  /** The author's files. */
  readonly files: readonly ts.SourceFile[];
  readonly program: ts.Program;
  /** The file behind an import of a file, unless it is none that may be read. */
  readonly imported: (specifier: string, from: ts.SourceFile) => ts.SourceFile | undefined;
  readonly span: (node: ts.Node) => Span;
  readonly spanAt: (file: ts.SourceFile, start: number, end: number) => Span;
  /** The kernel file's path as messages show it. */
  readonly shown: string;
}

/** Kept between captures: the library and the DSL are parsed once, the author's files every time. */
let shared: Project | undefined;

const project = (): Project => {
  if (shared) {
    for (const file of shared.getSourceFiles())
      if (!inDsl(file.compilerNode.fileName)) shared.removeSourceFile(file);
  } else {
    shared = new Project({
      useInMemoryFileSystem: true,
      skipFileDependencyResolution: true,
      compilerOptions,
    });
    addDsl(shared, dslIndex);
  }
  return shared;
};

/** After a fault inside TypeScript nothing is known of its state. */
export const forgetProject = (): void => {
  shared = undefined;
};

const addDsl = (into: Project, path: string): void => {
  if (into.getSourceFile(path)) return;
  const file = into.createSourceFile(path, readFileSync(path, "utf8"));
  for (const specifier of specifiers(file.compilerNode)) addDsl(into, join(dslFolder, specifier));
};

const specifiers = (file: ts.SourceFile): readonly string[] =>
  file.statements.flatMap((s) =>
    (ts.isImportDeclaration(s) || ts.isExportDeclaration(s)) &&
    s.moduleSpecifier &&
    ts.isStringLiteral(s.moduleSpecifier)
      ? [s.moduleSpecifier.text]
      : [],
  );

/**
 * Reads a kernel file and what it imports from inside the root. Without a root that is the working directory,
 * or the file's own folder where it lies elsewhere.
 */
export const loadSources = (file: string, root?: string): Sources => {
  const here = realpathSync(root ?? process.cwd());
  const wanted = resolve(here, file);
  const base = root !== undefined || isInside(real(wanted), here) ? here : dirname(real(wanted));
  const into = project();
  const path = authorFile(wanted, base, undefined);
  const files = readFiles(path, base, into);
  const program = into.getProgram().compilerObject;
  const spanAt: Sources["spanAt"] = (f, start, end) => spanIn(f, start, end, here);
  return {
    entry: program.getSourceFile(path) ?? unreachable("the kernel file was not loaded"),
    files: files.map((f) => f.compilerNode),
    program,
    imported: (specifier, from) => {
      const target = locate(specifier, from.fileName);
      return target === undefined ? undefined : program.getSourceFile(target);
    },
    span: spans(spanAt),
    spanAt,
    shown: shownPath(path, here),
  };
};

/** A file and all that it imports, directly or not. */
const readFiles = (path: string, base: string, into: Project): readonly SourceFile[] => {
  const found = new Map<string, SourceFile>();
  const pending = [path];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (found.has(next)) continue;
    if (found.size === maxFiles)
      fail(codes.outsideProject(undefined, next, "there are too many files"));
    const source = into.createSourceFile(next, readFileSync(next, "utf8"), { overwrite: true });
    found.set(next, source);
    for (const specifier of specifiers(source.compilerNode)) {
      const target = locate(specifier, next);
      if (target !== undefined && !inDsl(target))
        pending.push(authorFile(target, base, relative(base, next)));
    }
  }
  return [...found.values()];
};

export const inDsl = (path: string): boolean => dirname(path) === dslFolder;

/** Relative imports as TypeScript resolves them, without looking anywhere else. */
const locate = (specifier: string, from: string): string | undefined => {
  if (specifier === "tilewright/dsl") return dslIndex;
  if (!specifier.startsWith(".")) return undefined;
  const path = resolve(dirname(from), specifier);
  const candidates = [path, `${path}.ts`, path.replace(/\.js$/, ".ts")];
  return candidates.find((c) => c.endsWith(".ts") && existsSync(c));
};

const real = (path: string): string =>
  existsSync(path)
    ? realpathSync(path)
    : fail(codes.cannotRead(undefined, path, "it does not exist"));

const isInside = (path: string, folder: string): boolean =>
  path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** The real path of a file that may be read. */
const authorFile = (path: string, base: string, importer: string | undefined): string => {
  const shown = importer === undefined ? path : `${basename(path)}, imported by ${importer},`;
  const refuse = (why: string): never => fail(codes.outsideProject(undefined, shown, why));
  const target = real(path);
  if (!target.endsWith(".ts")) return refuse("it is not a .ts file");
  if (!isInside(target, base)) return refuse(`it lies outside the project ${base}`);
  const stat = statSync(target);
  if (!stat.isFile()) return refuse("it is not a file");
  return stat.size > maxBytes ? refuse("it is larger than 1 MB") : target;
};

/** A file may make the evaluator meet a node many times: each is looked up once. */
const spans = (spanAt: Sources["spanAt"]): ((node: ts.Node) => Span) => {
  const known = new WeakMap<ts.Node, Span>();
  return (node) => {
    const found = known.get(node);
    if (found) return found;
    const file = node.getSourceFile();
    const span = spanAt(file, node.getStart(file), node.getEnd());
    known.set(node, span);
    return span;
  };
};

const maxLength = 500;

/** The part of a range on its first line. */
const spanIn = (file: ts.SourceFile, start: number, end: number, base: string): Span => {
  const { line, character } = ts.getLineAndCharacterOfPosition(file, start);
  const text = file.text.slice(start, Math.min(end, start + maxLength));
  const lineEnd = text.search(/[\r\n]/);
  return {
    file: shownPath(file.fileName, base),
    line: line + 1,
    column: character + 1,
    length: Math.max(1, lineEnd < 0 ? text.length : lineEnd),
  };
};

/** Relative to the project; the DSL's files as `dsl/...`, wherever they are installed. */
const shownPath = (path: string, base: string): string =>
  inDsl(path) ? `dsl/${basename(path)}` : relative(base, path).split(sep).join("/");
