// Bulk copies by one thread: what lands, and who may look.

import { expect, test } from "vitest";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { from } from "../../../codegen/sim/ndarray.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import { parseProgram } from "../../../codegen/tile/parse.ts";

const COLS = 40;
const PADDED = 64;

interface Parts {
  readonly load?: string;
  readonly compute?: string;
  readonly tiles?: string;
}

const text = ({ load, compute, tiles }: Parts): string => `
program bulk @sm_90a from "bulk.tile"
dims N
in x: bf16[q=N, d=${COLS}]
out y: bf16[q=N, d=${PADDED}]
kernel bulk {
  grid blocks 1
  axis q = N by 64
  launch warps 8, blocks_per_sm 1
  shared xs: bf16[q, ${PADDED}] stages 2 at 0 swizzle 8 panel 64
  ${tiles ?? ""}
  mbarrier full stages 2 at 32768 counts bytes
  mbarrier free stages 1 at 32784 counts warps
  start {
    init_barriers
    barrier
  }
  role compute warps 4 {
    ${compute ?? "await full[0] parity 0\nstore y[0 : q, :] <- xs[0]"}
  }
  role load warps 4 single {
    ${load ?? "bulk xs[0] <- x[0 : q, :] to full[0]"}
  }
}`;

const run = async (parts: Parts, N = 50) => {
  const values = Array.from({ length: N * COLS }, (_, i) => (i % 100) + 1);
  const inputs = { x: from("bf16", values, [N, COLS], ["q", "d"]) };
  return simulateProgram(parseProgram(text(parts), "bulk.tile"), { sizes: { N }, inputs });
};

const faultOf = async (parts: Parts): Promise<string> => {
  try {
    await run(parts);
  } catch (error) {
    if (error instanceof DiagnosticError) return error.message;
    throw error;
  }
  return "no fault";
};

test("zeros beyond the columns, and beyond the rows where the box begins", async () => {
  const whole = (await run({}))["y"]!;
  for (const q of [0, 15, 16, 49])
    for (const d of [0, 39, 40, 63])
      expect(whole.at({ q, d }), `q ${q}, d ${d}`).toBe(d < COLS ? ((q * COLS + d) % 100) + 1 : 0);
  const late = (await run({ load: "bulk xs[0] <- x[45 : q, :] to full[0]" }))["y"]!;
  for (const q of [0, 4, 5, 49])
    for (const d of [0, 39, 40])
      expect(late.at({ q, d }), `q ${q}, d ${d}`).toBe(
        q < 5 && d < COLS ? (((q + 45) * COLS + d) % 100) + 1 : 0,
      );
});

test("A5004: nobody awaits it; another copy that has landed tells nothing of it", async () => {
  expect(await faultOf({ compute: "store y[0 : q, :] <- xs[0]" })).toMatch(
    /^A5002|^A5004.*reads rows 0 to 15 of xs\[0\]/,
  );
  const both = "bulk xs[0] <- x[0 : q, :] to full[0]\nbulk xs[1] <- x[0 : q, :] to full[1]";
  const after = (stage: number): Parts => ({
    load: both,
    compute: `await full[${stage}] parity 0\nstore y[0 : q, :] <- xs[0]`,
  });
  expect(await faultOf(after(0))).toBe("no fault");
  expect(await faultOf(after(1))).toMatch(
    /^A5004: `store y.*` reads rows 0 to 15 of xs\[0\] while `bulk xs\[0\] .*` .* may still be/,
  );
});

const freed = "order_copies\narrive free[0] after accesses";
const again = (wait: string, free = freed): Parts => ({
  load: `bulk xs[0] <- x[0 : q, :] to full[0]\n${wait}\nbulk xs[0] <- x[1 : q, :] to full[0]`,
  compute: `await full[0] parity 0\nget r <- xs[0]\n${free}\nawait full[0] parity 1\nstore y[0 : q, :] <- xs[0]`,
  tiles: `registers r: bf16[q, ${PADDED}] as operand`,
});

test("a stage is filled again once all warps have read it", async () => {
  expect(await faultOf(again("await free[0] parity 0"))).toBe("no fault");
  expect(await faultOf(again(""))).toMatch(/^A5004.*overwrites rows 0 to 15 of xs\[0\] while/);
  // The loader alone has waited: the phase is over before the others have looked.
  expect(await faultOf(again("await full[0] parity 0"))).toMatch(/^A5007.*role compute at/);
  expect(await faultOf(again("await free[0] parity 0", ""))).toMatch(/^A5007.*role load at/);
});

test("A5005: what threads did, then a bulk copy: a fence between the proxies by whoever tells of it, or is told", async () => {
  const wait = "await free[0] parity 0";
  const arrive = "arrive free[0] after accesses";
  const missing =
    /^A5005.*`get r <- xs\[0\]`.*which reads it: .*an `order_copies` after it is missing/;
  expect(await faultOf(again(wait, arrive))).toMatch(missing);
  expect(await faultOf(again(`order_copies\n${wait}`, arrive))).toMatch(missing);
  expect(await faultOf(again(`${wait}\norder_copies`, arrive))).toBe("no fault");
  expect(await faultOf(again(wait, `${arrive}\norder_copies`))).toMatch(missing);
});

test("A5005: what threads wrote, then a product that reads it", async () => {
  const issue = (between: string): Parts => ({
    tiles: `registers r: bf16[q, ${PADDED}] as operand\nregisters s: f32[q, 64] as accumulator`,
    compute: `await full[0] parity 0\nget r <- xs[0]\nsync_warp\nput xs[1] <- r\n${between}
      issue qk s = xs[0], xs[1]\nawait_products 0 for s\nmap r = s\nstore y[0 : q, :] <- r`,
  });
  const alone = (between: string) =>
    faultOf({ ...issue(between), load: "bulk xs[0] <- x[0 : q, :] to full[0]" });
  const met = (fence: string): string =>
    `${fence}\narrive free[0] after accesses\nawait free[0] parity 0`;
  expect(await alone("")).toMatch(/^A5005.*are of different/);
  expect(await alone(met(""))).toMatch(
    /^A5005.*`put xs\[1\] <- r`.*an `order_copies` after it is missing/,
  );
  expect(await alone(met("order_copies"))).toBe("no fault");
  expect(await alone(`${met("")}\norder_copies`)).toBe("no fault");
});

test("A5009: a phase has one copy", async () => {
  const load = "bulk xs[0] <- x[0 : q, :] to full[0]\nbulk xs[1] <- x[0 : q, :] to full[0]";
  expect(await faultOf({ load })).toMatch(/^A5009.*may arrive at full\[0\] in a phase/);
});

test("A5003: a panel that lies where another tile's does", async () => {
  const shared = (at: number): Parts => ({
    tiles: `shared zs: bf16[q, 128] at ${at} swizzle 8 panel 64`,
    load: "bulk zs <- x[0 : q, :] to full[1]\nawait full[1] parity 0\nbulk xs[0] <- x[0 : q, :] to full[0]",
    compute: "await full[0] parity 0\nget r <- zs\nstore y[0 : q, :] <- xs[0]",
  });
  const withTile = (at: number): Parts => ({
    ...shared(at),
    tiles: `${shared(at).tiles}\nregisters r: bf16[q, 128] as operand`,
  });
  expect(await faultOf(withTile(16384))).toBe("no fault");
  // Columns 64 and up of all rows of xs[0] and the first columns of zs have bytes in common.
  expect(await faultOf(withTile(0))).toMatch(/^A5003.*`get r <- zs`/);
});
