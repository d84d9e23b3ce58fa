// Numbers and strings as C++ source. Knows no expressions.

/** The shortest decimal that rounds to this f32. */
const shortest = (x: number): string => {
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(x.toPrecision(digits)));
    if (Math.fround(Number(text)) === x) return text;
  }
  return String(Number(x.toPrecision(9)));
};

/** A finite f32 constant. */
export const floatLiteral = (value: number): string => {
  const x = Math.fround(value);
  if (Object.is(x, -0)) return "-0.0f";
  const text = shortest(x).replace("e+", "e");
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
};

export const intLiteral = (value: number): string =>
  value === -(2 ** 31) ? "(-2147483647 - 1)" : String(value);

/** Written from the exact integer: a double's own decimal form may use an exponent. */
export const longLiteral = (value: number): string =>
  value <= -(2 ** 63) ? "(-9223372036854775807ll - 1)" : `${BigInt(value)}ll`;

export const stringLiteral = (text: string): string =>
  `"${[...text]
    .map((c) =>
      /[\x20-\x7e]/.test(c) ? (c === '"' || c === "\\" || c === "?" ? `\\${c}` : c) : "?",
    )
    .join("")}"`;
