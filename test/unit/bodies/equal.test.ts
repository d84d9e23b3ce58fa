// attention(...) lowers to what an author writes by hand with onlineSoftmax: the same tile program, but for names, notes,
// places in files, and the order in which tiles are declared.

import { expect, test } from "vitest";
import { printProgram } from "../../../codegen/tile/print.ts";
import { bodyOf, compileText, only } from "./support.ts";

const byHand = (score: string, options: string): string =>
  bodyOf(`
  const qs = tile.load(q, { b, h, q: rows });
  let state = tile.emptySoftmax(rows, D);
  for (const cols of tile.columns(Skv${options})) {
    const s = tile.map(tile.qk(qs, tile.load(k, { b, hkv, kv: cols })), ${score});
    const { p, m, l, acc } = tile.onlineSoftmax(s, state);
    state = { m, l, acc: tile.pv(acc, p, tile.load(v, { b, hkv, kv: cols })) };
  }
  const { m, l, acc } = state;
  const inverse = tile.map(l, (sum) => (sum === 0 ? 0 : 1 / sum));
  tile.store(o, { b, h, q: rows }, tile.map(acc, inverse, (x, factor) => x * factor));
  const lse_row = tile.map(m, l, (m, l) => (l === 0 ? -Infinity : (m + Math.log2(l)) * ${Math.fround(Math.LN2)}));
  tile.store(lse, { b, h, q: rows }, lse_row);`);

const attention = (fields: string): string =>
  `export const byHand = attention({ inputs, outputs: { o: out.values(q), lse: out.logSumExp(outputs.lse) }, ${fields} });`;

/** The kernel alone, without notes and places; its tiles in alphabetical order. */
const kernelText = async (text: string): Promise<string> => {
  const { program } = only(await compileText(text));
  const printed = printProgram(program);
  const lines = printed
    .slice(printed.indexOf("kernel "))
    .split("\n")
    .map((line) => line.replace(/ +;.*$| @\S+$/, ""));
  const isTile = (line: string): boolean => /^ +value /.test(line);
  return [...lines.filter(isTile).toSorted(), ...lines.filter((l) => !isTile(l))].join("\n");
};

test.each([
  ["plain", "(x) => x * SCALE", "", ""],
  ["causal", "(x) => x * SCALE", ", { mask: masks.causal }", "mask: masks.causal"],
  [
    "with slopes and a window",
    "(x, { q, kv }) => x * SCALE + slopes({ h }) * (kv - q)",
    ", { mask: masks.and(masks.causal, masks.window(40)) }",
    "score: (s, { h, q, kv }, { slopes }) => s + slopes({ h }) * (kv - q), mask: masks.and(masks.causal, masks.window(40))",
  ],
  [
    "with a cap",
    "(x) => 30 * Math.tanh((x * SCALE) / 30)",
    "",
    "score: (s) => 30 * Math.tanh(s / 30)",
  ],
])("%s", async (_, score, options, fields) => {
  expect(await kernelText(byHand(score, options))).toBe(await kernelText(attention(fields)));
});

test("another score is another program", async () => {
  const found = await kernelText(byHand("(x) => x * SCALE + 1", ""));
  expect(found).not.toBe(await kernelText(attention("")));
});
