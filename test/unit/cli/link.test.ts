// The command as it is installed. Needs the build that `npm test` makes; test/bench/compile.ts times it.

import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { version } from "../../../codegen/base/version.ts";
import { scratch } from "./cli.ts";

test("the command works through the link that npm makes", () => {
  const link = join(scratch(), "tilewright");
  symlinkSync(resolve("dist/codegen/cli.js"), link);
  const { stdout } = spawnSync("node", [link, "--version"], { encoding: "utf8" });
  expect(stdout).toBe(`${version}\n`);
});
