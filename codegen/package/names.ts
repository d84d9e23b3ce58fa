// What may be a name in Python. Names inside kernels were checked when they were captured; this guards
// the names that a package adds.

const keywords = new Set(
  `False None True and as assert async await break class continue def del elif else except finally for
   from global if import in is lambda nonlocal not or pass raise return try while with yield`
    .trim()
    .split(/\s+/),
);

export const isPythonName = (text: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(text) && !text.startsWith("__") && !keywords.has(text);

/** Text inside a docstring: one line, no escape that Python would read, nothing that ends the string. */
export const docText = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .trim();
