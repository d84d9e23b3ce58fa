// Each lesson runs as README says, and prints what it promises. Needs the build that `npm test` makes.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const lessons = readdirSync("examples").filter((name) => /^\d\d-.*\.ts$/.test(name));

const output = (lesson: string): string => {
  const script = `dist/examples/${lesson.replace(/\.ts$/, ".js")}`;
  const { status, stdout, stderr } = spawnSync("node", [script], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout;
};

/** What a reader is told to check, per lesson. */
const promises: Readonly<Record<string, (text: string) => void>> = {
  "01-first-kernel.ts": (text) => {
    for (const [, byHand, byKernel] of text.matchAll(/by hand ([\d.]+), by the kernel ([\d.]+)/g))
      expect(Math.abs(Number(byHand) - Number(byKernel))).toBeLessThan(1e-3);
    expect(text.match(/by hand/g)).toHaveLength(2);
  },
  "02-masks.ts": (text) => {
    const rows = Object.fromEntries(
      [...text.matchAll(/^(\w+) +(\d+) +(\d+) +(\d+)$/gm)].map(([, name, ...n]) => [
        name,
        n.map(Number),
      ]),
    );
    expect(rows["byHand"]).toEqual(rows["causal"]);
    const [all = 0, visited = 0, masked = 0] = rows["causal"] ?? [];
    expect(visited).toBeLessThan(0.65 * all);
    expect(masked).toBeLessThan(0.5 * visited);
    expect(rows["windowed"]?.[1]).toBeLessThan(visited);
    expect(rows["everyThird"]).toEqual([all, all, all]);
  },
  "03-scores.ts": (text) => expect(text.match(/error .* of .* allowed/g)).toHaveLength(3),
  "04-log-sum-exp.ts": (text) => {
    const found = [...text.matchAll(/whole (\S+), merged (\S+)/g)];
    expect(found).toHaveLength(5);
    for (const [, whole, merged] of found)
      expect(Math.abs(Number(whole) - Number(merged))).toBeLessThan(2e-3);
  },
  "05-schedules.ts": (text) => {
    const found = [...text.matchAll(/\] = (\S+), largest error (\S+)/g)];
    expect(found).toHaveLength(3);
    for (const [, , error] of found) expect(Number(error)).toBeLessThan(2e-3);
  },
  "06-broken-schedule.ts": (text) => {
    expect(text).toMatch(/^as it is: runs$/m);
    const verdicts = [...text.matchAll(/^without line .*:\n {2}(.*)$/gm)].map((m) => m[1]);
    expect(verdicts.length).toBeGreaterThan(3);
    for (const verdict of verdicts) expect(verdict).toMatch(/^A[45]\d{3} /);
  },
  "08-packed-documents.ts": (text) => {
    const rows = [...text.matchAll(/^in (?:no )?order +(\d+) +(\d+) +(\d+) +(\d+)$/gm)].map((m) =>
      m.slice(1).map(Number),
    );
    const [[full = 0, partial = 0, skipped = 0] = [], [, , causal = 0] = []] = rows;
    expect(full).toBeGreaterThan(0);
    expect(skipped).toBeGreaterThan(1.3 * causal);
    expect(full + partial).toBeLessThan(0.3 * (full + partial + skipped));
  },
  "07-reading-the-cuda.ts": (text) => expect(text).toMatch(/__global__/),
  "09-tile-bodies.ts": (text) => {
    const found = [...text.matchAll(/error (\S+) of (\S+) allowed/g)];
    expect(found).toHaveLength(6);
    for (const [, error, bound] of found) expect(Number(error)).toBeLessThanOrEqual(Number(bound));
    expect(text).toMatch(/^twoPass: 2 loops over keys, 3 products$/m);
  },
};

test.each(lessons)("%s", (lesson) => {
  const promise = promises[lesson];
  expect(promise, "a lesson says what a reader can check").toBeDefined();
  promise?.(output(lesson));
});

test("README lists every lesson", () => {
  const readme = readFileSync("README.md", "utf8");
  for (const lesson of lessons)
    expect(readme).toContain(`node dist/examples/${lesson.replace(/\.ts$/, ".js")}`);
});
