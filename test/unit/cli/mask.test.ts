// `tilewright mask`: what its picture says, that nothing of an author's text becomes markup, and what it refuses.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeNpy } from "../../../codegen/cli/npy.ts";
import { kernelFile, run, runJson, scratch } from "./cli.ts";

const file = kernelFile();

const draw = async (...args: readonly string[]) => {
  const out = join(scratch(), "picture.svg");
  const { exit, document } = await runJson("mask", ...args, "--out", out);
  expect(document.diagnostics).toEqual([]);
  expect(exit).toBe(0);
  return { svg: readFileSync(out, "utf8"), result: document.results[0]! };
};

test("the picture of a causal mask: tiles, elements and what they come to", async () => {
  const { svg, result } = await draw(file, "--dims", "Sq=200,Skv=300", "--arch", "sm_90");
  const { tile, tiles, elements } = result as {
    tile: { q: number; kv: number };
    tiles: Record<"full" | "partial" | "skipped", number>;
    elements: { seen: number; all: number };
  };
  const counts = { full: 0, partial: 0, skipped: 0 };
  let seen = 0;
  for (let q0 = 0; q0 < 200; q0 += tile.q)
    for (let kv0 = 0; kv0 < 300; kv0 += tile.kv) {
      let here = 0;
      for (let q = q0; q < Math.min(q0 + tile.q, 200); q++)
        here += Math.max(0, Math.min(kv0 + tile.kv, 300, q + 101) - kv0);
      const all = Math.min(tile.q, 200 - q0) * tile.kv;
      counts[here === 0 ? "skipped" : here === all ? "full" : "partial"]++;
      seen += here;
    }
  expect(tiles).toEqual(counts);
  expect(elements).toEqual({ seen, all: 60_000 });
  for (const [state, n] of Object.entries(counts)) expect(svg).toContain(`${state}: ${n} tiles`);
  expect(svg).toContain("<title>Mask of tiny</title>");
  expect(svg).toContain(`kv: keys, Skv of them, in tiles of ${tile.kv}`);
  expect(svg).toContain(`q: queries, Sq of them, in tiles of ${tile.q}`);
  expect(svg).toContain("they are drawn darker");
  expect(svg).toContain("no tile is visited in vain");
  expect(wellFormed(svg)).toBe(true);
});

/** Every tag that opens closes, and text holds no bare markup. */
const wellFormed = (svg: string): boolean => {
  const open: string[] = [];
  for (const [, comment, close, name, , self] of svg.matchAll(
    /<(?:(!--[^]*?--)|(\/?)([a-zA-Z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?))>/g,
  )) {
    if (comment !== undefined || self === "/") continue;
    if (close === "") open.push(name!);
    else if (open.pop() !== name) return false;
  }
  const text = svg.replace(/<(!--[^]*?--|\/?[a-zA-Z]+(?:\s+[\w:-]+="[^"<]*")*\s*\/?)>/g, "");
  return open.length === 0 && !/[<>]|&(?!(amp|lt|gt|quot|#39);)/.test(text);
};

test("a mask as text needs no file, and its text stays text", async () => {
  const text = "kv <= q && q - kv < 40";
  const { svg, result } = await draw("--mask", text, "--dims", "Sq=300,Skv=300");
  expect(result["mask"]).toBe(text);
  expect(svg).toContain("kv &lt;= q &amp;&amp; q - kv &lt; 40");
  expect(wellFormed(svg)).toBe(true);
});

test("what an author writes cannot leave its place", async () => {
  const hostile = `({ q, kv }) => kv <= q /* </text><script>alert("x")</script> ]]> --> & \u202e */`;
  const { svg } = await draw(kernelFile({ mask: hostile }), "--dims", "Sq=40,Skv=40");
  expect(svg).not.toContain("<script");
  expect(svg).not.toMatch(/[\u202e]/);
  expect(wellFormed(svg)).toBe(true);
});

test("tensors are random, or read from a directory", async () => {
  const kernel = join(scratch(), "packed.ts");
  const from = readFileSync("examples/kernels/documents.ts", "utf8");
  writeFileSync(kernel, from.replace("../../dsl/index.ts", "tilewright/dsl"));
  const inputs = scratch();
  const ids = Float32Array.from({ length: 512 }, (_, i) => Math.floor(i / 256));
  writeFileSync(join(inputs, "documents.npy"), writeNpy([1, 512], ids));
  const sizes = ["--dims", "B=1,S=512,H=1"];
  const random = await draw(kernel, ...sizes);
  const packed = await draw(kernel, ...sizes, "--inputs", inputs);
  const skipped = ({ result }: typeof random): number =>
    (result["tiles"] as { skipped: number }).skipped;
  expect(skipped(packed)).toBeGreaterThan(skipped(random));
  expect(packed.result["visitedInVain"]).toBe(0);
});

test.each([
  ["neither a file nor a mask", ["--out", "x.svg"]],
  ["both a file and a mask", [file, "--mask", "kv < q", "--out", "x.svg"]],
  ["a number for a mask", ["--mask", "kv - q", "--out", "x.svg"]],
  ["another ending", [file, "--out", "x.png"]],
  ["a head that is not there", [file, "--at", "h=99", "--out", "x.svg"]],
  ["an axis that is no head", [file, "--at", "q=1", "--out", "x.svg"]],
  ["too many elements", [file, "--dims", "Sq=100000,Skv=100000", "--out", "x.svg"]],
])("refused: %s", async (_, args) => {
  const { exit, error } = await run("mask", ...args);
  expect(exit).toBe(2);
  expect(error).toMatch(/^error\[A6201\]/);
});

test("it writes over its own pictures only", async () => {
  const out = join(scratch(), "mine.svg");
  writeFileSync(out, "<svg>drawn by hand</svg>");
  expect((await run("mask", file, "--out", out)).exit).not.toBe(0);
  expect(readFileSync(out, "utf8")).toBe("<svg>drawn by hand</svg>");
});
