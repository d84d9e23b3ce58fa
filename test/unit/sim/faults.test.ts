// Programs with one mistake each, and what the simulator says of it.

import { describe, expect, test } from "vitest";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";
import { copyIn, copyOut, faultOf, inputs, type Parts, program, run, SIZES } from "./fault.ts";

test("a program without a mistake", async () => {
  const { y } = await run({ body: `${copyIn}\n${copyOut}` });
  expect([...y!.data]).toEqual([...inputs["x"]!.data]);
});

describe("global memory", () => {
  test("A5001: a copy that is not guarded leaves the tensor", async () => {
    const body = "copy xs <- x[8 : q, :] guard false\ncommit\nwait 0\nbarrier";
    expect(await faultOf({ body })).toBe(
      "A5001 line 16: `copy xs <- x[8 : q, :] guard false` accesses x at q = 32, and q has 32 elements",
    );
  });

  test("A5001: a box begins before the tensor, guard or not", async () => {
    const body = "copy xs <- x[-1 : q, :] guard true";
    expect(await faultOf({ body })).toMatch(/^A5001 .*accesses x at q = -1, and q has 32/);
  });

  test("A5001: an element's index in a map is outside, where its condition lets it be read", async () => {
    const tiles = "registers n: i32[q] as rows";
    const load = (condition: string): Parts => ({
      tiles,
      body: `map n = ${condition} ? index[row + 20] : 0\n${copyIn}\n${copyOut}`,
    });
    expect(await faultOf(load("row < 12"))).toBe("no fault");
    expect(await faultOf(load("row < 13"))).toMatch(
      /^A5001 line 16: `map n = .*` accesses index at q = 32, and q has 32 elements$/,
    );
  });

  test("A5001: an element is read whether or not what stands before its comparison decides", async () => {
    const compared: Parts = {
      tiles: "registers n: i32[q] as rows",
      body: `map n = row < 12 && index[row + 20] > 3 ? 1 : 0\n${copyIn}\n${copyOut}`,
    };
    expect(await faultOf(compared)).toMatch(/^A5001 line 16: .* accesses index at q = 32/);
  });

  test("A5001: an index of a let is outside", async () => {
    expect(await faultOf({ body: "let n: i32 = index[0 - 1]" })).toMatch(
      /^A5001 .*index at q = -1/,
    );
  });

  test("A5013: two blocks write the same elements", async () => {
    const fault = await faultOf({ blocks: 2, body: `${copyIn}\n${copyOut}` });
    expect(fault).toMatch(/^A5013 .*`store y.*` writes y\[q=0, d=0\], which another block/);
  });

  test("A5014: nobody writes an element", async () => {
    const body = `${copyIn}\nget r <- xs\nstore y[16 : q, :] <- r`;
    expect(await faultOf({ body })).toBe("A5014 line 6: no block has written y[q=0, d=0]");
  });

  const throughWorkspace = (write: string, read: string, blocks = 1): string => `
program fault @sm_80 from "fault.tile"
dims N
out y: f32[q=N]
workspace w: f32[q=N]
kernel first {
  grid blocks ${blocks}
  axis q = N by 16
  launch warps 1, blocks_per_sm 1
  registers r: f32[q] as rows
  role all {
    fill r = 1.0
    ${write}
  }
}
kernel second {
  grid blocks 2
  axis q = N by 16
  launch warps 1, blocks_per_sm 1
  registers r: f32[q] as rows
  role all {
    map r = ${read}
    store y[block * 16 : q] <- r
  }
}`;
  const runText = async (text: string): Promise<string> => {
    const options = { sizes: SIZES, inputs: {} };
    return simulateProgram(parseProgram(text, "fault.tile"), options).then(
      () => "no fault",
      (error: Error) => error.message,
    );
  };

  test("A5011: a kernel reads workspace that no kernel has written", async () => {
    const whole = throughWorkspace("store w[block * 16 : q] <- r", "w[block * 16 + row]", 2);
    expect(await runText(whole)).toBe("no fault");
    const half = throughWorkspace("store w[0 : q] <- r", "w[block * 16 + row]");
    expect(await runText(half)).toMatch(/^A5011: `map r.*` reads w\[q=16\], which no kernel/);
  });

  test("A5012: a block reads what another block of its kernel writes", async () => {
    const text = throughWorkspace(
      "store w[block * 16 : q] <- r\nmap r = w[row]\nstore w[block * 16 : q] <- r",
      "0.0",
      2,
    );
    expect(await runText(text)).toMatch(/^A5012: `map r = w\[row\]` reads w\[q=0\], which another/);
  });

  test("A5015, A6010: an input or a size is missing, or has another shape", async () => {
    const parsed = parseProgram(program({ body: copyOut }), "fault.tile");
    const message = (options: object): Promise<string> =>
      simulateProgram(parsed, { sizes: SIZES, inputs, ...options }).then(
        () => "no fault",
        (error: Error) => error.message,
      );
    expect(await message({ sizes: {} })).toMatch(/^A5015: N is not given/);
    expect(await message({ inputs: {} })).toMatch(/^A5015: input x is not given/);
    expect(await message({ sizes: { N: 31 } })).toMatch(/^A6010: input x has shape \[32, 16\]/);
  });
});

