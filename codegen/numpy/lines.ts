// Lines of Python with their indentation. Knows no Python but "#" and "pass".

import { plain } from "./names.ts";

const MAX_COLUMNS = 100;

export class Lines {
  private readonly lines: string[] = [];
  private depth = 0;

  add(...lines: readonly string[]): void {
    for (const line of lines) this.lines.push(line === "" ? "" : "    ".repeat(this.depth) + line);
  }

  /** A statement with its note: beside it where that fits, else above. */
  noted(line: string, note: string | undefined): void {
    const text = plain(note ?? "");
    const beside = `${line}  # ${text}`;
    if (text === "") return this.add(line);
    if (4 * this.depth + beside.length <= MAX_COLUMNS) return this.add(beside);
    this.add(`# ${text}`, line);
  }

  /** Free text as a comment on its own line. */
  comment(text: string | undefined): void {
    if (text !== undefined && plain(text) !== "") this.add(`# ${plain(text)}`);
  }

  /** A header and what it governs; a body without statements becomes `pass`. */
  block(header: string, body: () => void, note?: string): void {
    if (!this.optionalBlock(header, body, note)) this.add(header, "    pass");
  }

  /** The same, left out where nothing is governed; tells whether it stands there. */
  optionalBlock(header: string, body: () => void, note?: string): boolean {
    const before = this.lines.length;
    this.noted(header, note);
    const first = this.lines.length;
    this.depth++;
    body();
    this.depth--;
    const empty = this.lines.slice(first).every((l) => /^\s*(#|$)/.test(l));
    if (empty) this.lines.length = before;
    return !empty;
  }

  toString(): string {
    return `${this.lines.join("\n")}\n`;
  }
}
