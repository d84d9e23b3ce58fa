// Kernel files made of text, for tests of capture.

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { type Diagnostic, DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { captureFile } from "../../../codegen/capture/capture.ts";
import type { AttentionDescription, Description } from "../../../codegen/spec/description.ts";

/** A project in a folder of its own; returns the folder. */
export const project = (files: Readonly<Record<string, string>>): string => {
  const root = mkdtempSync(join(tmpdir(), "capture-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
};

export type Set = Readonly<Record<string, string>>;

/** Those that `attention` describes. */
export const attentions = (all: readonly Description[]): readonly AttentionDescription[] =>
  all.filter((d) => d.kind === "attention");

/** Captures what `attention` describes in `kernel.ts` of a project that holds this text and other files. */
export const captureText = (
  text: string,
  set: Set = {},
  others: Readonly<Record<string, string>> = {},
): readonly AttentionDescription[] =>
  attentions(captureFile("kernel.ts", { root: project({ ...others, "kernel.ts": text }), set }));

export const diagnosticsOf = (run: () => unknown): readonly Diagnostic[] => {
  try {
    run();
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics;
    throw error;
  }
  return [];
};

/** What most kernels of the tests share; one line, so that a test's own text begins on line 2. */
export const header =
  'import { attention, bf16, dims, f16, f32, i32, masks, math, out, param, scalar, scores } from "tilewright/dsl"; ' +
  'const { B, Sq, Skv, Hkv, G } = dims("B", "Sq", "Skv", "Hkv", "G"); const Hq = G.times(Hkv); ' +
  "const q = f16({ b: B, q: Sq, h: Hq, d: 64 }); const k = f16({ b: B, kv: Skv, hkv: Hkv, d: 64 }); const v = k; " +
  "const o = out.values(f16({ b: B, q: Sq, h: Hq, d: 64 })); const inputs = { q, k, v }; const outputs = { o };\n";

/** A kernel with these further fields. */
export const kernel = (fields: string, name = "kernelOne"): string =>
  `export const ${name} = attention({ inputs, outputs, ${fields} });`;

/** A diagnostic, and what provokes it. */
export interface Case {
  readonly code: string;
  /** Follows the header on line 2; the place that is marked stands between « and ». */
  readonly text: string;
  readonly message: string;
  readonly set?: Set;
}

const marked = (text: string): { text: string; column: number; length: number } | undefined => {
  const from = text.indexOf("«");
  if (from < 0) return undefined;
  const to = text.indexOf("»");
  return {
    text: text.slice(0, from) + text.slice(from + 1, to) + text.slice(to + 1),
    column: from + 1,
    length: to - from - 1,
  };
};

/** The first diagnostic has this code and message, and marks exactly this place. */
export const expectCase = ({ code, text, message, set }: Case): void => {
  const mark = marked(text);
  const [first] = diagnosticsOf(() => captureText(header + (mark?.text ?? text), set));
  expect(first, text).toBeDefined();
  expect(`${first?.code}: ${first?.message}`).toBe(`${code}: ${message}`);
  expect(first?.remedy.length).toBeGreaterThan(3);
  if (!mark) return;
  const { column, length } = mark;
  expect(first?.span).toMatchObject({ file: "kernel.ts", line: 2, column, length });
};