test("copies through registers: fetched inside, deposited, and seen after a barrier", async () => {
  const tiles = "registers c: f16[q, 16] as chunks";
  const fault = (body: string): Promise<string> => faultOf({ tiles, body });
  const fetch = "fetch c <- x[0 : q, :] guard true";
  expect(await fault(`${fetch}\ndeposit xs <- c\nbarrier\n${copyOut}`)).toBe("no fault");
  expect(await fault(`${fetch}\ndeposit xs <- c\n${copyOut}`)).toMatch(/^A5.*`barrier`/);
  expect(await fault(`deposit xs <- c\nbarrier\n${copyOut}`)).toMatch(/^A5002 .* reads c/);
  expect(await fault("fetch c <- x[16 : q, :] guard false")).toMatch(/^A5001 /);
  const early = `${fetch}\ndeposit xs <- c\nbarrier\nget r <- xs\ndeposit xs <- c\n`;
  expect(await fault(early)).toMatch(/^A5.*writes.*`barrier`/);
});

describe("data that is not there", () => {
  test("A5002: registers", async () => {
    expect(await faultOf({ body: "store y[0 : q, :] <- r" })).toBe(
      "A5002 line 16: `store y[0 : q, :] <- r` reads r, which nothing has written",
    );
  });

  test("A5002: shared memory", async () => {
    expect(await faultOf({ body: copyOut })).toMatch(
      /^A5002 line 16: `get r <- xs` reads rows 0 to 15 of xs\[0\], which nothing has written/,
    );
  });

  test("A5002: registers of a warp that did not take a branch", async () => {
    const tiles = "registers n: f32[q] as rows\nregisters k: f32[q] as rows";
    const body = `map n = f32(row)\nif_any n > 15.0 {\n fill k = 1.0\n}\nmap n = k\n${copyIn}\n${copyOut}`;
    expect(await faultOf({ tiles, body })).toMatch(/^A5002 .*`map n = k` reads k/);
    const everyone = body.replace("n > 15.0", "n >= 0.0");
    expect(await faultOf({ tiles, body: everyone })).toBe("no fault");
  });

  test("A5002: a step's tiles do not outlive the call", async () => {
    const more = `step once(first: flag) {
      registers n: f32[q] as rows
      if first { fill n = 1.0 }
      map n = n + 1.0
    }`;
    const body = (flag: string) =>
      `call once() with first\ncall once()${flag}\n${copyIn}\n${copyOut}`;
    expect(await faultOf({ more, body: body("") })).toMatch(/^A5002 .*`map n = n \+ 1\.0` reads n/);
    expect(await faultOf({ more, body: body(" with first") })).toBe("no fault");
  });

  test("A5003: a tile whose bytes another tile has taken", async () => {
    const tiles = "shared zs: f16[q, 16] at 512 swizzle 2";
    const body = `${copyIn}\nget r <- xs\nbarrier\nput zs <- r\nbarrier\n${copyOut}`;
    expect(await faultOf({ tiles, body })).toBe(
      "A5003 line 24: `get r <- xs` reads rows 16 to 31 of xs[0], whose bytes `put zs <- r` (fault.tile:22) has overwritten",
    );
  });

  test("A5006: a stage that does not exist", async () => {
    const body = "let t: i32 = 1\ncopy xs[t] <- x[0 : q, :] guard true";
    expect(await faultOf({ body })).toMatch(/^A5006 .*names stage 1 of xs, which has 1/);
  });
});

