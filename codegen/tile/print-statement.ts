// Statements as lines of a `.tile` file: the syntax that the op table shows, exhaustive over it.

import type { Span } from "../base/span.ts";
import { printExpr } from "../expr/print.ts";
import type { Kernel } from "./program.ts";
import type { Find, Product, Statement, Visit } from "./statement.ts";
import type { BarrierRef, Slice, SliceIndex, TileRef } from "./statement-parts.ts";
import { bodyOf } from "./walk.ts";

export interface PrintOptions {
  /** Ends each statement with where it was written, `@file:line:column+length`. */
  readonly spans?: boolean;
}

/** A line of text, and the note that is set beside it in a column of its own. */
export interface Line {
  readonly text: string;
  readonly note?: string;
}

const noteColumn = 60;

export const render = ({ text, note }: Line): string =>
  note === undefined ? text : `${text.padEnd(noteColumn - 2)}  ; ${note}`;

export const indent = (lines: readonly Line[]): readonly Line[] =>
  lines.map((line) => (line.text === "" ? line : { ...line, text: `  ${line.text}` }));

/** A line with what stands after every statement: its place in the source if wanted, and its note. */
export const printLine = (
  text: string,
  { note, span }: { readonly note?: string; readonly span?: Span },
  options: PrintOptions = {},
): Line => ({
  text: options.spans === true && span !== undefined ? `${text} ${printSpan(span)}` : text,
  ...(note !== undefined && { note }),
});

/** Characters that would end the path early are percent-encoded. */
const path = (file: string): string => file.replace(/[\s@;%"]/g, encodeURIComponent);

export const printSpan = (s: Span): string =>
  `@${path(s.file)}:${s.line}:${s.column}+${s.length}` +
  (s.calledFrom === undefined ? "" : printSpan(s.calledFrom));

/** `kernel` tells the names of the flags that calls set. */
export const printBody = (
  body: readonly Statement[],
  kernel: Kernel,
  options: PrintOptions,
): readonly Line[] =>
  body.flatMap((s) => {
    const inner = bodyOf(s);
    const head = printHead(s, kernel);
    if (inner === undefined) return [printLine(head, s, options)];
    const lines = indent(printBody(inner, kernel, options));
    return [printLine(`${head} {`, s, options), ...lines, { text: "}" }];
  });

const printHead = (s: Statement, kernel: Kernel): string => {
  switch (s.kind) {
    case "let":
      return `let ${s.name}: ${s.type} = ${printExpr(s.value)}`;
    case "for":
      return `for ${s.name} = ${printExpr(s.from)} to ${printExpr(s.to)}`;
    case "find":
      return `find ${s.name} = ${printSearch(s)}`;
    case "visit":
      return `visit ${s.name} at ${s.here}, ${s.next} = ${printSearch(s)}`;
    case "columns": {
      const where = s.where === undefined ? "" : ` where ${printExpr(s.where)}`;
      const part = s.part ? ` part ${printExpr(s.part.index)} of ${printExpr(s.part.of)}` : "";
      return `columns ${s.axis} from ${s.origin}${part}${where}`;
    }
    case "if":
    case "if_any":
      return `${s.kind} ${printExpr(s.condition)}`;
    case "call": {
      const names = kernel.steps.find((step) => step.name === s.step)?.flags ?? [];
      const set = s.flags.flatMap((on, i) => (on ? [names[i] ?? `flag_${i}`] : []));
      const flags = set.length === 0 ? "" : ` with ${set.join(", ")}`;
      return `call ${s.step}(${s.args.map(printExpr).join(", ")})${flags}`;
    }
    case "load":
      return `load ${s.to} <- ${printSlice(s.from)}`;
    case "store":
      return `store ${printSlice(s.to)} <- ${printRef(s.from)}`;
    case "fill":
    case "map":
    case "absent":
      return `${s.kind} ${s.to} = ${printExpr(s.value)}`;
    case "product":
      return printProduct(s);
    case "quarantine":
      return `quarantine ${s.to} += ${printRef(s.a)}, ${printRef(s.b)}`;
    case "await_products":
      return `await_products ${s.pending} for ${s.ready.join(", ")}`;
    case "reduce":
      return `reduce ${s.to} = ${s.op} ${s.accumulate ? `${s.to}, ` : ""}${s.from}`;
    case "online_softmax": {
      const into = [s.weights, s.m, s.l, s.acc].join(", ");
      return `online_softmax ${s.scores} by ${printExpr(s.factor)} into ${into}`;
    }
    case "copy":
      return `copy ${printRef(s.to)} <- ${printSlice(s.from)} guard ${printExpr(s.guard)}`;
    case "bulk_copy":
      return `bulk ${printRef(s.to)} <- ${printSlice(s.from)} to ${printPhase(s.barrier)}`;
    case "fetch":
      return `fetch ${s.to} <- ${printSlice(s.from)} guard ${printExpr(s.guard)}`;
    case "take_turn":
    case "pass_turn":
    case "order_copies":
    case "commit":
    case "barrier":
    case "sync_warp":
    case "init_barriers":
      return s.kind;
    case "wait":
      return `wait ${s.pending}`;
    case "arrive":
      return `arrive ${printPhase(s.barrier)} after ${s.after}`;
    case "await":
      return `await ${printPhase(s.barrier)} parity ${printExpr(s.parity)}`;
    case "get":
      return `get ${s.to} <- ${printRef(s.from)}`;
    case "put":
    case "deposit":
      return `${s.kind} ${printRef(s.to)} <- ${s.from}`;
  }
};

const printProduct = ({ form, to, a, b, skipZeros, issued }: Product): string => {
  const head = `${issued ? "issue " : ""}${form} ${to} ${form === "pv" ? "+=" : "="}`;
  return `${head} ${printRef(a)}, ${printRef(b)}${skipZeros ? " skip_zeros" : ""}`;
};

const printSearch = ({ from, to, unless }: Find | Visit): string =>
  `${printExpr(from)} to ${printExpr(to)} unless ${printExpr(unless)}`;

const printRef = (r: TileRef): string =>
  r.stage === undefined ? r.tile : `${r.tile}[${printExpr(r.stage)}]`;

const printPhase = (b: BarrierRef): string => `${b.barrier}[${printExpr(b.stage)}]`;

const printSlice = (s: Slice): string => `${s.tensor}[${s.index.map(printIndex).join(", ")}]`;

const printIndex = (i: SliceIndex): string => {
  switch (i.kind) {
    case "point":
      return printExpr(i.at);
    case "tile":
      return `${printExpr(i.origin)} : ${i.axis}`;
    case "all":
      return ":";
  }
};
