// What the shipped kernels are compiled to, reviewed as text: in full on one architecture, and one kernel for each
// other layout of fragments and where warps specialise; the digests elsewhere. After a change that was meant,
// `npm run golden` writes them anew.

import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { emitted, sha256 } from "./emitted.ts";

const all = await emitted();
const inFull = (arch: string, name: string): boolean =>
  arch === "sm_80" ||
  (arch === "sm_70" && name.startsWith("dense_prefill")) ||
  (arch === "sm_90a" && name.startsWith("causal_gqa_prefill"));
const full = all.filter(
  ({ name, arch, plain }) => plain && inFull(arch, name) && /\.(cu|tile)$/.test(name),
);
const rest = all.filter((artefact) => !full.includes(artefact));

test.each(full)("$name is as reviewed", async ({ name, text }) => {
  await expect(text).toMatchFileSnapshot(name);
});

test("the other files have the digests that were reviewed", async () => {
  const lines = rest.map(({ name, text }) => `${sha256(text)}  ${name}`).toSorted();
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("digests.txt");
});

test("no golden is left of a kernel that is gone", () => {
  const names = full.map(({ name }) => name);
  const left = readdirSync("test/golden").filter((name) => /\.(cu|tile)$/.test(name));
  expect(left.filter((name) => !names.includes(name))).toEqual([]);
});

test("the same input gives the same bytes", async () => {
  expect(await emitted()).toEqual(all);
});
