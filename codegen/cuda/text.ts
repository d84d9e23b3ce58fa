// Lines of C++: indentation, comments, and statements with their note. Knows no program.

import { commentText } from "../base/text.ts";

export type Lines = readonly string[];

const width = 120;

/** Text of users as one line that cannot leave its comment. */
export const comment = (text: string): string => commentText(text);

export const indent = (lines: Lines): Lines =>
  lines.map((line) => (line === "" ? "" : `  ${line}`));

/** A block after its head: `head {`, the body, `}`. */
export const braces = (head: string, body: Lines, tail = "}"): Lines => [
  head === "" ? "{" : `${head} {`,
  ...indent(body),
  tail,
];

/** Statements one after another; one under a comment of its own begins a paragraph. */
export const paragraphs = (statements: readonly Lines[]): Lines =>
  statements.flatMap((lines, i) =>
    i > 0 && lines.length > 1 && lines[0]?.startsWith("//") ? ["", ...lines] : lines,
  );

/** The note stands behind a statement of one line if there is room, else above it. */
export const withNote = (lines: Lines, note: string | undefined): Lines => {
  if (note === undefined || lines.length === 0) return lines;
  const text = `// ${comment(note)}`;
  const [only] = lines;
  if (lines.length === 1 && only !== undefined && only.length + text.length + 8 <= width)
    return [`${only}  ${text}`];
  return [text, ...lines];
};

/** Where a line without a comma may be broken, best first. */
const breaks = [" && ", " UNROLL for", " ? ", " == ", " + ", " * "] as const;

/** Breaks a long line of code behind a comma or before an `||`, else as `breaks` says; what holds comments or strings stays. */
export const wrap = (line: string): string => {
  if (line.length <= width || /\/\/|"/.test(line)) return line;
  const comma = line
    .slice(0, width + 1)
    .replace(/\(r, c\)/g, "(r; c)")
    .lastIndexOf(", ");
  const margin = /^ */.exec(line)?.[0] ?? "";
  const or = Math.max(comma, line.lastIndexOf(" || ", width));
  const at = [or, ...breaks.map((text) => line.lastIndexOf(text, width))].find(
    (place) => place > margin.length,
  );
  if (at === undefined) return line;
  const [head, rest] = [
    line.slice(0, at + (at === comma ? 1 : 0)),
    line.slice(at).replace(/^,? /, ""),
  ];
  return `${head}\n${wrap(`${margin}    ${rest}`)}`;
};
