// The pages of docs/: those that are generated are current (`npm run docs` writes them anew), and every
// block of TypeScript in a page type-checks, and compiles if it is a kernel.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import { expect, test } from "vitest";
import type { Arch } from "../../codegen/arch/arch.ts";
import { archNames, archs } from "../../codegen/arch/archs.ts";
import { compileFile, refusal, scheduled } from "../../codegen/compile.ts";
import { matrixTflops } from "../../codegen/cost/demand.ts";
import { type Entry, catalogue } from "./catalogue.ts";

const markdown = (text: string): Promise<string> =>
  format(text, { parser: "markdown", printWidth: 100 });

const sections = [
  "Descriptions",
  "Kernel files",
  "Schedules",
  "Tile programs",
  "The simulator",
  "Tools and files",
];

/** Details as ‹name›; what Markdown would take for markup is escaped. */
const escaped = (text: string): string =>
  text
    .replace(/<(\w+)>/g, "‹$1›")
    .replace(/[<>*_|]/g, "\\$&")
    .replaceAll("\n", " ");

const entry = ({ code, message, remedy }: Entry): string =>
  `- **${code}** ${escaped(message)}. _${escaped(remedy)}_`;

test("diagnostics.md is current", async () => {
  const parts = sections.map((title, i) => {
    const entries = catalogue.filter(({ code }) => code.startsWith(`A${i + 1}`));
    const sorted = entries.toSorted((a, b) => (a.code < b.code ? -1 : 1));
    return `## A${i + 1}: ${title}\n\n${sorted.map(entry).join("\n")}`;
  });
  const text = `# Diagnostics\n\nGenerated from \`codegen/base/codes/\`. Each has a code, a cause and a remedy; ‹name› stands for a detail.\n\n${parts.join("\n\n")}\n`;
  await expect(await markdown(text)).toMatchFileSnapshot("../../docs/diagnostics.md");
});

const kib = (bytes: number): string => `${bytes / 1024} KiB`;

const facts: readonly (readonly [string, (arch: Arch) => string | number])[] = [
  ["chip", (a) => a.chip],
  ["SMs", (a) => a.sms],
  ["clock, GHz", (a) => a.clockGHz],
  ["shared memory of a block", (a) => kib(a.sharedPerBlock)],
  ["shared memory of an SM", (a) => kib(a.sharedPerSM)],
  ["registers of an SM", (a) => a.registersPerSM],
  ["registers of a thread", (a) => a.maxRegistersPerThread],
  ["threads of an SM", (a) => a.maxThreadsPerSM],
  ["blocks of an SM", (a) => a.maxBlocksPerSM],
  ["16-bit matrix TFLOP/s", (a) => Math.round(matrixTflops(a))],
  ["memory, TB/s", (a) => a.memoryTBs],
  ["clocks of a matrix instruction", (a) => a.rates.mmaClocks],
  ["float multiply-adds per clock and SM", (a) => a.rates.fmaLanes],
  ["comparisons and integer additions", (a) => a.rates.aluLanes],
  ["exp2", (a) => a.rates.specialLanes],
  ["bytes of shared memory per clock and SM", (a) => a.rates.sharedBytes],
  ["bytes of L2 per clock", (a) => a.rates.l2Bytes],
];

const table = (rows: readonly (readonly (string | number)[])[]): string =>
  [rows[0] ?? [], (rows[0] ?? []).map(() => "---"), ...rows.slice(1)]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");

const tiles = (arch: Arch): string =>
  table([
    ["head dimension up to", "queries", "keys", "warps", "buffers", "q lives in"],
    ...arch.tiles.map((t) => [
      t.maxHeadDim,
      t.warps * t.rowsPerWarp,
      t.kv,
      t.warps,
      t.stages,
      t.queries,
    ]),
  ]);

test("archs.md is current", async () => {
  const all = archNames.map((name) => archs[name]);
  const overview = table([
    ["", ...archNames],
    ...facts.map(([name, fact]) => [name, ...all.map(fact)]),
  ]);
  const parts = all.map((arch) => `## Tiles on ${arch.name}\n\n${tiles(arch)}`);
  const text = `# Architectures\n\nGenerated from \`codegen/arch/\`.\n\n${overview}\n\n${parts.join("\n\n")}\n`;
  await expect(await markdown(text)).toMatchFileSnapshot("../../docs/archs.md");
});

interface Block {
  readonly path: string;
  readonly text: string;
}

const directory = "build/docs";

/** Each block as a file of its own inside the project, where `tilewright` means this package; a first line may name it. */
const blocks = (): readonly Block[] => {
  const pages = ["README.md", ...readdirSync("docs").map((name) => `docs/${name}`)];
  mkdirSync(directory, { recursive: true });
  return pages
    .filter((page) => page.endsWith(".md"))
    .flatMap((page) =>
      [...readFileSync(page, "utf8").matchAll(/^```ts\n([^]*?)^```$/gm)].map((match, i) => {
        const text = match[1] ?? "";
        const name = /^\/\/ (\w+\.ts)\n/.exec(text)?.[1];
        const path = `${directory}/${name ?? `${page.replace(/\W/g, "_")}_${i}.ts`}`;
        writeFileSync(path, text);
        return { path, text };
      }),
    );
};

test("every block of TypeScript type-checks", () => {
  expect(blocks().length).toBeGreaterThan(3);
  const config = { extends: "../../tsconfig.json", include: ["*.ts"] };
  writeFileSync(`${directory}/tsconfig.json`, JSON.stringify(config));
  const args = ["node_modules/typescript/bin/tsc", "-p", directory];
  const { status, stdout } = spawnSync("node", args, { encoding: "utf8" });
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

test("every block that is a kernel compiles for every architecture", async () => {
  const kernels = blocks().filter(({ text }) => text.includes("attention({"));
  expect(kernels.length).toBeGreaterThan(1);
  for (const { path } of kernels)
    for (const kernel of await compileFile(path))
      for (const arch of archNames.filter((a) => refusal(kernel, a) === undefined))
        expect(scheduled(kernel, arch).arch).toBe(arch);
});
