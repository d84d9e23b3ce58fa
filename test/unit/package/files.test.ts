// What npm would publish: what users run and read, and nothing else.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import manifest from "../../../package.json" with { type: "json" };

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

const packed = (): readonly string[] => {
  const text = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [pack] = JSON.parse(text) as readonly Packed[];
  return pack?.files.map((f) => f.path) ?? [];
};

test("the npm package has what its manifest names, and no tests, lessons or kernels", () => {
  const files = packed();
  const folders = new Set(files.map((f) => f.split("/").slice(0, -1).join("/")).filter(Boolean));
  expect(
    [...folders].filter((f) => !/^(dist\/codegen|dsl|codegen\/package|docs)(\/|$)/.test(f)),
  ).toEqual([]);
  expect(
    files.filter((f) =>
      /(^|\/)(test|examples|kernels)\/|\.test\.|__pycache__|^codegen\/.*\.ts$/.test(f),
    ),
  ).toEqual([]);
  expect(files).toContain("codegen/package/python/_kernel.py");
  expect(files).toContain("codegen/package/nvrtc.py");
  for (const entry of [...Object.values(manifest.exports), ...Object.values(manifest.bin)]) {
    const path = entry.replace(/^\.\//, "");
    expect(existsSync(path), `npm run build makes ${path}`).toBe(true);
    expect(files).toContain(path);
  }
});
