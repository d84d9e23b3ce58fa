// A2: what a kernel file may not contain.

import { entry } from "./entry.ts";

export const captureCodes = {
  parseError: entry("A2001", (text: string) => ({
    message: `this is not TypeScript: ${text}`,
    remedy: "correct the syntax",
  })),
  typeError: entry("A2002", (text: string, number: number) => ({
    message: text,
    remedy: `correct the types; TypeScript reports this as TS${number}`,
  })),
  notAccepted: entry("A2003", (what: string, instead: string) => ({
    message: `${what} cannot stand in a kernel file`,
    remedy: instead,
  })),
  misdeclared: entry("A2004", (problem: string) => ({
    message: problem,
    remedy:
      "change the tensor or function that is marked; docs/writing-kernels.md lists axes and dtypes",
  })),
  noModule: entry("A2005", (specifier: string) => ({
    message: `${JSON.stringify(specifier)} cannot be imported by a kernel file`,
    remedy: 'import "tilewright/dsl", or .ts files of the project by their relative path',
  })),
  unknownIdentifier: entry("A2006", (name: string) => ({
    message: `${name} has no meaning in a kernel file`,
    remedy:
      "use constants, functions and imports of the file, Math, and what tilewright/dsl exports",
  })),
  integerDivision: entry("A2007", () => ({
    message: "both operands of '/' are i32, so TypeScript and CUDA would disagree",
    remedy: "use math.idiv(a, b) or Math.floor(a / b) for integer division, or math.float(a) / b",
  })),
  usedTooEarly: entry("A2008", (name: string) => ({
    message: `the value of ${name} depends on itself`,
    remedy: "define it above its use, without a cycle between constants or files",
  })),
  looseEquality: entry("A2009", (operator: string) => ({
    message: `${operator} converts its operands before it compares them`,
    remedy: `write ${operator}=`,
  })),
  wrongOperand: entry("A2010", (operation: string, found: string, wanted: string) => ({
    message: `${operation} cannot use ${found}`,
    remedy: `give it ${wanted}`,
  })),
  armsDiffer: entry("A2011", (a: string, b: string) => ({
    message: `which arm of ?: is taken is known only in the kernel, and the arms are ${a} and ${b}`,
    remedy: "both arms must be numbers, or both truth values",
  })),
  noProperty: entry("A2012", (of: string, name: string) => ({
    message: `${of} has no ${name} that a kernel file can use`,
    remedy: "docs/writing-kernels.md lists what is there",
  })),
  wrongArguments: entry("A2013", (of: string, found: string, wanted: string) => ({
    message: `${of} is called with ${found}`,
    remedy: `call it with ${wanted}`,
  })),
  wrongIndex: entry("A2014", (tensor: string, found: string, wanted: string) => ({
    message: `${tensor} is read at ${found}`,
    remedy: wanted,
  })),
  nestedTooDeep: entry("A2015", (limit: number) => ({
    message: `this is nested more than ${limit} levels deep`,
    remedy: "name parts of it with const; a function cannot call itself",
  })),
  tooManySteps: entry("A2016", (limit: number) => ({
    message: `evaluating the kernel file takes more than ${limit} steps`,
    remedy: "simplify it: constants and functions are worked out when the kernel is compiled",
  })),
  formulaTooLarge: entry("A2017", (limit: number) => ({
    message: `this formula has more than ${limit} operations once every function is expanded`,
    remedy: "simplify it: every use of a const counts all of its operations again",
  })),
  outsideProject: entry("A2018", (file: string, why: string) => ({
    message: `${file} is not read: ${why}`,
    remedy: "kernel files, and what they import, are .ts files of at most 1 MB inside the project",
  })),
  notInBody: entry("A2020", (what: string) => ({
    message: `${what} cannot stand in the body of a kernel`,
    remedy:
      "a body has const, let, x = ..., tile.store(...), and for (const cols of tile.columns(...)) { ... }",
  })),
  outsideBody: entry("A2021", (what: string) => ({
    message: `${what} is called outside the body of a kernel`,
    remedy: "call it in body({ ... }) { ... }, or in a function that the body calls",
  })),
  carriedValue: entry("A2022", (name: string, found: string) => ({
    message: `the loop assigns ${name}, which is ${found}`,
    remedy: "a loop carries tiles, row vectors, and objects of them from one step to the next",
  })),
  carriedShape: entry("A2023", (name: string, before: string, after: string) => ({
    message: `${name} is ${before} before the loop, and ${after} after a step of it`,
    remedy: "a loop that assigns a tile keeps its rows, columns and dtype",
  })),
  endsWithLoop: entry("A2024", (name: string) => ({
    message: `${name} takes a tile of the loop's keys out of the loop`,
    remedy:
      "tiles with columns of keys end with the step that made them: reduce them to rows, or add their product up",
  })),
  nestedLoop: entry("A2025", () => ({
    message: "this loop over keys stands in another",
    remedy: "loops over keys stand one after the other in a body",
  })),
  wrongTile: entry("A2026", (operation: string, found: string, wanted: string) => ({
    message: `${operation} is given ${found}`,
    remedy: `it takes ${wanted}`,
  })),
  checkTooLong: entry("A2019", (seconds: number) => ({
    message: `TypeScript needs more than ${seconds} seconds to check the types of this file`,
    remedy: "simplify its types",
  })),
} as const;
