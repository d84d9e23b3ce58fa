// Syntax errors in words: what could have stood here, and what stands there.

import { EOF, type IParserErrorMessageProvider, type IToken, type TokenType } from "chevrotain";

const label = (token: TokenType): string => token.LABEL ?? token.name;
const found = (token: IToken): string =>
  token.tokenType === EOF ? "the end of the text" : `'${token.image}'`;

/** More than these are not listed one by one. */
const most = 8;

const anyOf = (paths: readonly (readonly TokenType[])[]): string => {
  const labels = [...new Set(paths.flatMap((path) => path.slice(0, 1).map(label)))];
  if (labels.length <= most) return labels.join(", ").replace(/, ([^,]*)$/, " or $1");
  return labels.every((l) => /^'\w+'$/.test(l))
    ? `one of the words ${labels.map((l) => l.slice(1, -1)).join(" ")}`
    : `${labels.slice(0, most).join(", ")} ...`;
};

const isOperand = (rule: string): boolean => ["prefix", "primary", "named"].includes(rule);

export const messages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, actual }) =>
    `expected ${label(expected)}, found ${found(actual)}`,
  buildNotAllInputParsedMessage: ({ firstRedundant }) =>
    `nothing may follow here, found ${found(firstRedundant)}`,
  buildNoViableAltMessage: ({ expectedPathsPerAlt, actual, ruleName }) => {
    const expected = isOperand(ruleName) ? "a value" : anyOf(expectedPathsPerAlt.flat());
    return `expected ${expected}, found ${actual[0] ? found(actual[0]) : "nothing"}`;
  },
  buildEarlyExitMessage: ({ expectedIterationPaths, actual, ruleName }) => {
    const expected = ruleName === "expressions" ? "a value" : anyOf(expectedIterationPaths);
    return `expected ${expected}, found ${actual[0] ? found(actual[0]) : "nothing"}`;
  },
};
