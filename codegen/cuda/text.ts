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

/** The note stands behind a statement of one line if there is room, else above it. */
export const withNote = (lines: Lines, note: string | undefined): Lines => {
  if (note === undefined || lines.length === 0) return lines;
  const text = `// ${comment(note)}`;
  const [only] = lines;
  if (lines.length === 1 && only !== undefined && only.length + text.length + 8 <= width)
    return [`${only}  ${text}`];
  return [text, ...lines];
};

/** Breaks a long line of code behind a comma; comments, macros and strings stay as they are. */
export const wrap = (line: string): string => {
  if (line.length <= width || /^\s*(\/\/|#)/.test(line) || /\/\/|"/.test(line)) return line;
  const at = line.lastIndexOf(", ", width - 1);
  const margin = /^ */.exec(line)?.[0] ?? "";
  if (at <= margin.length) return line;
  return `${line.slice(0, at + 1)}\n${wrap(`${margin}    ${line.slice(at + 2)}`)}`;
};
