// What stands after a command's flags, as values. Mistakes are usage errors; knows no command.

import type { ArchName } from "../arch/arch.ts";
import { archNames, isArchName } from "../arch/archs.ts";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";

const usage = (message: string): never => fail(codes.usage(undefined, message));

/** `B=1,Sq=128` as pairs; what a name may look like is the receiver's business. */
export const pairs = (flag: string, text: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  for (const part of text.split(",").filter((p) => p.trim() !== "")) {
    const [name = "", value = "", ...rest] = part.split("=").map((p) => p.trim());
    if (name === "" || value === "" || rest.length > 0)
      usage(`${flag} wants NAME=VALUE pairs joined by commas, and has "${part}"`);
    if (found.has(name)) usage(`${flag} gives ${name} twice`);
    found.set(name, value);
  }
  return found;
};

/** `--set D=64 --set T=bf16` or `--set D=64,T=bf16`. */
export const settings = (texts: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(pairs("--set", texts.join(",")));

export const numbers = (flag: string, text: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...pairs(flag, text)].map(([name, value]) => [name, number(`${flag} ${name}`, value)]),
  );

export const number = (flag: string, text: string): number => {
  const value = Number(text);
  return Number.isFinite(value) && text.trim() !== ""
    ? value
    : usage(`${flag} wants a number, and has "${text}"`);
};

export const naturalNumber = (flag: string, text: string): number => {
  const value = number(flag, text);
  return Number.isSafeInteger(value) && value >= 0
    ? value
    : usage(`${flag} wants a whole number that is not negative, and has "${text}"`);
};

/** `all`, which are those that can run a kernel, or names joined by commas. */
export const architectures = (text: string): readonly ArchName[] | "all" =>
  text === "all" ? text : [...new Set(text.split(",").map((t) => architecture(t.trim())))];

export const architecture = (text: string): ArchName =>
  isArchName(text)
    ? text
    : usage(`there is no architecture "${text}"; there are ${archNames.join(", ")}`);

/** One of a few words. */
export const oneOf = <T extends string>(flag: string, words: readonly T[], text: string): T =>
  words.find((word) => word === text) ??
  usage(`${flag} wants one of ${words.join(", ")}, and has "${text}"`);

export const someOf = <T extends string>(
  flag: string,
  words: readonly T[],
  text: string,
): readonly T[] => [...new Set(text.split(",").map((t) => oneOf(flag, words, t.trim())))];
