// Lanes and columns: which lane holds which column, and in what order lanes add.

import { describe, expect, test } from "vitest";
import { archNames, fragmentsFor } from "../../../codegen/arch/archs.ts";
import type { ArchName } from "../../../codegen/arch/arch.ts";
import { laneColumn } from "../../../codegen/arch/fragments.ts";
import { from } from "../../../codegen/sim/ndarray.ts";
import { generator } from "../../../codegen/sim/random.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";

const ROWS = 16;
const COLS = 48;
const sum = (a: number, b: number): number => Math.fround(a + b);

const runOn = async (
  arch: ArchName,
  tiles: string,
  body: string,
  x: Float32Array,
): Promise<readonly number[]> => {
  const text = `
program layouts @${arch} from "layouts.tile"
dims N
in x: f32[q=N, kv=${COLS}]
out y: f32[q=N]
kernel layouts {
  grid blocks 1
  axis q = N by ${ROWS}
  launch warps 1, blocks_per_sm 1
  registers s: f32[q, ${COLS}] as accumulator
  registers l: f32[q] as lanes
  registers n: i32[q] as lanes
  registers total: f32[q] as rows
  ${tiles}
  role all {
    ${body}
    store y[0 : q] <- total
  }
}`;
  const inputs = { x: from("f32", x, [ROWS, COLS], ["q", "kv"]) };
  const options = { sizes: { N: ROWS }, inputs };
  return [...(await simulateProgram(parseProgram(text, "layouts.tile"), options))["y"]!.data];
};

const g = generator(3);
const x = Float32Array.from({ length: ROWS * COLS }, () => g.normal());
const rows = Array.from({ length: ROWS }, (_, r) => x.subarray(r * COLS, (r + 1) * COLS));
const load = "map s = x[row, col]";

/** One architecture for each layout of the accumulator. */
const kinds = archNames.filter(
  (name, i) =>
    archNames.findIndex((n) => fragmentsFor(n).accumulator === fragmentsFor(name).accumulator) ===
    i,
);

describe.each(kinds)("%s", (arch) => {
  const { accumulator } = fragmentsFor(arch);
  const far = accumulator.farColumn;
  const run = (tiles: string, body: string, values: Float32Array) =>
    runOn(arch, tiles, body, values);

  /** Each lane adds its four columns of every 16, onto `start`. */
  const laneSum = (row: Float32Array, lane: number, start: number): number => {
    let all = start;
    for (let c = laneColumn(accumulator, lane); c < COLS; c += 16)
      all = sum(all, sum(sum(row[c]!, row[c + 1]!), sum(row[c + far]!, row[c + far + 1]!)));
    return all;
  };
  const joined = (row: Float32Array, start: number): number => {
    const [a, b, c, d] = [0, 1, 2, 3].map((lane) => laneSum(row, lane, start));
    return sum(sum(a!, b!), sum(c!, d!));
  };

  test("a sum into lanes, joined at the end", async () => {
    const body = `${load}\nfill l = 0.5\nreduce l = sum l, s\nreduce total = sum l`;
    expect(await run("", body, x)).toEqual(rows.map((row) => joined(row, 0.5)));
  });

  test("a sum into rows adds what the lanes join to", async () => {
    expect(await run("", `${load}\nreduce total = sum s`, x)).toEqual(
      rows.map((r) => joined(r, 0)),
    );
    const onto = `${load}\nfill total = 0.25\nreduce total = sum total, s`;
    expect(await run("", onto, x)).toEqual(rows.map((row) => sum(0.25, joined(row, 0))));
  });

  test("a maximum ignores NaN beside a number", async () => {
    const holes = x.map((value, i) => (i % 5 === 0 ? NaN : value));
    const numbers = (row: Float32Array): readonly number[] =>
      [...row].filter((v) => !Number.isNaN(v));
    const body = `${load}\nreduce total = max s`;
    const expected = rows.map((_, r) =>
      Math.max(...numbers(holes.subarray(r * COLS, (r + 1) * COLS))),
    );
    expect(await run("", body, holes)).toEqual(expected);
    const throughLanes = `${load}\nreduce l = max s\nreduce total = max l`;
    expect(await run("", throughLanes, holes)).toEqual(expected);
  });

  test("col = lane_col + fixed_col, in the accumulator and through a vector of lanes", async () => {
    const body = `map n = lane_col + row * 100
    map s = n - row * 100 == lane_col && lane_col + fixed_col == col ? 1.0 : 0.0
    reduce total = sum s`;
    expect(await run("", body, x)).toEqual(rows.map(() => COLS));
  });

  test("16-bit registers hold rounded values", async () => {
    const tiles = `registers p: bf16[q, ${COLS}] as operand`;
    const body = `${load}\nmap p = s\nmap s = p\nreduce total = max s`;
    const bf16 = from("bf16", x, [ROWS, COLS]).data;
    const expected = rows.map((_, r) => Math.max(...bf16.subarray(r * COLS, (r + 1) * COLS)));
    expect(await run(tiles, body, x)).toEqual(expected);
  });
});