describe("order", () => {
  test("A5004: a copy that is not waited for", async () => {
    const body = "copy xs <- x[0 : q, :] guard true\ncommit\nbarrier\n" + copyOut;
    expect(await faultOf({ body })).toBe(
      "A5004 line 19: `get r <- xs` reads rows 0 to 15 of xs[0] while `copy xs <- x[0 : q, :] guard true` (fault.tile:16) may still be in flight",
    );
  });

  test("A5004: a wait does not cover copies that were not committed, nor the last groups", async () => {
    const first = "copy xs <- x[0 : q, :] guard true\n";
    expect(await faultOf({ body: `${first}wait 0\nbarrier\n${copyOut}` })).toMatch(/^A5004/);
    expect(await faultOf({ body: `${first}commit\nwait 1\nbarrier\n${copyOut}` })).toMatch(
      /^A5004/,
    );
    const later = `${first}commit\ncommit\nwait 1\nbarrier\n${copyOut}`;
    expect(await faultOf({ body: later })).toBe("no fault");
  });

  test("A5004: a copy over a copy in flight", async () => {
    const body = "copy xs <- x[0 : q, :] guard true\ncopy xs <- x[0 : q, :] guard true";
    expect(await faultOf({ body })).toMatch(/^A5004 .*overwrites rows 0 to 15 of xs/);
  });

  test("A5005: copies have landed for their own threads only", async () => {
    const body = `copy xs <- x[0 : q, :] guard true\ncommit\nwait 0\nsync_warp\n${copyOut}`;
    expect(await faultOf({ body })).toMatch(
      /^A5005 .*the copies have landed only for the threads that started them/,
    );
  });

  test("A5005: other lanes of the warp", async () => {
    const body = `${copyIn}\nget r <- xs\nput xs <- r\n`;
    expect(await faultOf({ body })).toMatch(/^A5005 .*of different lanes of a warp: a `sync_warp`/);
    const fine = `${copyIn}\nget r <- xs\nsync_warp\nput xs <- r\nsync_warp\n${copyOut}`;
    expect(await faultOf({ body: fine })).toBe("no fault");
  });

  test("A5005: other warps, through a tile that shares bytes at other rows", async () => {
    const tiles = "shared zs: f16[q, 16] at 512 swizzle 2";
    const body = `${copyIn}\nget r <- xs\nsync_warp\nput zs <- r`;
    expect(await faultOf({ tiles, body })).toMatch(
      /^A5005 .*`put zs <- r` writes rows 16 to 31 of xs\[0\], .*of different warps: a `barrier`/,
    );
  });
});

test("A5040: an integer divided by zero, by name of its place", async () => {
  const tiles = "registers n: i32[q] as rows";
  const body = `map n = div(row, row)\n${copyIn}\n${copyOut}`;
  expect(await faultOf({ tiles, body })).toMatch(/^A5040 line 16/);
  const guarded = body.replace("div(row, row)", "row > 0 ? div(row, row) : 0");
  expect(await faultOf({ tiles, body: guarded })).toBe("no fault");
});
