// A user waits for a cold process: one kernel for four architectures in less than three seconds. Processor
// time is measured, which other tests beside this one do not change. Needs the build that `npm test` makes.

import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { version } from "../../../codegen/base/version.ts";
import { kernelFile, scratch } from "./cli.ts";

/** Prints the process's seconds when it ends. */
const clock = `process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write(String((user + system) / 1e6));
})`;

test("the command works through the link that npm makes", () => {
  const link = join(scratch(), "tilewright");
  symlinkSync(resolve("dist/codegen/cli.js"), link);
  const { stdout } = spawnSync("node", [link, "--version"], { encoding: "utf8" });
  expect(stdout).toBe(`${version}\n`);
});

test("a cold build takes less than three seconds", () => {
  const file = kernelFile();
  const seconds = [1, 2, 3].map((i) => {
    const build = ["dist/codegen/cli.js", "build", file, "--out", join(scratch(), String(i))];
    const args = ["--import", `data:text/javascript,${encodeURIComponent(clock)}`, ...build];
    const { status, stderr } = spawnSync("node", args, { encoding: "utf8" });
    expect(status).toBe(0);
    return Number(stderr);
  });
  expect(Math.min(...seconds)).toBeGreaterThan(0);
  expect(Math.min(...seconds)).toBeLessThan(3);
});
