// Helpers for tests of tile programs.

import type { Program } from "../../../codegen/tile/program.ts";

/** The program without where it was written; formulas keep their spans, which the text holds. */
export const withoutSpans = (p: Program): Program => {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).filter(([key]) => key !== "span");
    return Object.fromEntries(entries.map(([key, inner]) => [key, strip(inner)]));
  };
  const stripped = strip(p) as Program;
  const formulas = stripped.formulas.map((f, i) => {
    const span = p.formulas[i]?.span;
    return { ...f, ...(span && { span }) };
  });
  return { ...stripped, formulas };
};
