// Float constants that a reader knows by name. A value that occurs in a program is written by its name
// where it is one of these.

import type { Program } from "../tile/program.ts";
import { floatLiteral } from "./literal.ts";

interface Named {
  readonly name: string;
  readonly value: number;
  readonly meaning: string;
}

const table = (program: Program): readonly Named[] => {
  const scale = program.formulas.find((f) => f.name === "scale")?.value;
  const known: readonly Named[] = [
    { name: "LOG2E", value: Math.LOG2E, meaning: "log2 e" },
    { name: "LN2", value: Math.LN2, meaning: "natural logarithm of 2" },
  ];
  return scale?.kind === "const" && ![0, 1].includes(Math.abs(scale.value))
    ? [
        ...known,
        { name: "SCALE", value: scale.value, meaning: "of q . k" },
        { name: "SCALE_LOG2E", value: scale.value * Math.LOG2E, meaning: "scale * log2 e" },
      ]
    : known;
};

export const recognisedConstants = (program: Program): ReadonlyMap<number, string> =>
  new Map(table(program).map((c) => [Math.fround(c.value), c.name]));

export const printConstantTable = (program: Program, used: ReadonlySet<number>): string => {
  const lines = table(program)
    .filter((c) => used.has(Math.fround(c.value)))
    .map((c) => `constexpr float ${c.name} = ${floatLiteral(c.value)};  // ${c.meaning}\n`);
  return lines.length === 0 ? "" : `\n${lines.join("")}`;
};
